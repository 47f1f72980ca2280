"""Transactions that are begun by hand in a session whose transaction has begun by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.project.calls import Site
from txlint.project.model import Func
from txlint.project.project import Project
from txlint.project.types import Method
from txlint.transactions.endings import session_of, session_path
from txlint.transactions.sessions import Sessions

_BEGINS = frozenset({"session-commits", "connection"})
_ENDS = frozenset({"commit", "rollback", "close"})
_JOINING = frozenset({"nested", "subtransactions"})


@dataclass(frozen=True, slots=True)
class BegunTwice:
    """A `begin()` and the earlier call by which the session has begun its transaction."""

    begin: Site
    first: Site
    session: str


class Beginnings:
    """Finds them, function by function; what a caller has begun is not looked at."""

    def __init__(self, project: Project, sessions: Sessions) -> None:
        self._project, self._sessions = project, sessions

    def of(self, func: Func) -> Iterator[BegunTwice]:
        """The transactions of a function that are begun twice, each once."""
        if not func.mentions.isdisjoint(self._project.catalog.asks):
            return
        sites = self._project.bodies[func].sites
        for begin in sites:
            session = self._begun(begin)
            if session and (first := next((one for one in sites if self._before(one, begin, session, func)), None)):
                yield BegunTwice(begin, first, session)

    def _begun(self, site: Site) -> str:
        """The session or connection whose method a call to begin is."""
        owners = [one.owner for one in site.types if isinstance(one, Method)]
        unclear = any(arg.keyword in _JOINING or arg.star for arg in site.call.args) or not session_path(site.call)
        if not owners or unclear or not all(self._project.catalog.begins(one) for one in owners):
            return ""
        kinds = {one.boundary for one in self._project.resolver.meanings.openings(site.call, site.types, site.func)}
        return session_path(site.call) if kinds and kinds <= _BEGINS else ""

    def _before(self, first: Site, begin: Site, session: str, func: Func) -> bool:
        """Whether a call has surely begun the session's transaction when `begin` is called, and nothing has ended it."""
        if first is begin or first.line >= begin.line or first.handlers or not self._begins(first, session):
            return False
        if not all(one in begin.opened for one in first.opened) or not all(one in begin.loops for one in first.loops):
            return False
        name = session.partition(".")[0]
        if any(first.line < one.line <= begin.line for one in func.bindings.get(name, ())):
            return False
        order = self._sessions.order(func)
        ends = (one.site for one in self._sessions.endings(func) if one.session == session and one.kind in _ENDS)
        between = any(first.line < one.line < begin.line and one in order.following(first) for one in ends)
        return begin in order.following(first) and not between

    def _begins(self, site: Site, session: str) -> bool:
        """Whether a call has the session begin a transaction by itself."""
        of_query = any(effect.kind in ("database-read", "database-write") and not effect.entry.lazy for effect in site.effects)
        if session_of(site.call) == session and isinstance(site.call.func, r.Attr) and of_query:
            return True
        owners = [(one.owner, one.name) for one in site.types if isinstance(one, Method)]
        return session_path(site.call) == session and any(name in self._project.catalog.begins(owner) for owner, name in owners)
