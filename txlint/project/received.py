"""What a framework passes to functions that are connected to something: the row that a signal is about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from txlint.facts import records as r
from txlint.frameworks.catalog import RegistrationEntry
from txlint.project.model import Func
from txlint.project.typenames import instantiate, parse
from txlint.project.types import Fn, Method, Types, union

if TYPE_CHECKING:
    from txlint.project.inference import Inference


class Received:
    """Looks at how a function is connected: by its decorators, by calls that name it."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference

    def passed(self, param: r.Param, func: Func) -> Types:
        """What a function receives for a parameter."""
        if param.kind in ("*", "**"):
            return ()
        ways = (*self._decorated(func), *self._connected.get(func, ()))
        return union(self._meant(passes[param.name], call, scope) for passes, call, scope in ways if param.name in passes)

    def _decorated(self, func: Func) -> Iterator[tuple[dict[str, str], r.Call, Func]]:
        scope = func.parent or func
        for decorator in func.record.decorators:
            if isinstance(decorator, r.Call):
                for role in self._inference.decorators.roles_of(decorator, scope):
                    yield role.passes, decorator, scope

    @cached_property
    def _connected(self) -> dict[Func, list[tuple[dict[str, str], r.Call, Func]]]:
        catalog = self._inference.catalog
        found: dict[Func, list[tuple[dict[str, str], r.Call, Func]]] = defaultdict(list)
        names = tuple(f".{method}" for one in catalog.registrations() if one.passes for method in one.methods)
        for scope in (func for module in self._inference.modules.values() for func in module.functions):
            for call in scope.calls:
                if isinstance(call.func, r.Name) and call.func.path.endswith(names):
                    for entry in self._entries(call, scope):
                        for one in self._inference.argument(call, entry.argument, scope):
                            if isinstance(one, Fn):
                                found[one.func].append((entry.passes, call, scope))
        return found

    def _entries(self, call: r.Call, scope: Func) -> Iterator[RegistrationEntry]:
        for one in self._inference.infer(call.func, scope):
            for found in self._inference.catalog.of_method(one.owner, one.name) if isinstance(one, Method) else ():
                if isinstance(found.entry, RegistrationEntry) and found.entry.passes:
                    yield found.entry

    def _meant(self, text: str, call: r.Call, scope: Func) -> Types:
        def look(which: str) -> Types:
            name = which.partition(":")[2]
            given = next((arg.value for at, arg in enumerate(call.args) if name in (arg.keyword, str(at))), None)
            named = self._inference.by_name.cls(given, scope) if given is not None else ()
            return named or self._inference.argument(call, name, scope)

        return instantiate(parse(text), None, look)
