"""Values of parameters that say nothing of themselves: what the project's calls pass for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from txlint.facts import records as r
from txlint.project.model import Func, arguments, calls_by_name
from txlint.project.types import Fn, Obj, ParamValue, Types, union

if TYPE_CHECKING:
    from txlint.project.inference import Inference

_CALLS = 12
"""Over how many calls of a function the values of its parameters are followed to what callers pass."""


class Passed:
    """Looks at the calls of a function."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference
        self._calls = calls_by_name(inference.modules)

    def of(self, func: Func, param: str) -> Types:
        """What the project's calls of a function pass for a parameter that says nothing of itself."""
        if func.record.name.startswith("__") and func.record.name != "__init__":
            return ()
        makers = (func.cls, *func.cls.subclasses) if func.record.name == "__init__" and func.cls else ()
        names = dict.fromkeys(one.record.name for one in makers) or (func.record.name,)
        calls = [one for name in names for one in self._calls.get(name, ())][:_CALLS]
        groups = [self._passed(func, param, call, scope) for call, scope in calls]
        return tuple(one for one in union(groups, 4) if not isinstance(one, ParamValue))

    def _passed(self, func: Func, param: str, call: r.Call, scope: Func) -> Types:
        for one in self._inference.infer(call.func, scope):
            bound = func.cls is not None and not func.is_static
            matches = isinstance(one, Fn) and one.func is func
            if matches or (
                isinstance(one, Obj)
                and func.cls in self._inference.lineages.of(one.cls).classes
                and func.record.name == "__init__"
            ):
                return next(
                    (self._inference.infer(value, scope) for name, value in arguments(call, func, bound) if name == param), ()
                )
        return ()
