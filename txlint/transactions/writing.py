"""What may write: calls, and the transactions of contexts."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from txlint.project.calls import Opening, Site
from txlint.project.django_settings import Decision
from txlint.project.project import Project
from txlint.transactions.contexts import Context
from txlint.transactions.reach import Reach, may_write


class Writing:
    """Knows the calls that write, or lead to one that does; those of unknown objects by their name."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._reach = Reach(project, may_write, telling=True)

    def count(self, sites: Iterable[Site]) -> int:
        """How many of some calls write."""
        return sum(self._writes(site) for site in sites)

    def several(self, sites: Iterable[Site], depth: int = 6) -> bool:
        """Whether some calls may write more than once, themselves or in what they lead to."""
        found = [site for site in sites if self._writes(site)]
        if len(found) > 1 or any(site.loops for site in found):
            return True
        inner = (edge.func for site in found for edge in site.edges if edge.when == "now" and edge.func in self._reach)
        return depth > 0 and any(self.several(self._project.bodies[func].sites, depth - 1) for func in inner)

    def within(self, context: Context) -> bool:
        """Whether anything may be written in the transaction of a context: in its block, or by its entry point."""
        if (inside := self._inside(context)) is not None:
            return any(map(self._writes, inside)) or not inside
        if isinstance(context.origin, Decision):
            return any(one.func in self._reach for one in context.backwards())
        return True

    def surely_within(self, context: Context, writes: Callable[[Site], bool]) -> bool:
        """Whether something is surely written in the block of a context; of other transactions that is taken for granted."""
        inside = self._inside(context)
        return inside is None or not inside or any(map(writes, inside))

    def _inside(self, context: Context) -> list[Site] | None:
        """The calls in the block of a context; None where it has none in the project."""
        if not isinstance(context.origin, Opening) or context.origin.boundary == "framework":
            return None
        funcs = {context.origin.func, context.opener or context.func}
        return [site for func in funcs for site in self._project.bodies[func].sites if context.origin in site.opened]

    def _writes(self, site: Site) -> bool:
        return may_write(site) or self._reach.through(site)
