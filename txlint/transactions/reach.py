"""What may happen if a function is called: effects of it and its callees, by shortest path. Callees first, to a fixpoint."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator

from txlint.project.calls import Site, written_receiver
from txlint.project.model import Func
from txlint.project.project import Project

_PROBABLE = re.compile(
    r"(a?save|a?create|a?update|a?delete|add|set|remove|clear|bulk_create|bulk_update|get_or_create|update_or_create|insert"
    r"|(save|create|update|delete|remove|add|insert|store|persist|mark|sync|upsert)_\w+)$"
)


class Reach:
    """For each function, the first call on a way, over calls that let it `along`, to a site with some property.

    `telling` where only calls that have an effect, or of which it is not known what they do, can have it.
    """

    def __init__(
        self,
        project: Project,
        has: Callable[[Site], bool],
        along: Callable[[Site], bool] | None = None,
        *,
        telling: bool = False,
    ) -> None:
        self._project, self._has, self._along = project, has, along
        self._next: dict[Func, Site] = {}
        waiting: deque[Func] = deque()
        everywhere = ((func, body.sites) for func, body in project.bodies.items())
        for func, sites in project.telling.items() if telling else everywhere:
            for site in sites:
                if has(site):
                    self._next[func] = site
                    waiting.append(func)
                    break
        while waiting:
            func = waiting.popleft()
            for site, edge in project.callers.get(func, ()):
                if edge.when == "now" and site.func not in self._next and (along is None or along(site)):
                    self._next[site.func] = site
                    waiting.append(site.func)

    def __contains__(self, func: Func) -> bool:
        return func in self._next

    def through(self, site: Site) -> bool:
        """Whether a call leads to such a site."""
        return any(edge.when == "now" and edge.func in self._next for edge in site.edges)

    def last(self, site: Site) -> Site | None:
        """The site itself, at the end of the shortest way that a call leads to it; None where it leads to none."""
        callee = next((edge.func for edge in site.edges if edge.when == "now" and edge.func in self._next), None)
        return next(reversed(tuple(self.path(callee))), None) if callee is not None else None

    def ends(self, site: Site) -> tuple[Site, ...]:
        """All such sites that a call leads to, on whatever way."""
        found: list[Site] = []
        seen: set[Func] = set()
        waiting = [site]
        for one in waiting:
            further = {edge.func: None for edge in one.edges if edge.when == "now" and edge.func in self._next}
            inner = [call for func in further if func not in seen for call in self._project.bodies[func].sites]
            seen.update(further)
            found += filter(self._has, inner)
            waiting += (call for call in inner if self._along is None or self._along(call))
        return tuple(found)

    def path(self, func: Func, limit: int = 12) -> Iterator[Site]:
        """The calls from a function to the site, the site last."""
        seen: set[Func] = set()
        while func in self._next and func not in seen and len(seen) < limit:
            seen.add(func)
            site = self._next[func]
            yield site
            following = next((edge.func for edge in site.edges if edge.when == "now" and edge.func in self._next), None)
            if following is None:
                return
            func = following


def writes(site: Site, family: str | None = None) -> bool:
    """Whether a call itself writes to a database."""
    return any(effect.kind == "database-write" and family in (None, effect.family) for effect in site.effects)


def may_write(site: Site) -> bool:
    """Whether a call writes, or is of an unknown object and named as if it did."""
    if writes(site):
        return True
    return site.unknown is not None and _PROBABLE.match(written_receiver(site.call)[1]) is not None
