"""What a project's own decorator hangs on the functions that it decorates: `fn.delay = ...`, `setattr(fn, "delay", ...)`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from txlint.facts import records as r
from txlint.project.calls import Effect, Site, nested_statements
from txlint.project.model import Func
from txlint.project.types import Fn, Inst, Obj, Types, union

if TYPE_CHECKING:
    from txlint.project.inference import Inference

SENDS = frozenset({"enqueue", "notify"})
"""Effects by which such an attribute hands work to somebody else."""
_DEPTH = 6


class Attached:
    """Reads the bodies of decorators."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference
        self.functions: dict[Func, None] = {}
        """The functions that are reached only as attributes of functions which a decorator made."""

    def of(self, func: Func, name: str) -> Types:
        """What the function's decorators put under an attribute of it."""
        if not func.record.decorators:
            return ()
        found = union(
            self._inference.infer(value, scope)
            for maker in self._makers(func)
            for scope in (maker, *(one for one in maker.module.functions if one.parent is maker))
            for value in _put(scope, name)
        )
        self.functions |= dict.fromkeys(one.func for one in found if isinstance(one, Fn))
        return found

    def _makers(self, func: Func) -> Iterator[Func]:
        scope = func.parent or func
        for decorator in func.record.decorators:
            for one in self._inference.infer(decorator.func if isinstance(decorator, r.Call) else decorator, scope):
                match one:
                    case Fn(maker):
                        yield maker
                    case Obj(cls):
                        called = "__call__" if isinstance(decorator, r.Call) else "__init__"
                        found = self._inference.members.one(Inst(cls, exact=True), called)
                        yield from (method.func for method in found if isinstance(method, Fn))

    def send(self, sites: list[Site], bodies: dict[Func, list[Site]]) -> None:
        """Calls of such an attribute that sends something are sending themselves: its body is the queue's, not the caller's."""
        for site in sites:
            targets = [edge.func for edge in site.edges if edge.when == "now" and edge.func in self.functions]
            found = next((one for target in targets if (one := _sent(target, bodies))), None)
            if found is not None and site.func not in self.functions:
                site.effects = (*site.effects, replace(found, kind="enqueue"))
                site.edges = [edge for edge in site.edges if edge.func not in targets]


def _put(scope: Func, name: str) -> Iterator[r.Expr]:
    """The values that a function puts under an attribute of what it is given, or of a function that it makes."""
    own = 1 if scope.cls is not None and not scope.is_static else 0
    params = {one.name for one in scope.record.params[own:]}
    params |= {one.record.name for one in scope.module.functions if one.parent is scope}
    for node in nested_statements(scope.record.body):
        if isinstance(node, r.Assign) and node.value is not None:
            for target in node.targets:
                owner, _, attribute = target.path.rpartition(".") if isinstance(target, r.Name) else ("", "", "")
                if owner in params and attribute == name:
                    yield node.value
    for call in scope.calls:
        if call.func == r.Name("setattr") and len(call.args) == 3:
            target, attribute_given, value = (one.value for one in call.args)
            if isinstance(target, r.Name) and target.path in params and attribute_given == r.Const(name):
                yield value


def _sent(func: Func, bodies: dict[Func, list[Site]]) -> Effect | None:
    """The sending effect that a function leads to."""
    seen, waiting = {func}, [(func, 0)]
    for here, depth in waiting:
        for site in bodies.get(here, ()):
            if effect := next((one for one in site.effects if one.kind in SENDS), None):
                # Where it may also be the connection that the transaction is on, the message waits for the commit.
                own = len({getattr(one, "owner", None) for one in site.types}) < 2
                return effect if own or effect.kind != "notify" else None
            following = [edge.func for edge in site.edges if edge.when == "now" and edge.func not in seen]
            if depth < _DEPTH:
                seen.update(following)
                waiting += [(one, depth + 1) for one in following]
    return None
