"""Dual writes: something made in another system and a commit here, with nothing that brings the two back together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from txlint.project.calls import Site
from txlint.project.model import Func
from txlint.project.project import Project
from txlint.transactions.reach import Reach
from txlint.transactions.sessions import Sessions

_REMOTE = frozenset({"external-call", "payment"})


@dataclass(frozen=True, slots=True)
class DualWrite:
    """A remote change and a commit of one function; the first of them stays when the second fails."""

    first: Site
    second: Site


class DualWrites:
    """Finds them, also where a callee makes the remote change."""

    def __init__(self, project: Project, sessions: Sessions) -> None:
        self._project, self._sessions = project, sessions
        self._changing = Reach(project, _is_remote, telling=True)

    def of(self, func: Func) -> Iterator[DualWrite]:
        """The first remote change of a function that a commit follows, its own or a callee's, outside of loops and handlers."""
        sites = self._project.bodies[func].sites
        changes = [one for one in sites if _is_remote(one) or self._changing.through(one)]
        if any(one.handlers for one in changes):
            return
        commits = [one.site for one in self._sessions.endings(func) if one.kind == "commit" and not one.guessed]
        commits += [one for one in sites if self._sessions.calls_committing(one)] if changes else []
        commits = [one for one in commits if not one.handlers]
        for site in changes if commits else ():
            following = self._sessions.order(func).following(site) if not site.loops else ()
            if commit := next((one for one in commits if one in following and one is not site), None):
                yield DualWrite(site, commit)
                return


def _is_remote(site: Site) -> bool:
    return any(one.kind in _REMOTE for one in site.effects)
