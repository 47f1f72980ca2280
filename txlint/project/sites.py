"""Walks the body of a function and records each call with the regions around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from msgspec import Struct
from msgspec.structs import replace

from txlint.facts import records as r
from txlint.project.calls import Condition, Opening, Site
from txlint.project.flow import ends
from txlint.project.model import Func, expressions, parts


@dataclass(slots=True)
class Body:
    """What one function does: its calls, and what is open wherever it yields."""

    func: Func
    sites: list[Site] = field(default_factory=list)
    yields: list[tuple[Opening, ...]] = field(default_factory=list)
    by_call: dict[int, Site] = field(default_factory=dict)
    """Sites by the identity of their call record."""


class Regions(Struct, frozen=True):
    """What surrounds a place within its function."""

    opened: tuple[Opening, ...] = ()
    loops: tuple[r.Loop | r.Comp, ...] = ()
    tries: tuple[r.Try, ...] = ()
    handlers: tuple[r.Handler, ...] = ()
    tests: tuple[r.Expr, ...] = ()
    conditions: tuple[Condition, ...] = ()


_LEAVES = frozenset({r.Name, r.Const, r.Lambda})


class BodyWalker:
    """Walks one function; it is told what a `with` item opens, what a call enters, and how a site's meaning is filled in."""

    def __init__(
        self,
        func: Func,
        openings: Callable[[r.Expr, Func], tuple[Opening, ...]],
        entering: Callable[[r.Call, Func], tuple[Opening, ...]],
        resolve: Callable[[Site], None],
    ) -> None:
        self.body = Body(func)
        self._openings, self._entering, self._resolve = openings, entering, resolve

    def walk(self, opened: tuple[Opening, ...]) -> Body:
        """The body, given what is open throughout by the function's decorators."""
        self._block(self.body.func.record.body, Regions(opened))
        return self.body

    def _block(self, statements: tuple[r.Stmt, ...], at: Regions) -> None:
        for statement in statements:
            self._statement(statement, at)
            at = _past(statement, self._entered(statement, at))

    def _entered(self, node: r.Stmt, at: Regions) -> Regions:
        """A call that enters its argument, as a statement, opens for the rest of the block."""
        value = node.value if isinstance(node, r.Do | r.Assign) else None
        opened = self._entering(value, self.body.func) if isinstance(value, r.Call) else ()
        return replace(at, opened=(*at.opened, *opened)) if opened else at

    def _statement(self, node: r.Stmt, at: Regions) -> None:
        match node:
            case r.With():
                self._with(node, at)
            case r.Loop():
                self._loop(node, at)
            case r.Try():
                self._try(node, at)
            case _:
                for expr in expressions(node):
                    self._expr(expr, at)
                if isinstance(node, r.If):
                    tests = (*at.tests, node.test)
                    for block, holds in ((node.body, True), (node.orelse, False)):
                        self._block(block, replace(at, tests=tests, conditions=(*at.conditions, Condition(node.test, holds))))

    def _with(self, node: r.With, at: Regions) -> None:
        for item in node.items:
            self._expr(item, at)
            opened = (one if one.line else replace(one, line=node.line) for one in self._openings(item, self.body.func))
            at = replace(at, opened=(*at.opened, *opened))
        self._block(node.body, at)

    def _loop(self, node: r.Loop, at: Regions) -> None:
        inner = replace(at, loops=(*at.loops, node))
        self._expr(node.iter, at if node.target is not None else inner)
        self._block(node.body, inner)
        self._block(node.orelse, at)

    def _try(self, node: r.Try, at: Regions) -> None:
        self._block(node.body, replace(at, tries=(*at.tries, node)))
        for handler in node.handlers:
            self._block(handler.body, replace(at, handlers=(*at.handlers, handler)))
        self._block(node.orelse, at)
        self._block(node.final, at)

    def _expr(self, expr: r.Expr, at: Regions) -> None:
        if expr.__class__ in _LEAVES:
            return
        if isinstance(expr, r.Comp):
            inner = replace(at, loops=(*at.loops, expr))
            for position, part in enumerate(parts(expr)):
                self._expr(part, at if position == 0 else inner)
            return
        for part in parts(expr):
            self._expr(part, at)
        if isinstance(expr, r.Yield):
            self.body.yields.append(at.opened)
        elif isinstance(expr, r.Call):
            site = Site(expr, self.body.func, (), at.opened, at.loops, at.tries, at.handlers, at.tests, at.conditions)
            self._resolve(site)
            self.body.sites.append(site)
            self.body.by_call[id(expr)] = site


def _past(node: r.Stmt, at: Regions) -> Regions:
    """What holds after an `if` of which one branch has left the block."""
    if isinstance(node, r.If) and ends(node.body) != ends(node.orelse):
        return replace(at, conditions=(*at.conditions, Condition(node.test, ends(node.orelse))))
    return at
