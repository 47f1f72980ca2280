"""Functions that a session calls at an event, and what they do too early or too late for its transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.project.calls import Site
from txlint.project.model import Func
from txlint.project.project import Project
from txlint.project.types import Fn
from txlint.transactions.reach import Reach

_ROLE = "session-event"
_FAMILY = "sqlalchemy"
_SQL = frozenset({"database-write", "database-read", "flush", "commit", "refresh"})


@dataclass(frozen=True, slots=True)
class Misplaced:
    """A call in a listener: the event, whether its transaction is `open` or `ended` then, and the way to what is done."""

    func: Func
    site: Site
    event: str
    state: str
    path: tuple[Site, ...]


class Listeners:
    """The listeners of a project and what they do."""

    def __init__(self, project: Project, kinds: tuple[str, ...]) -> None:
        self._project, self._kinds = project, kinds
        self._outside = Reach(project, lambda site: any(effect.kind in kinds for effect in site.effects), telling=True)

    def misplaced(self) -> Iterator[Misplaced]:
        """The calls of all listeners that come at the wrong time, the first of each listener."""
        for func, event in dict.fromkeys((*self._decorated(), *self._registered())):
            state = self._project.catalog.events.get(event, "")
            found = next((one for one in self._in(func, event, state)), None) if state else None
            if found is not None:
                yield found

    def _in(self, func: Func, event: str, state: str) -> Iterator[Misplaced]:
        for site in self._project.bodies[func].sites:
            kinds = {effect.kind for effect in site.effects if state == "open" or effect.family == _FAMILY}
            wanted = frozenset(self._kinds) if state == "open" else _SQL
            if not kinds.isdisjoint(wanted) and (state == "open" or not site.opened):
                yield Misplaced(func, site, event, state, (site,))
            elif state == "open" and self._outside.through(site):
                callee = next(edge.func for edge in site.edges if edge.when == "now" and edge.func in self._outside)
                yield Misplaced(func, site, event, state, (site, *self._outside.path(callee)))

    def _decorated(self) -> Iterator[tuple[Func, str]]:
        for func in self._project.bodies:
            for decorator in func.record.decorators:
                roles = self._project.inference.decorators.roles_of(decorator, func.parent or func)
                role = next((one for one in roles if one.role == _ROLE), None)
                if isinstance(decorator, r.Call) and role is not None and (event := _event(decorator, role.arguments)):
                    yield func, event

    def _registered(self) -> Iterator[tuple[Func, str]]:
        for site in self._project.sites():
            for entry, _ in self._project.resolver.meanings.registrations(site.call, site.types):
                event = _event(site.call, entry.arguments) if entry.role == _ROLE else ""
                for one in self._project.inference.argument(site.call, entry.argument, site.func) if event else ():
                    if isinstance(one, Fn):
                        yield one.func, event


def _event(call: r.Call, meanings: dict[str, str]) -> str:
    for position, arg in enumerate(call.args):
        named = meanings.get(arg.keyword if arg.keyword is not None else str(position)) == "event"
        if named and isinstance(arg.value, r.Const) and isinstance(arg.value.value, str):
            return arg.value.value
    return ""
