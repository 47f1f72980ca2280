"""Locking querysets: where one is built, and where it is finally evaluated or leaves its function.

A queryset locks nothing when it is built; what counts is the transaction that is open when its rows are fetched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.project.calls import Edge, Opening, Site
from txlint.project.flow import blocks
from txlint.project.model import Func, expressions, parts, walk
from txlint.project.project import Project
from txlint.project.types import ExtInst, Inst, Method
from txlint.transactions.contexts import FAMILY

_ROUNDS = 3
"""Over how many functions a queryset is followed to the caller that fetches its rows."""


@dataclass(frozen=True, slots=True)
class Use:
    """What becomes of a locking queryset: its rows are fetched (`fetched`), or it is returned as it is (`returned`)."""

    built: Site
    """The call that makes it lock, or the call of the function that returns it."""
    func: Func
    how: str
    line: int
    opened: tuple[Opening, ...]
    """What the function itself has open there."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A statement, and what is open in it."""

    node: r.Stmt
    opened: tuple[Opening, ...]


def locked_uses(project: Project, functions: Iterable[Func]) -> tuple[Use, ...]:
    """The uses of all locking querysets in some functions."""
    found: dict[Func, tuple[Use, ...]] = {}
    built = {func: {id(site.call): site for site in project.bodies[func].sites if _locks(site)} for func in functions}
    waiting = {func for func, sites in built.items() if sites}
    for _ in range(_ROUNDS):
        found |= {func: tuple(_Uses(project, func, built[func]).all()) for func in waiting}
        returning = {func for func in waiting if any(use.how == "returned" for use in found[func])}
        calls = [site for func in returning for site, edge in project.callers.get(func, ()) if _gives(edge)]
        waiting = {site.func for site in calls if site.func in built and site.func not in returning}
        for site in calls:
            built.get(site.func, {})[id(site.call)] = site
    return tuple(use for uses in found.values() for use in uses)


def _gives(edge: Edge) -> bool:
    """Whether a call gives what the function returns: not what a framework's method does with it."""
    return edge.when == "now" and not edge.via


def _locks(site: Site) -> bool:
    return any(one.kind == "row-lock" and one.entry.lazy and one.family == FAMILY for one in site.effects)


class _Uses:
    """Follows the querysets of one function, through chains of calls and local names."""

    def __init__(self, project: Project, func: Func, built: dict[int, Site]) -> None:
        self._project, self._func, self._built = project, func, built
        self._body = project.bodies[func]
        self._names: dict[str, Site] = {}
        opened = project.resolver.openers.wrappings.of(func).opened
        self._places = list(self._walk(func.record.body, opened))

    def all(self) -> Iterator[Use]:
        """Every use, in source order; a name counts where nothing else is ever assigned to it."""
        kept: set[str] = set()
        for place in self._places:
            for expr in expressions(place.node):
                above = {id(part): one for one in walk(expr) for part in parts(one)}
                for part in walk(expr):
                    yield from self._use(part, above, place, kept)

    def _walk(self, body: tuple[r.Stmt, ...], opened: tuple[Opening, ...]) -> Iterator[_Place]:
        for node in body:
            yield _Place(node, opened)
            inner = opened
            if isinstance(node, r.With):
                items = (one for item in node.items for one in self._project.resolver.openers.of_item(item, self._func))
                inner = (*opened, *items)
            for block in blocks(node):
                yield from self._walk(block, inner)

    def _use(self, part: r.Expr, above: dict[int, r.Expr], place: _Place, kept: set[str]) -> Iterator[Use]:
        name = ""
        if isinstance(part, r.Call) and id(part) in self._built:
            built = self._built[id(part)]
        elif isinstance(part, r.Name) and part.path.partition(".")[0] in self._names:
            name = part.path.partition(".")[0]
            built = self._names[name]
        else:
            return
        top, fetched = self._chain(part, above)
        if top is None:
            return
        line = getattr(top, "at", 0) or getattr(place.node, "line", built.line)
        if fetched == "" and id(top) not in above:
            fetched = self._by_statement(place.node, top, built)
        if fetched in ("rows", "query") and not (fetched == "rows" and name in kept):
            if fetched == "rows" and any(one.family == FAMILY for one in place.opened):
                kept |= {name}
            yield Use(built, self._func, "fetched", line, place.opened)
        elif fetched == "returned":
            yield Use(built, self._func, "returned", line, place.opened)

    def _by_statement(self, node: r.Stmt, top: r.Expr, built: Site) -> str:
        match node:
            case r.Return():
                return "returned"
            case r.Loop(_, iterated) if iterated is top:
                return "rows"
            case r.Assign((r.Name(path),), value) if value is top and "." not in path and self._only(path, top):
                self._names[path] = built
        return ""

    def _only(self, name: str, value: r.Expr) -> bool:
        """Whether a name is assigned nothing else, or only what is made of itself."""
        others = [one.value for one in self._func.bindings.get(name, ()) if one.value is not value]
        callees = [one.func if isinstance(one, r.Call) else one for one in others]
        return all(isinstance(one, r.Name) and one.path.startswith(f"{name}.") for one in callees)

    def _chain(self, part: r.Expr, above: dict[int, r.Expr]) -> tuple[r.Expr | None, str]:
        """The end of a chain of calls, and whether it fetches: `rows`, `query`, "" for not yet; None for something unknown."""
        node: r.Expr = part
        while (outer := above.get(id(node))) is not None:
            match outer:
                case r.Attr() | r.Call(r.Name()) if isinstance(node, r.Name) or isinstance(outer, r.Attr):
                    call = above.get(id(outer)) if isinstance(outer, r.Attr) else outer
                    if not isinstance(call, r.Call) or call.func is not (outer if isinstance(outer, r.Attr) else node):
                        return self._given(node, outer)
                    kind = self._method(call)
                    if kind != "":
                        return (call, kind) if kind != "unknown" else (None, "")
                    node = call
                case r.Call():
                    return self._given(node, outer)
                case r.Item(value, key) if value is node:
                    if not isinstance(key, r.Parts):
                        return node, "query"
                    node = outer
                case r.Comp(_, iters) if any(one is node for one in iters):
                    return node, "rows"
                case _:
                    return None, ""
        bare = not (isinstance(node, r.Name) and "." in node.path)
        return (node, "") if bare else (None, "")

    def _given(self, node: r.Expr, call: r.Expr) -> tuple[r.Expr | None, str]:
        """A queryset handed to a function that is known to fetch its rows."""
        site = self._body.by_call.get(id(call))
        if site is not None and any(effect.kind == "evaluation" for effect in site.effects) and site.call.args[0].value is node:
            return node, "rows"
        return None, ""

    def _method(self, call: r.Call) -> str:
        """What a method call on a queryset does: `query`, "" where it gives another one, `unknown`."""
        site = self._body.by_call.get(id(call))
        if site is None:
            return "unknown"
        if any(effect.kind == "database-read" for effect in site.effects):
            gives = (self._project.catalog.returned(one.owner, one.name) for one in site.types if isinstance(one, Method))
            return "query" if any(gives) else "unknown"
        if any(effect.kind == "database-write" for effect in site.effects):
            return "unknown"
        found = self._project.inference.infer(call, self._func)
        return "" if any(isinstance(one, ExtInst | Inst) for one in found) else "unknown"
