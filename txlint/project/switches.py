"""Conditions on parameters, and the constants that decide them: `notify(order, by_mail=False)` sends no mail."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from types import EllipsisType

from txlint.facts import records as r
from txlint.project.annotations import injections
from txlint.project.calls import Condition, Edge, Site
from txlint.project.model import Func, arguments, walk
from txlint.project.stored import StoredRows
from txlint.project.types import Fn

Constant = str | int | bool | EllipsisType | None
Given = tuple[tuple[str, Constant], ...]
"""What is known of the parameters of a function while it runs, sorted by their names."""
_SAME = {"Is": True, "Equal": True, "IsNot": False, "NotEqual": False}
_SOMETHING = ...
"""Stands for what is neither None nor false, and of which no more is known: what a `with` has entered, what is injected."""
_MOST = 6
"""Parameters of a function that are told apart; of one with more, none is."""


class Switches:
    """Knows what decides what a function, or one that it hands it on to, does: parameters, and whether its row is stored."""

    def __init__(
        self, sites: Iterable[Site], callers: Mapping[Func, Iterable[tuple[Site, Edge]]], stored: StoredRows | None = None
    ) -> None:
        self._stored = stored
        tested: dict[Func, set[str]] = {}
        self._flags: dict[Func, dict[str, r.Expr]] = {}
        conditions = {(id(one.test), site.func): one.test for site in sites if site.conditions for one in site.conditions}
        for (_, func), test in conditions.items():  # Calls in one branch share the conditions that they are under.
            if names := self._asked(test, func):
                tested.setdefault(func, set()).update(names)
        waiting = deque(tested)
        while waiting:
            func = waiting.popleft()
            for site, edge in callers.get(func, ()):
                names = self._handed_on(site, edge, tested[func]) if _is_direct(site, edge) else set()
                if not names <= tested.setdefault(site.func, set()):
                    tested[site.func] |= names
                    waiting.append(site.func)
        self._names = {func: sorted(names) for func, names in tested.items() if 0 < len(names) <= _MOST}

    def _asked(self, test: r.Expr, func: Func) -> set[str]:
        """What a test is decided by, itself or through a name that holds another one: `is_new = self.pk is None`."""
        deciding = _constant_parameters(func) | (self._stored.asked(func) if self._stored else frozenset())
        names = _tested(test)
        for name in names - deciding:
            bindings = func.bindings.get(name, ())
            value = bindings[0].value if len(bindings) == 1 and bindings[0].how == "value" else None
            if value is not None and (inner := _tested(value) & deciding):
                self._flags.setdefault(func, {})[name] = value
                names = names | inner
        return names & deciding

    def _handed_on(self, site: Site, edge: Edge, names: set[str]) -> set[str]:
        own = {found for name in names if self._stored and "." in name and (found := self._stored.handed_on(site, name))}
        return own | _handed_on(_Arguments(site, edge), {one for one in names if "." not in one}, site.func)

    def given(self, site: Site, edge: Edge, known: Given = ()) -> Given:
        """What a call gives to the deciding parameters of a function that it runs, where the caller's own are `known`."""
        names = self._names.get(edge.func)
        if names is None or not _is_direct(site, edge):
            return ()
        passed, here = _Arguments(site, edge), dict(known)
        values = ((name, self._of_row(site, name, here) if "." in name else passed.value(name, here)) for name in names)
        found = {name: value[0] for name, value in values if value is not None}
        if found and edge.func in self._flags:
            flags = ((name, _decided(test, found)) for name, test in self._flags[edge.func].items())
            found |= {name: holds for name, holds in flags if holds is not None}
        return tuple(sorted(found.items()))

    def _of_row(self, site: Site, name: str, known: Mapping[str, Constant]) -> tuple[Constant] | None:
        """What a name of a method's own row holds: that of the caller's row where it is the same one."""
        if self._stored is None or (own := self._stored.handed_on(site, name)) is None:
            return self._stored.value(site, name) if self._stored else None
        return (known[own],) if own in known else None


class _Arguments:
    """What a call passes to a function, by the names of its parameters."""

    def __init__(self, site: Site, edge: Edge) -> None:
        func, args = edge.func, site.call.args
        self._by_name = dict(arguments(site.call, func, func.cls is not None and not func.is_static))
        self._by_name |= {arg.keyword: arg.value for arg in args if arg.keyword is not None}
        self._params = {one.name: one for one in func.record.params}
        self._own = {one.name for one in site.func.record.params}
        self._caller = site.func
        self._stars = {arg.star for arg in args if arg.star}
        collected = next((one.name for one in site.func.record.params if one.kind == "**"), "")
        self._passes_on = any(arg.star == "**" and arg.value == r.Name(collected) for arg in args)

    def source(self, name: str) -> str | None:
        """The parameter of the caller that is handed on, or the keyword that it collects and hands on with the others."""
        match self._by_name.get(name):
            case r.Name(path) if path in self._own:
                return path
            case None if self._collected(name):
                return name
        return None

    def _collected(self, name: str) -> bool:
        return self._passes_on and name not in self._by_name and name not in self._own

    def value(self, name: str, known: Mapping[str, Constant]) -> tuple[Constant] | None:
        """The constant that a parameter has, given those of the caller's; None where it is not known."""
        if name in self._by_name:
            given = self._by_name[name]
            return _value(given, known) or ((_SOMETHING,) if self._is_something(given) else None)
        if self._collected(name) and name in known:
            return (known[name],)
        param = self._params.get(name)
        if param is None or "**" in self._stars or (self._stars and param.kind != "kw"):
            return None
        return _value(param.default, {})

    def _is_something(self, given: r.Expr) -> bool:
        """Whether an argument is what a block has entered under its name, or what a provider gives for a parameter."""
        name = given.path if isinstance(given, r.Name) else ""
        found = self._caller.bindings.get(name, ())
        if len(found) == 1 and found[0].how == "param":
            return any(one.name == name and _is_provided(one) for one in self._caller.record.params)
        return bool(found) and all(one.how == "enter" for one in found)


def _handed_on(passed: _Arguments, names: set[str], caller: Func) -> set[str]:
    """The parameters of a caller that are handed on for some of a callee, keywords that it merely collects included."""
    changed = {one.name for one in caller.record.params} - _constant_parameters(caller)
    return {found for name in names if (found := passed.source(name)) is not None and found not in changed}


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
            if known[path] is _SOMETHING and value is not None:  # equal to nothing that is known
                return None
            return (known[path] == value and type(known[path]) is type(value)) is _SAME[operator]
        case r.Choice(options, None, operator) if operator:
            parts, decisive = [_decided(one, known) for one in options], operator == "Or"
            return decisive if decisive in parts else None if None in parts else not decisive
    return None


def _tested(test: r.Expr) -> set[str]:
    """The names that a test is simple enough about to be decided by a constant."""
    if isinstance(test, r.Choice) and test.operator:
        return {name for one in test.options for name in _tested(one)}
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


def _is_provided(param: r.Param) -> bool:
    """Whether a function is named that provides a parameter: `db=Depends(get_db)`, `Annotated[Session, Depends(get_db)]`."""
    calls = (one for one in injections(param) if isinstance(one, r.Call) and one.args)
    return any(isinstance(one.args[0].value, r.Name) for one in calls)


def _is_direct(site: Site, edge: Edge) -> bool:
    """Whether a call is one of the function itself, by its name or on an object, so that the arguments are its own."""
    if edge.when != "now" or edge.via:
        return False
    named = (one for one in site.types if isinstance(one, Fn) and one.func.record.name == edge.func.record.name)
    return any(one.func.cls is None or one.func.is_static or one.on is not None for one in named)
