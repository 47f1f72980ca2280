"""Objects that are read after the commit that has expired them, where nothing can load them again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from txlint.facts import records as r
from txlint.project.calls import Site, nested_statements
from txlint.project.model import Func, expressions, walk
from txlint.project.project import Project
from txlint.project.types import ExtClass, Inst
from txlint.transactions.endings import Ending
from txlint.transactions.sessions import Sessions
from txlint.transactions.surroundings import afterwards, bound_by, levels

_FAMILY = "sqlalchemy"
_MAKERS = frozenset({"session-factory", "session"})
_OPTION = "expire_on_commit"


@dataclass(frozen=True, slots=True)
class ExpiredRead:
    """An attribute that is read after the commit which has expired it."""

    commit: Ending
    line: int
    text: str


class Expiry:
    """Finds them in coroutines: there, a plain attribute cannot wait for the database."""

    def __init__(self, project: Project, sessions: Sessions) -> None:
        self._project, self._sessions = project, sessions

    def of(self, func: Func) -> Iterator[ExpiredRead]:
        """The first read of a function after each of its commits."""
        if not func.record.is_async or not self.expires:
            return
        for ending in self._sessions.endings(func):
            mine = ending.kind == "commit" and ending.site.call.awaited and not ending.guessed
            names = self._objects(func, ending.site) if mine and ending.site.effects[0].family == _FAMILY else set()
            if names and (found := self._read(func, ending, names)) is not None:
                yield found

    @cached_property
    def expires(self) -> bool:
        """Whether every maker of sessions in the project leaves them to expire what they commit, and no library is one."""
        if any(
            self._project.inference.annotations.committing(param, func)
            for func in self._project.bodies
            for param in func.record.params
        ):
            return False
        makers = [site for site in self._project.sites() if self._makes(site)]
        plain = all(arg.keyword != _OPTION and not arg.star for site in makers for arg in site.call.args)
        return bool(makers) and plain

    def _makes(self, site: Site) -> bool:
        roles = self._project.catalog.class_roles
        return any(isinstance(one, ExtClass) and not _MAKERS.isdisjoint(roles(one.name)) for one in site.types)

    def _objects(self, func: Func, commit: Site) -> set[str]:
        """The local names of rows that a function makes, or loads, before it commits."""
        found = set()
        for name, bindings in func.bindings.items():
            values = [one for one in bindings if one.how == "value" and one.line <= commit.line]
            if len(values) == len(bindings) == 1 and isinstance(values[0].value, r.Call) and self._row(name, func):
                found.add(name)
        return found

    def _row(self, name: str, func: Func) -> bool:
        types = self._project.inference.name(name, func)
        return bool(types) and all(
            isinstance(one, Inst) and "mapped" in self._project.inference.lineages.roles(one.cls) for one in types
        )

    def _read(self, func: Func, ending: Ending, names: set[str]) -> ExpiredRead | None:
        for node in nested_statements(tuple(afterwards(levels(func.record.body, ending.site.call)))):
            for expr in expressions(node):
                for part in walk(expr):
                    if isinstance(part, r.Call):
                        names = names - {arg.value.path for arg in part.args if isinstance(arg.value, r.Name)}
                    elif isinstance(part, r.Name) and self._is_column(part.path, names, func):
                        return ExpiredRead(ending, _line(node), part.path)
            names = names - set(bound_by(node))
        return None

    def _is_column(self, path: str, names: set[str], func: Func) -> bool:
        """Whether a dotted name reads a mapped attribute of one of the rows."""
        name, _, attribute = path.partition(".")
        if name not in names or not attribute or "." in attribute:
            return False
        for one in self._project.inference.name(name, func):
            classes = self._project.inference.lineages.of(one.cls).classes if isinstance(one, Inst) else ()
            if any(attribute in cls.bindings and attribute not in cls.methods for cls in classes):
                return True
        return False


def _line(node: r.Stmt) -> int:
    return getattr(node, "line", 0)
