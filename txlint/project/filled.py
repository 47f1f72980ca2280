"""Collections that a function makes and fills: what they hold."""

from __future__ import annotations

from collections.abc import Callable

from txlint.facts import records as r
from txlint.project.model import Func
from txlint.project.types import Many, Types, union

_MAKERS = frozenset({"list", "dict", "set", "defaultdict", "collections.defaultdict", "OrderedDict", "deque"})


def filled(infer: Callable[[r.Expr, Func], Types], func: Func, name: str) -> Types:
    """What a function puts into a collection of Python's own that it makes under a name."""
    if name not in func.fills or not any(_is_made(one.value) for one in func.bindings[name]):
        return ()
    return union(tuple(Many(one) for one in infer(value, func)) for value in func.fills[name])


def _is_made(expr: r.Expr | None) -> bool:
    match expr:
        case r.Seq() | r.Map():
            return True
        case r.Call(r.Name(path)):
            return path in _MAKERS
    return False
