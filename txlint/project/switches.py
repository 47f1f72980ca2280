"""Conditions on parameters, and the constants that decide them: `notify(order, by_mail=False)` sends no mail."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from txlint.facts import records as r
from txlint.project.calls import Condition, Edge, Site
from txlint.project.model import Func, arguments, walk
from txlint.project.types import Fn

Constant = str | int | bool | None
Given = tuple[tuple[str, Constant], ...]
"""What is known of the parameters of a function while it runs, in the order of its parameters."""
_SAME = {"Is": True, "Equal": True, "IsNot": False, "NotEqual": False}
_MOST = 3
"""Parameters of a function that are told apart; of one with more, none is."""


class Switches:
    """Knows the parameters that decide what a function, or one that it hands them on to, does."""

    def __init__(self, sites: Iterable[Site], callers: Mapping[Func, Iterable[tuple[Site, Edge]]]) -> None:
        self._names: dict[Func, frozenset[str]] = {}
        tested: dict[Func, set[str]] = {}
        for site in sites:
            for condition in site.conditions:
                if names := _tested(condition.test) & _constant_parameters(site.func):
                    tested.setdefault(site.func, set()).update(names)
        self._widen(tested, callers)

    def _widen(self, tested: dict[Func, set[str]], callers: Mapping[Func, Iterable[tuple[Site, Edge]]]) -> None:
        waiting = deque(tested)
        while waiting:
            func = waiting.popleft()
            for site, edge in callers.get(func, ()):
                passed = dict(_passed(site, edge))
                names = {value.path for name in tested[func] if isinstance(value := passed.get(name), r.Name)}
                names &= _constant_parameters(site.func)
                if not names <= tested.setdefault(site.func, set()):
                    tested[site.func] |= names
                    waiting.append(site.func)
        self._names = {func: frozenset(names) for func, names in tested.items() if 0 < len(names) <= _MOST}

    def given(self, site: Site, edge: Edge, known: Given) -> Given:
        """What a call gives to the deciding parameters of a function that it runs, where the caller's own are `known`."""
        names = self._names.get(edge.func)
        if names is None or not _is_direct(site, edge) or any(arg.star for arg in site.call.args):
            return ()
        passed, here = dict(_passed(site, edge)), dict(known)
        found = ((one.name, _value(passed.get(one.name, one.default), here)) for one in edge.func.record.params)
        return tuple((name, value[0]) for name, value in found if name in names and value)


def excludes(given: Given, conditions: Iterable[Condition]) -> bool:
    """Whether one of some conditions cannot be met with what is known of the parameters."""
    known = dict(given)
    return any((holds := _decided(one.test, known)) is not None and holds is not one.holds for one in conditions)


def _decided(test: r.Expr, known: Mapping[str, Constant]) -> bool | None:
    match test:
        case r.Name(path) if path in known:
            return bool(known[path])
        case r.Parts((inner,), "Not"):
            holds = _decided(inner, known)
            return None if holds is None else not holds
        case r.Parts((r.Name(path), r.Const(value)), operator) if path in known and operator in _SAME:
            return (known[path] == value and type(known[path]) is type(value)) is _SAME[operator]
    return None


def _tested(test: r.Expr) -> set[str]:
    """The names that a test is simple enough about to be decided by a constant."""
    names = {one.path for one in walk(test) if isinstance(one, r.Name)}
    return names if _decided(test, dict.fromkeys(names)) is not None else set()


def _constant_parameters(func: Func) -> frozenset[str]:
    """The parameters that keep the value that they are given."""
    return frozenset(
        one.name for one in func.record.params if not one.kind.startswith("*") and len(func.bindings.get(one.name, ())) < 2
    )


def _value(expr: r.Expr | None, known: Mapping[str, Constant]) -> tuple[Constant] | None:
    match expr:
        case r.Const(value):
            return (value,)
        case r.Name(path) if path in known:
            return (known[path],)
    return None


def _passed(site: Site, edge: Edge) -> Iterable[tuple[str, r.Expr]]:
    func = edge.func
    return arguments(site.call, func, func.cls is not None and not func.is_static) if _is_direct(site, edge) else ()


def _is_direct(site: Site, edge: Edge) -> bool:
    """Whether a call is one of the function itself, by its name or on an object, so that the arguments are its own."""
    if edge.when != "now" or edge.via:
        return False
    named = (one for one in site.types if isinstance(one, Fn) and one.func.record.name == edge.func.record.name)
    return any(one.func.cls is None or one.func.is_static or one.on is not None for one in named)
