"""Sessions that are used on after a failed flush or commit, without the rollback that they need first.

The flush may be a callee's and the next use a caller's: a function that was given its session and keeps a database error hands
back a session that nobody can use.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from txlint.facts import records as r
from txlint.project.calls import Opening, Site, hangs_on, nested_statements
from txlint.project.lineage import written
from txlint.project.model import Func, arguments, walk
from txlint.project.project import Project
from txlint.transactions.endings import BORROWED, FAMILIES, Ending, session_of, session_path
from txlint.transactions.handling import Handling, catches_everything
from txlint.transactions.made import MadeSessions, first_name
from txlint.transactions.order import enters_anew
from txlint.transactions.providers import Owner
from txlint.transactions.reach import Reach
from txlint.transactions.sessions import Sessions

_FAMILY = "sqlalchemy"
_UNDOING = frozenset({"rollback", "close", "savepoint-rollback"})
_USING = frozenset({"database-write", "database-read", "commit", "flush", "refresh"})
_FAR = 4
"""Calls up to which a caller that uses the session next is looked for."""


@dataclass(frozen=True, slots=True)
class FailedFlush:
    """A flush, commit or other statement whose error a handler keeps, and where the session is used next."""

    site: Site
    session: str
    handler: r.Handler
    named: bool
    used: Site | Owner
    """The next use: a call, or what commits the session in the end."""
    sends: bool = True
    """Whether it flushes or commits; otherwise it sends one statement, whose error only some databases take amiss."""


class FailedFlushes:
    """Finds them; a rollback in a function that the handler calls counts."""

    def __init__(self, project: Project, handling: Handling, sessions: Sessions, made: MadeSessions) -> None:
        self._project, self._handling, self._sessions, self._made = project, handling, sessions, made
        self._undoing = Reach(project, _undoes, telling=True)
        self._using = Reach(project, _uses, telling=True)
        self._sending = Reach(project, partial(self._leaks, _sends), self._passes, telling=True)
        self._executing = Reach(project, partial(self._leaks, _executes), self._passes, telling=True)

    def of(self, func: Func) -> Iterator[FailedFlush]:
        """The failed flushes that a function keeps to itself."""
        seen: set[int] = set()
        for site in self._project.bodies[func].sites:
            sent = self._failing(site) if site.tries else None
            caught = self._caught(site) if sent is not None else None
            if sent is None or caught is None or id(caught[1]) in seen or not (caught[2] or (sent is site and _sends(site))):
                continue
            node, handler, named = caught
            session = session_of(sent.call)
            if not session or (sent is site and self._replaced(session, node, func)) or self._undone(node, handler, site):
                continue
            around = _blocks_around(site, node)
            here = self._next(node, handler, session if sent is site else "", func)
            if here is not None and any(one not in here.opened or enters_anew(one.line, site, here) for one in around):
                continue
            passed = here is None and not around
            used = self._used_by_callers(site, sent) if passed else None if here is None or _undoes(here) else here
            if used is not None:
                seen.add(id(handler))
                yield FailedFlush(site, session, handler, named, used, _sends(sent))

    # --- what fails ------------------------------------------------------------------------------------------------------

    def _failing(self, site: Site) -> Site | None:
        """What a call sends, or leads to in a session that was given to the callee: a flush or commit, or else a write."""
        for sends, reach in ((_sends, self._sending), (_executes, self._executing)):
            if sends(site):
                return site
            found = reach.last(site) if not site.opened else None
            if found is not None and not _left_out(site, found):
                return found
        return None

    def _leaks(self, sends: Callable[[Site], bool], site: Site) -> bool:
        """Whether the error of what is sent over a borrowed session leaves its function."""
        return sends(site) and self._is_given(site) and self._passes(site) and not self._is_stored_apart(site)

    def _is_stored_apart(self, site: Site) -> bool:
        """Whether all that a function puts into its session before a call has stood a savepoint: what is left hardly fails."""
        earlier = [one for one in self._sessions.before(site) if any(each.kind == "database-write" for each in one.effects)]
        return bool(earlier) and all(any(each.boundary == "savepoint" for each in one.opened) for one in earlier)

    def _is_given(self, site: Site) -> bool:
        return self._sessions.source(session_of(site.call), site.func) in BORROWED

    def _passes(self, site: Site) -> bool:
        """Whether nothing around a call, in its function, catches the error or isolates it."""
        if any(one.family in FAMILIES for one in site.opened) or any(node.handlers for node in site.tries):
            return False
        return not any(self._made.of(site.func)) and not self._is_scoped(site)

    def _is_scoped(self, site: Site, since: int = 0) -> bool:
        """Whether a context manager of the project, entered from a line on, rolls back or closes when a call in it fails."""
        entered = self._sessions.providers.entered(site)
        return any(node.line >= since and self._cleans_up(provider) for node, _, provider in entered)

    def _cleans_up(self, func: Func) -> bool:
        body = self._project.bodies.get(func)
        return func in self._undoing or (body is not None and any(map(_undoes, body.sites)))

    def _replaced(self, session: str, node: r.Try, func: Func) -> bool:
        """Whether the name stands for another session afterwards; a registry always gives the one that is there."""
        later = [one for one in func.bindings.get(session.partition(".")[0], ()) if one.line > node.line]
        return any(self._made.kind(one.value, func) != "registry" for one in later)

    def _caught(self, site: Site) -> tuple[r.Try, r.Handler, bool] | None:
        node = site.tries[-1]
        if self._is_saved(site, node) or any(one.line >= node.line and one.func is site.func for one in site.opened):
            return None  # a savepoint, or a session that ends with the block
        if _ends_within(site, node) or self._is_scoped(site, node.line):
            return None
        for handler in node.handlers:
            named = any(self._handling.is_database_error(one, site.func) for one in handler.types)
            if named or catches_everything(handler):
                return node, handler, named
        return None

    def _undone(self, node: r.Try, handler: r.Handler, failing: Site) -> bool:
        """Whether the handler, or what always runs, ends the session, or calls something unknown of what the call was given."""
        if not self._handling.keeps(handler, failing.func):
            return True
        lines, given = [getattr(one, "line", 0) for one in node.final], set(_names_given(failing))
        sites = self._project.bodies[failing.func].sites
        last = [one for one in sites if handler in one.handlers or (lines and one.line >= lines[0])]
        unknown = any(one.unknown is not None and first_name(one.call) in given for one in last)
        return unknown or any(_undoes(one) or self._undoing.through(one) for one in last)

    def _next(self, node: r.Try, handler: r.Handler, session: str, func: Func) -> Site | None:
        """What is done next to the session: in the handler, or behind the whole statement where the handler goes on."""
        inside = [one for one in self._project.bodies[func].sites if handler in one.handlers]
        last = handler.body[-1] if handler.body else None
        leaves = isinstance(last, r.Return | r.Raise) or (isinstance(last, r.Jump) and last.kind == "break")
        behind = () if leaves else self._sessions.order(func).behind(node)
        for site in (*inside, *behind):
            if any(_is_false_after(test, node, func) for test in site.tests):
                continue
            if _undoes(site) or (self._works(site) if not session else _uses(site) and session_path(site.call) == session):
                return site
        return None

    def _used_by_callers(self, failing: Site, sent: Site) -> Site | Owner | None:
        """The next use of a session that a function was given, by one of its callers or by what commits it in the end."""
        func = failing.func
        source = self._sessions.source(session_of(sent.call), sent.func)
        if source not in BORROWED or self._project.entries.get(func):
            return None
        if sent is not failing and _given_own(failing):
            return None
        seen = {func}
        waiting = deque([(func, 0, _parameter(failing, sent) if source == "parameter" else "")])
        while waiting:
            here, depth, param = waiting.popleft()
            for site, _ in self._sessions.callers(here):
                if self._handling.comes_to_raise(site):
                    continue
                name = _given_as(site, here, param)
                if name and any(one.how == "enter" for one in site.func.bindings.get(name, ())):
                    continue
                following = [one for one in self._sessions.order(site.func).following(site) if one is not site]
                next_one = next((one for one in following if _undoes(one) or self._works_on(one, name)), None)
                if next_one is not None and hangs_on(next_one.tests, site):
                    continue
                if next_one is not None and not _undoes(next_one) and next_one.opened == site.opened:
                    return next_one
                if next_one is None and (owner := self._provider(site, here)) is not None:
                    return owner
                if next_one is None and depth < _FAR and site.func not in seen and not self._sessions.owns(site.func):
                    seen.add(site.func)
                    waiting.append((site.func, depth + 1, name))
        return None

    def _works_on(self, site: Site, name: str) -> bool:
        """Whether a call uses a session, the one of this name where that is known."""
        return self._works(site) and (
            not name or first_name(site.call) == name or any(name == given for given in _names_given(site))
        )

    def _provider(self, site: Site, callee: Func) -> Owner | None:
        """What commits the session of a caller in the end."""
        if any(self._looks(one.site) for one in self._provided_endings(site.func)):
            return None
        return self._sessions.providers.owner(site.func, ((site, callee),))

    def _provided_endings(self, func: Func) -> Iterator[Ending]:
        for param in func.record.params:
            for provider in self._sessions.providers.of_parameter(param, func):
                yield from self._sessions.endings(provider)

    def _looks(self, site: Site) -> bool:
        """Whether a call is made only in a session that can still be used: `if session.is_active:`."""
        said = self._project.catalog.words["usable"]
        parts = (part for test in site.tests for part in walk(test) if isinstance(part, r.Name))
        return any(part.path.rpartition(".")[2] in said for part in parts)

    def _is_saved(self, site: Site, node: r.Try) -> bool:
        """Whether a savepoint of a session that is not known stands between a `try` and a call in it."""
        blocks = (
            one for one in nested_statements(node.body) if isinstance(one, r.With) and one.line <= site.line <= one.end_line
        )
        entered = (item.func for one in blocks for item in one.items if isinstance(item, r.Call))
        return any(written(one).rpartition(".")[2] in self._project.catalog.words["savepoint"] for one in entered)

    def _works(self, site: Site) -> bool:
        return _uses(site) or self._using.through(site)


def _blocks_around(site: Site, node: r.Try) -> list[Opening]:
    """The blocks around a `try`, in its function, that close a failed transaction or savepoint when they are left."""
    return [one for one in site.opened if one.func is site.func and one.family in FAMILIES and one.line < node.line]


def _is_false_after(test: r.Expr, node: r.Try, func: Func) -> bool:
    """Whether a condition is a name that only the end of a `try` without an error makes true: `stored = True` in its `else`."""
    found = func.bindings.get(test.path, ()) if isinstance(test, r.Name) else ()
    ends = [one.line for one in node.orelse if isinstance(one, r.Assign)]
    before = [one.value for one in found if one.line < node.line]
    later = [one.line for one in found if one.line >= node.line]
    return bool(before and later) and all(one in ends for one in later) and before[-1] in (r.Const(False), r.Const(None))


def _parameter(failing: Site, sent: Site) -> str:
    """The parameter that a failing call's function was given its session as; empty where it is no parameter."""
    params = {one.name for one in failing.func.record.params} - {"self", "cls"}
    names = (session_of(sent.call),) if sent is failing else tuple(_names_given(failing))
    found = [one for one in names if one in params]
    return found[0] if len(found) == 1 else ""


def _given_as(site: Site, callee: Func, param: str) -> str:
    """The plain name that a caller hands over as a parameter; empty where it is none."""
    bound = callee.cls is not None and not callee.is_static
    given = next((value for name, value in arguments(site.call, callee, bound) if param and name == param), None)
    return given.path if isinstance(given, r.Name) and "." not in given.path else ""


def _names_given(site: Site) -> Iterator[str]:
    return (arg.value.path for arg in site.call.args if isinstance(arg.value, r.Name))


def _ends_within(site: Site, node: r.Try) -> bool:
    """Whether a call gets what a `with` statement in the same `try` has entered: its session ends with that."""
    given = {arg.value.path for arg in site.call.args if isinstance(arg.value, r.Name)}
    entered = {
        name
        for name, group in site.func.bindings.items()
        for one in group
        if one.how == "enter" and node.line <= one.line <= site.line
    }
    return not given.isdisjoint(entered)


def _left_out(site: Site, sent: Site) -> bool:
    """Whether a call leaves out the callee's session, so that a decorator or the callee makes one."""
    name = session_of(sent.call).partition(".")[0]
    for edge in site.edges:
        params = {one.name for one in edge.func.record.params} - {"self", "cls"}
        if edge.when == "now" and name in params and not any(arg.star for arg in site.call.args):
            given = arguments(site.call, edge.func, edge.func.cls is not None and not edge.func.is_static)
            return all(one != name for one, _ in given)
    return False


def _given_own(site: Site) -> bool:
    """Whether a call gets something that its function has entered: where that is a session, it ends with the block."""
    given = {arg.value.path for arg in site.call.args if isinstance(arg.value, r.Name)}
    return any(one.how == "enter" for name in given for one in site.func.bindings.get(name, ()))


def _executes(site: Site) -> bool:
    return any(one.family == _FAMILY and one.kind == "database-write" and not one.entry.lazy for one in site.effects)


def _sends(site: Site) -> bool:
    return any(effect.family == _FAMILY and effect.kind in ("flush", "commit") for effect in site.effects)


def _uses(site: Site) -> bool:
    return any(effect.family == _FAMILY and effect.kind in _USING for effect in site.effects)


def _undoes(site: Site) -> bool:
    return any(effect.family == _FAMILY and effect.kind in _UNDOING for effect in site.effects)
