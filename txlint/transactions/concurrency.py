"""Work that goes on beside its caller: sessions that two of them use at once, threads that do not see the open transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.project.calls import Effect, Site
from txlint.project.model import Func, walk
from txlint.project.project import Project
from txlint.project.types import ExtInst
from txlint.transactions.contexts import FAMILY
from txlint.transactions.reach import Reach


@dataclass(frozen=True, slots=True)
class Shared:
    """A call that starts several pieces of work which use one session, and the session as written."""

    site: Site
    session: str


class Concurrency:
    """Answers for calls that start something which goes on beside the caller."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._queries = Reach(project, lambda site: any(_is_query(one) for one in site.effects), telling=True)

    def shared(self, func: Func) -> Iterator[Shared]:
        """The sessions that a function hands to several pieces of concurrent work: in one call, or by a start in a loop."""
        for site in self._project.bodies[func].sites:
            if not any(one.kind == "concurrent" for one in site.effects):
                continue
            used = [one for arg in site.call.args for one in self._of(arg.value, func, bool(site.loops))]
            for session in dict.fromkeys(used):
                if used.count(session) > 1:
                    yield Shared(site, session)

    def _of(self, expr: r.Expr, func: Func, repeated: bool) -> list[str]:
        """The sessions that a piece of work gets, twice where there are several such pieces."""
        match expr:
            case r.Parts(items, "*"):
                return [one for item in items for one in self._of(item, func, repeated)]
            case r.Comp(targets, _, parts):
                own = {one.path for target in targets for one in walk(target) if isinstance(one, r.Name)}
                found = [one for part in parts for one in self._of(part, func, True)]
                return [one for one in found if one.partition(".")[0] not in own]
            case r.Call():
                given = [arg.value for arg in expr.args] + ([expr.func] if isinstance(expr.func, r.Name) else [])
                names = [one for value in given for one in self._session(value, func)]
                made_here = {name for name in names if repeated and self._made_in_loop(name, func)}
                return [one for one in dict.fromkeys(names) if one not in made_here] * (2 if repeated else 1)
        return []

    def _session(self, value: r.Expr, func: Func) -> Iterator[str]:
        """The path of a session, or of the session whose method is called."""
        path = value.path if isinstance(value, r.Name) else ""
        for candidate in (path, path.rpartition(".")[0]):
            if candidate and any(self._is_session(one) for one in self._project.inference.name(candidate, func)):
                yield candidate

    def _is_session(self, one: object) -> bool:
        name = one.name if isinstance(one, ExtInst) and not one.guessed else ""
        return bool(name) and "session" in self._project.catalog.class_roles(name)

    def _made_in_loop(self, name: str, func: Func) -> bool:
        return any(one.how != "param" for one in func.bindings.get(name.partition(".")[0], ()))

    def queries_in_thread(self, site: Site) -> Func | None:
        """The function that a call runs in another thread and that uses the database."""
        found = (edge.func for edge in site.edges if edge.when == "thread")
        return next((one for one in found if one in self._queries), None)


def _is_query(effect: Effect) -> bool:
    return effect.family == FAMILY and effect.kind in ("database-read", "database-write")
