"""Rows of which only one may be there, where nothing but a race or the text of an error says that one is there already."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from txlint.facts import records as r
from txlint.project.calls import Site, nested_statements
from txlint.project.model import Func, nested, walk
from txlint.project.project import Project
from txlint.transactions.handling import Handling, catches_everything
from txlint.transactions.reach import Reach

_GUARDS = frozenset({"upsert", "row-lock"})
_CONFLICT = re.compile(r"unique|duplicat|exist|constraint|violat|integrity|(^|_)(key|idx|index|uq|pk)(_|$)|23505|1062", re.I)
_UNDOING = frozenset({"rollback", "savepoint-rollback", "set-rollback"})
_FAR = 4
"""Local names through which the parts of a statement are followed."""


@dataclass(frozen=True, slots=True)
class InsertIfAbsent:
    """A statement that inserts what its own condition does not find: where it is sent, and where the condition stands."""

    sent: Site
    asked: Site


@dataclass(frozen=True, slots=True)
class ToldByText:
    """A call that adds a row, and the handler of everything that takes a text in the error for its being there already."""

    adds: Site
    handler: r.Handler
    line: int
    text: str


class Conflicts:
    """Finds them."""

    def __init__(self, project: Project, handling: Handling) -> None:
        self._project, self._handling = project, handling

    @cached_property
    def _adding(self) -> Reach:
        return Reach(self._project, _adds, telling=True)

    def inserts(self, func: Func) -> Iterator[InsertIfAbsent]:
        """The conditional inserts of a function that neither a lock nor an upsert nor a handler makes safe."""
        sites = self._project.bodies[func].sites
        if any(effect.kind in _GUARDS for site in sites for effect in site.effects):
            return
        for site in sites:
            if _has(site, "insert-if-absent"):
                yield from self._open(InsertIfAbsent(site, site))
            elif _has(site, "insert-select") and (asked := self._asked(site, func)) is not None:
                yield from self._open(InsertIfAbsent(_sent(site, func, sites), asked))

    def _open(self, one: InsertIfAbsent) -> Iterator[InsertIfAbsent]:
        if not self._handling.catches_database_errors(one.sent):
            yield one

    def _asked(self, site: Site, func: Func) -> Site | None:
        """The condition that something is not there, among the parts of a statement."""
        by_call = self._project.bodies[func].by_call
        for part in _parts([arg.value for arg in site.call.args], func):
            if isinstance(part, r.Parts) and part.operator in ("BitInvert", "Not"):
                for inner in walk(part):
                    found = by_call.get(id(inner))
                    if found is not None and _has(found, "existence-test") and _is_of_target(site, part, func):
                        return found
        return None

    def told(self, func: Func) -> Iterator[ToldByText]:
        """The errors of adding a row that a function takes for a row that is there, by their text alone."""
        body = self._project.bodies[func]
        by_call = body.by_call
        for node in nested_statements(func.record.body) if any(one.tries for one in body.sites) else ():
            if not isinstance(node, r.Try):
                continue
            handler = next((one for one in node.handlers if catches_everything(one)), None)
            found = _told(handler) if handler is not None and not self._is_caught(node, func) else None
            if handler is None or found is None or self._undoes(handler, func):
                continue
            for call in nested(node.body):
                site = by_call.get(id(call))
                if site is not None and (_adds(site) or self._adding.through(site)):
                    yield ToldByText(site, handler, *found)
                    break

    def _is_caught(self, node: r.Try, func: Func) -> bool:
        return any(self._handling.is_database_error(one, func) for handler in node.handlers for one in handler.types)

    def _undoes(self, handler: r.Handler, func: Func) -> bool:
        inside = (site for site in self._project.bodies[func].sites if handler in site.handlers)
        return any(effect.kind in _UNDOING for site in inside for effect in site.effects)


def _is_of_target(site: Site, condition: r.Expr, func: Func) -> bool:
    """Whether a condition is about the table that a statement inserts into, as far as a name says which that is."""
    match site.call.func:
        case r.Attr(r.Call(_, (r.Arg(r.Name(target)), *_)), _):
            pass
        case r.Attr(r.Call(r.Name(path)), _):
            target = path.rpartition(".")[0].removesuffix(".__table__")
        case _:
            return True
    names = (part.path for part in _parts([condition], func) if isinstance(part, r.Name))
    return any(f"{one}.".startswith(f"{target}.") for one in names)


def _told(handler: r.Handler) -> tuple[int, str] | None:
    """The test of an error's text that ends the error, with the text that it looks for."""
    for node in handler.body:
        if isinstance(node, r.If) and not any(isinstance(one, r.Raise) for one in nested_statements(node.body)):
            for part in walk(node.test):
                match part:
                    case r.Parts((r.Const(str() as text), asked), "In") if _CONFLICT.search(text) and _is_text(asked, handler):
                        return node.line, text
    return None


def _is_text(expr: r.Expr, handler: r.Handler) -> bool:
    """Whether an expression is made of the error that a handler has caught: `str(error)`, `error.args[0]`."""
    names = (part.path.partition(".")[0] for part in walk(expr) if isinstance(part, r.Name))
    return handler.name is not None and handler.name in names


def _parts(exprs: list[r.Expr], func: Func) -> Iterator[r.Expr]:
    """The parts of expressions, and those of what the local names among them hold."""
    seen: set[str] = set()
    for _ in range(_FAR):
        parts = [part for expr in exprs for part in walk(expr)]
        yield from parts
        names = {part.path for part in parts if isinstance(part, r.Name)} - seen
        seen |= names
        exprs = [one.value for name in names for one in func.bindings.get(name, ()) if one.value is not None]


def _sent(site: Site, func: Func, sites: list[Site]) -> Site:
    """The call that gets a statement; the one that builds it, where that is not known."""
    names = {r.Name(name) for name, group in func.bindings.items() for one in group if _holds(one.value, site)}
    for one in sites:
        given = [part for arg in one.call.args for part in walk(arg.value)]
        if one is not site and _has(one, "database-write") and any(part is site.call or part in names for part in given):
            return one
    return site


def _holds(value: r.Expr | None, site: Site) -> bool:
    return value is not None and any(part is site.call for part in walk(value))


def _adds(site: Site) -> bool:
    return any(effect.kind == "database-write" and effect.entry.adds for effect in site.effects)


def _has(site: Site, kind: str) -> bool:
    return any(effect.kind == kind for effect in site.effects)
