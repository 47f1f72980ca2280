"""Functions that calls hand to parameters of others; looked for where a parameter is called, or handed on to such a one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

from msgspec import Struct

from txlint.facts import records as r
from txlint.project.calls import Site
from txlint.project.inference import Inference
from txlint.project.model import Func, arguments
from txlint.project.types import Fn, Inst, Obj, ParamValue, Partial, Type

Parameter = tuple[Func, str]


class Given(Struct, frozen=True):
    """What the project's calls give to one parameter: functions, and parameters of the callers, each once and in order."""

    functions: dict[Func, None]
    parameters: dict[Parameter, None]


class Handing:
    """Knows the calls of each function by what they were resolved to; asked once all of them are known."""

    def __init__(self, inference: Inference, overrides: Callable[[Func, Type | None], list[Func]]) -> None:
        self._inference, self._overrides = inference, overrides
        self._calls: dict[Func, list[tuple[Site, bool]]] = defaultdict(list)
        """The calls with arguments, each with whether the function is called on an object."""
        self._known: dict[Parameter, Given] = {}

    def note(self, site: Site) -> None:
        """Take note of what a call runs."""
        for one in site.types if site.call.args else ():
            func = one.func if isinstance(one, Fn) else None
            if isinstance(one, Obj):
                inits = self._inference.members.one(Inst(one.cls, exact=True), "__init__")
                func = next((found.func for found in inits if isinstance(found, Fn)), None)
            if func is not None:
                unbound = isinstance(one, Fn) and one.on is None
                self._calls[func].append((site, func.cls is not None and not func.is_static and not unbound))

    def of(self, param: Parameter) -> Given:
        """What the calls of a function give to one of its parameters."""
        if param not in self._known:
            functions, parameters = dict[Func, None](), dict[Parameter, None]()
            for value, scope in self._values(*param):
                functions |= dict.fromkeys(self._callables(value, scope))
                if isinstance(value, r.Name) and value.path in scope.bindings:
                    found = self._inference.infer(value, scope)
                    parameters |= {(one.func, one.name): None for one in found if isinstance(one, ParamValue)}
            self._known[param] = Given(functions, parameters)
        return self._known[param]

    def functions(self, param: Parameter) -> dict[Func, None]:
        """The functions that are handed over for a parameter, also through those of other functions."""
        found, seen = dict[Func, None](), {param: None}
        for one in (waiting := list(seen)):
            given = self.of(one)
            found |= given.functions
            following = [each for each in given.parameters if each not in seen]
            seen |= dict.fromkeys(following)
            waiting += following
        return found

    def _values(self, func: Func, name: str) -> Iterator[tuple[r.Expr, Func]]:
        for site, bound in self._calls.get(func, ()):
            for param, value in arguments(site.call, func, bound):
                if param == name:
                    yield value, site.func

    def _callables(self, value: r.Expr, scope: Func) -> Iterator[Func]:
        if isinstance(value, r.Const | r.Map):
            return
        for one in self._inference.infer(value, scope):
            while isinstance(one, Partial):
                one = one.of
            if isinstance(one, Fn):
                yield from (one.func, *self._overrides(one.func, one.on))
