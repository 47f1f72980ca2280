"""Calls that lead out of the database: to something that is sent, or to waiting for somebody else."""

from __future__ import annotations

from txlint.project.calls import Site
from txlint.project.project import Project
from txlint.transactions.reach import Reach

SENT = frozenset({"enqueue", "email", "sms", "message", "external-call", "payment", "file-delete", "thread", "cache-delete"})
WAITED = frozenset({"remote-read", "sleep"})


class Outward:
    """Finds them, through callees too."""

    def __init__(self, project: Project) -> None:
        self._sends = Reach(project, lambda site: _has(site, SENT), telling=True)
        self._waits = Reach(project, lambda site: _has(site, WAITED), telling=True)
        self._locks = Reach(project, _is_locked)

    def sends(self, site: Site) -> Site | None:
        """The call that sends, this one or the one that it leads to on the shortest way; None: none does."""
        if _has(site, SENT):
            return site
        for edge in site.edges:
            if edge.when == "now" and edge.func in self._sends:
                return next(reversed(tuple(self._sends.path(edge.func))), None)
        return None

    def all_sends(self, site: Site) -> tuple[Site, ...]:
        """Every call that sends, this one or those that it leads to."""
        return (site,) if _has(site, SENT) else self._sends.ends(site)

    def locks(self, site: Site) -> bool:
        """Whether a call leads to work under a lock, which is released before a transaction around the call commits."""
        return self._locks.through(site)

    def waits(self, site: Site) -> bool:
        """Whether a call waits for somebody else."""
        return _has(site, WAITED) or self._waits.through(site)


def _is_locked(site: Site) -> bool:
    return any(one.boundary == "lock" for one in site.opened)


def _has(site: Site, kinds: frozenset[str]) -> bool:
    return any(effect.kind in kinds for effect in site.effects)
