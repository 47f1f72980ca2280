"""Error handlers: which one catches a database error, whether it keeps it, and what such an error finds in the transaction.

A database error that is caught inside a transaction, outside of a savepoint, leaves the transaction unusable: the next query
fails, and without one all of it is rolled back in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from txlint.facts import records as r
from txlint.project.calls import Opening, Site, nested_statements, written_receiver
from txlint.project.django_settings import Decision
from txlint.project.flow import blocks, ends, ends_in_raise
from txlint.project.model import Func, nested
from txlint.project.project import Project
from txlint.project.types import ExtClass
from txlint.transactions.contexts import FAMILY, Context
from txlint.transactions.frames import broken, frames, in_block, is_block, saved
from txlint.transactions.order import Order
from txlint.transactions.reach import Reach, writes

_EVERYTHING = frozenset({"Exception", "BaseException"})
_UNDOING = frozenset({"set-rollback", "rollback", "savepoint-rollback"})


@dataclass(frozen=True, slots=True)
class Caught:
    """A call whose database error is caught: by which handler of which `try`, and whether that names database errors."""

    site: Site
    node: r.Try
    handler: r.Handler
    named: bool


class Handling:
    """Answers who catches what a call raises."""

    def __init__(self, project: Project, order: Callable[[Func], Order]) -> None:
        self._project, self._order = project, order

    # --- database errors -----------------------------------------------------------------------------------------------

    def is_database_error(self, expr: r.Expr, scope: Func) -> bool:
        """Whether an exception class is one of a database."""
        catalog, found = self._project.catalog, self._project.inference.infer(expr, scope)
        return any(isinstance(one, ExtClass) and "database-error" in catalog.class_roles(one.name) for one in found)

    def catches_database_errors(self, site: Site) -> bool:
        """Whether a `try` around a call, in its function, catches database errors."""
        handlers = (handler for node in site.tries for handler in node.handlers)
        return any(
            catches_everything(one) or any(self.is_database_error(type_, site.func) for type_ in one.types) for one in handlers
        )

    def raises_after(self, site: Site) -> bool:
        """Whether the error handler that a call stands in passes the error on."""
        return bool(site.handlers) and ends_in_raise(site.handlers[-1].body)

    def comes_to_raise(self, site: Site) -> bool:
        """Whether the function of a call surely ends in an exception after it."""
        return self._comes_to_raise(site.func.record.body, site) is True

    def caught(self, site: Site) -> Caught | None:
        """The handler, in the call's own function, that gets its database error; None where a savepoint is in between."""
        for node in reversed(site.tries):
            if saved(site, node):
                return None
            for handler in node.handlers:
                if any(self.is_database_error(one, site.func) for one in handler.types):
                    return Caught(site, node, handler, True)
                if catches_everything(handler):
                    return Caught(site, node, handler, False)
        return None

    def keeps(self, handler: r.Handler, func: Func) -> bool:
        """Whether a handler lets the program go on as if nothing had happened: it neither raises nor rolls back."""
        if self.raises(handler.body, func):
            return False
        inside = (site for site in self._project.bodies[func].sites if handler in site.handlers)
        return not any(effect.kind in _UNDOING for site in inside for effect in site.effects)

    def ends_errors(self, site: Site) -> bool:
        """Whether the function of a call lets any error of it go, so that its callers never hear of one."""
        handlers = (handler for node in site.tries for handler in node.handlers)
        return any(catches_everything(one) and self.keeps(one, site.func) for one in handlers)

    def raises(self, statements: tuple[r.Stmt, ...], func: Func) -> bool:
        """Whether every way through some statements ends in an exception."""
        for node in statements:
            match node:
                case r.Raise():
                    return True
                case r.Return() | r.Jump():
                    return False
                case r.Do(r.Call() as call) if self._always_raises(call, func):
                    return True
                case r.If(_, body, orelse, _) if orelse and self.raises(body, func) and self.raises(orelse, func):
                    return True
                case r.With() if self.raises(node.body, func):
                    return True
                case r.Try() if self.raises(node.final, func) or (not node.handlers and self.raises(node.body, func)):
                    return True
        return False

    def _comes_to_raise(self, statements: tuple[r.Stmt, ...], site: Site) -> bool | None:
        """Whether what comes after a call in some statements ends in an exception; None: it goes on behind them."""
        at = next((at for at, node in enumerate(statements) if any(one is site.call for one in nested((node,)))), None)
        if at is None:
            return None
        for block in blocks(statements[at]):
            if (inner := self._comes_to_raise(block, site)) is not None:
                return inner
        if self.raises(statements[at:], site.func):
            return True
        return False if ends(statements[at:]) else None

    def _always_raises(self, call: r.Call, func: Func) -> bool:
        if isinstance(call.func, r.Name) and call.func.path.rpartition(".")[2] in self._project.catalog.words["leaving"]:
            return True
        site = self._project.bodies[func].by_call.get(id(call))
        edges = [edge for edge in site.edges if edge.when == "now"] if site else []
        return bool(edges) and all(isinstance(_last(edge.func.record.body), r.Raise) for edge in edges)

    # --- what may fail -------------------------------------------------------------------------------------------------

    def fails(self, site: Site) -> Site | None:
        """The write, here or in a callee, whose database error comes out of a call and breaks the transaction; None: none."""
        if _unsaved_write(site):
            return site
        for edge in () if _has_savepoint(site) else site.edges:
            opened = self._project.resolver.openers.wrappings.of(edge.func).opened
            if edge.when == "now" and edge.func in self._failing and not any(is_block(one) for one in opened):
                return next(reversed(tuple(self._failing.path(edge.func))), None)
        return None

    def is_likely_to_fail(self, writer: Site) -> bool:
        """Whether a write may well be what an error handler for everything is for: it adds or changes a row, unvalidated."""
        checks, bodies = self._project.catalog.words["validating"], self._project.bodies
        run = (one for edge in writer.edges if edge.when == "now" and edge.func in bodies for one in bodies[edge.func].sites)
        checked = any(written_receiver(one.call)[1] in checks for one in run)
        return not checked and not all(effect.entry.removes for effect in writer.effects if effect.kind == "database-write")

    @cached_property
    def _failing(self) -> Reach:
        def along(site: Site) -> bool:
            return not in_block(site) and not _has_savepoint(site) and self.caught(site) is None

        return Reach(self._project, lambda site: _unsaved_write(site) and along(site), along, telling=True)

    @cached_property
    def _querying(self) -> Reach:
        return Reach(self._project, _queries, telling=True)

    @cached_property
    def _writing(self) -> Reach:
        return Reach(self._project, lambda site: writes(site, FAMILY), telling=True)

    def queries(self, site: Site) -> bool:
        """Whether a call surely runs a query, here or in a callee."""
        return _queries(site) or self._querying.through(site)

    def writes(self, site: Site) -> bool:
        """Whether a call surely writes, here or in a callee."""
        return writes(site, FAMILY) or self._writing.through(site)

    # --- what else the transaction does --------------------------------------------------------------------------------

    def after(self, caught: Caught, context: Context) -> Iterator[Site]:
        """The calls that can come after a handler in what the error has broken, nearest first."""
        for number, (here, within) in enumerate(broken(caught.site, context)):
            following = self._order(here.func).following(here) if number else self._behind(caught)
            begun = _begun_anew(here, within)
            yield from (one for one in following if within is None or (within in one.opened and one.line > begun))

    def undone(self, caught: Caught, context: Context) -> Iterator[Site]:
        """The calls that can come before a failing one and whose work is rolled back with it, nearest function first."""
        return self._earlier(broken(caught.site, context))

    def _behind(self, caught: Caught) -> Iterator[Site]:
        func, handler = caught.site.func, caught.handler
        yield from (one for one in self._project.bodies[func].sites if handler in one.handlers)
        last = _last(handler.body)
        if not isinstance(last, r.Return | r.Raise) and not (isinstance(last, r.Jump) and last.kind == "break"):
            yield from self._order(func).behind(caught.node)
        if isinstance(last, r.Jump) and last.kind == "continue":
            loop = next((one for one in reversed(caught.site.loops) if _holds(one, caught.node)), None)
            yield from (one for one in self._project.bodies[func].sites if loop in one.loops)

    def before(self, site: Site, context: Context) -> Iterator[Site]:
        """The calls that can come before a call in the same transaction, nearest function first."""
        return self._earlier(frames(site, context))

    def _earlier(self, way: Iterable[tuple[Site, Opening | None]]) -> Iterator[Site]:
        for here, within in way:
            order = self._order(here.func)
            for one in self._project.bodies[here.func].sites:
                if one is not here and (within is None or within in one.opened) and here in order.following(one):
                    yield one

    def undoes_answers(self, context: Context) -> bool:
        """Whether whoever has opened the transaction rolls it back for an answer that reports an error."""
        return isinstance(context.origin, Decision) and context.origin.undoes_answers

    # --- what an error undoes ------------------------------------------------------------------------------------------

    def leaves(self, site: Site, context: Context) -> bool:
        """Whether an error that is raised where a call stands surely comes out of the transaction and so rolls it back."""
        if not isinstance(context.origin, Opening) and context.entry is not None and context.entry.answers_errors:
            return False
        for here, opening in frames(site, context):
            for node in here.tries:
                inside = opening is None or node.line > opening.line
                if inside and any(self.keeps(one, here.func) for one in node.handlers):
                    return False
            if opening is not None and any(_catches(one.func) for one in opening.within):
                return False
        return True

    def is_for_failures(self, func: Func) -> bool:
        """Whether a function is called in error handlers only."""
        calls = self._project.callers.get(func, ())
        return bool(calls) and all(site.handlers for site, _ in calls)

    def lost(self, site: Site, context: Context) -> Site | None:
        """The write, by a call in an error handler that then raises, that is rolled back with the transaction."""
        handler = site.handlers[-1] if site.handlers else None
        if handler is None or not self._comes_to_raise(handler.body, site) or not self.leaves(site, context):
            return None
        origin = context.origin
        if isinstance(origin, Opening) and origin in site.opened and origin.line >= handler.line:
            return None  # a block of the handler's own has ended when it raises
        return self.writer(site)

    def writer(self, site: Site) -> Site | None:
        """The call that finally writes: this one, or one in a callee."""
        if writes(site, FAMILY):
            return site
        callees = [edge.func for edge in site.edges if edge.when == "now" and edge.func in self._writing]
        return next(reversed(tuple(self._writing.path(callees[0]))), None) if callees else None


def _begun_anew(site: Site, block: Opening | None) -> int:
    """The line up to which calls come in the next round of a loop, and so in another block; 0 where it is around the loop."""
    loops = (one for one in site.loops if isinstance(one, r.Loop))
    anew = block is not None and block.func is site.func and any(one.line < block.line <= one.end_line for one in loops)
    return site.line if anew else 0


def _holds(loop: r.Loop | r.Comp, node: r.Try) -> bool:
    return isinstance(loop, r.Loop) and loop.line < node.line <= loop.end_line


def _unsaved_write(site: Site) -> bool:
    return writes(site, FAMILY) and not _has_savepoint(site) and not any(effect.entry.lenient for effect in site.effects)


def _has_savepoint(site: Site) -> bool:
    return any(effect.entry.savepoint for effect in site.effects)


def _queries(site: Site) -> bool:
    return any(one.family == FAMILY and one.kind in ("database-write", "database-read") for one in site.effects)


def _catches(opener: Func) -> bool:
    """Whether a context manager of the project handles errors of the block that it is put around."""
    return any(isinstance(node, r.Try) and node.handlers for node in nested_statements(opener.record.body))


def catches_everything(handler: r.Handler) -> bool:
    """A bare `except:`, or one of `Exception`."""
    return not handler.types or any(isinstance(one, r.Name) and one.path in _EVERYTHING for one in handler.types)


def _last(body: tuple[r.Stmt, ...]) -> r.Stmt | None:
    return body[-1] if body else None
