"""What may write: calls, and the transactions of contexts."""

from __future__ import annotations

from collections.abc import Iterable

from txlint.project.calls import Opening, Site
from txlint.project.django_settings import Decision
from txlint.project.project import Project
from txlint.transactions.contexts import Context
from txlint.transactions.reach import Reach, may_write


class Writing:
    """Knows the calls that write, or lead to one that does; those of unknown objects by their name."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._reach = Reach(project, may_write)

    def count(self, sites: Iterable[Site]) -> int:
        """How many of some calls write."""
        return sum(self._writes(site) for site in sites)

    def within(self, context: Context) -> bool:
        """Whether anything may be written in the transaction of a context: in its block, or by its entry point."""
        if isinstance(context.origin, Opening) and context.origin.boundary != "framework":
            funcs = dict.fromkeys((context.origin.func, *(one.func for one in context.path())))
            inside = [site for func in funcs for site in self._project.bodies[func].sites if context.origin in site.opened]
            return any(map(self._writes, inside)) or not inside
        if isinstance(context.origin, Decision):
            return any(one.func in self._reach for one in context.path())
        return True

    def _writes(self, site: Site) -> bool:
        return may_write(site) or self._reach.through(site)
