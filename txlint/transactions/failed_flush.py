"""Sessions that are used on after a failed flush or commit, without the rollback that they need first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.project.calls import Site
from txlint.project.model import Func
from txlint.project.project import Project
from txlint.transactions.endings import session_path
from txlint.transactions.handling import Handling, catches_everything
from txlint.transactions.reach import Reach
from txlint.transactions.sessions import Sessions

_FAMILY = "sqlalchemy"
_UNDOING = frozenset({"rollback", "close", "savepoint-rollback"})
_USING = frozenset({"database-write", "database-read", "commit", "flush", "refresh"})


@dataclass(frozen=True, slots=True)
class FailedFlush:
    """A flush or commit whose error a handler keeps, and where the session is used next."""

    site: Site
    session: str
    handler: r.Handler
    named: bool
    used: Site


class FailedFlushes:
    """Finds them; a rollback in a function that the handler calls counts."""

    def __init__(self, project: Project, handling: Handling, sessions: Sessions) -> None:
        self._project, self._handling, self._sessions = project, handling, sessions
        self._undoing = Reach(project, _undoes)

    def of(self, func: Func) -> Iterator[FailedFlush]:
        """The failed flushes that a function keeps to itself."""
        seen: set[int] = set()
        for site in self._project.bodies[func].sites:
            caught = self._caught(site) if site.tries and _sends(site) else None
            if caught is None or id(caught[1]) in seen:
                continue
            node, handler, named = caught
            session = session_path(site.call)
            if any(one.line > node.line for one in func.bindings.get(session.partition(".")[0], ())):
                continue  # the name stands for another session afterwards
            if session and not self._undone(node, handler, func) and (used := self._used(node, handler, session, func)):
                seen.add(id(handler))
                yield FailedFlush(site, session, handler, named, used)

    def _caught(self, site: Site) -> tuple[r.Try, r.Handler, bool] | None:
        node = site.tries[-1]
        if any(one.line >= node.line and one.func is site.func for one in site.opened):
            return None  # a savepoint, or a session that ends with the block
        for handler in node.handlers:
            named = any(self._handling.is_database_error(one, site.func) for one in handler.types)
            if named or catches_everything(handler):
                return node, handler, named
        return None

    def _undone(self, node: r.Try, handler: r.Handler, func: Func) -> bool:
        if not self._handling.keeps(handler, func):
            return True
        lines = [getattr(one, "line", 0) for one in node.final]
        for site in self._project.bodies[func].sites:
            ending = handler in site.handlers or (lines and site.line >= lines[0])
            if ending and (_undoes(site) or self._undoing.through(site)):
                return True
        return False

    def _used(self, node: r.Try, handler: r.Handler, session: str, func: Func) -> Site | None:
        """The next use of the session: in the handler, or behind the whole statement where the handler goes on."""
        inside = [one for one in self._project.bodies[func].sites if handler in one.handlers]
        last = handler.body[-1] if handler.body else None
        leaves = isinstance(last, r.Return | r.Raise) or (isinstance(last, r.Jump) and last.kind == "break")
        behind = () if leaves else self._sessions.order(func).behind(node)
        for site in (*inside, *behind):
            if _undoes(site):
                return None
            if session_path(site.call) == session and any(effect.kind in _USING for effect in site.effects):
                return site
        return None


def _sends(site: Site) -> bool:
    return any(effect.family == _FAMILY and effect.kind in ("flush", "commit") for effect in site.effects)


def _undoes(site: Site) -> bool:
    return any(effect.family == _FAMILY and effect.kind in _UNDOING for effect in site.effects)
