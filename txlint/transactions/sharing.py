"""Sessions that a module makes once and everybody uses, and those that an object keeps for all of its methods."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from txlint.facts import records as r
from txlint.project.calls import Site, nested_statements
from txlint.project.model import Binding, Cls, Func
from txlint.project.project import Project
from txlint.transactions.endings import Ending, is_script
from txlint.transactions.loops import is_command
from txlint.transactions.made import MadeSessions
from txlint.transactions.providers import EXITS
from txlint.transactions.reach import writes
from txlint.transactions.sessions import Sessions

_POISONED = "sqlalchemy"
"""The family whose sessions are of no use after a single failed write; a driver's connection keeps what was written before."""


@dataclass(frozen=True, slots=True)
class Shared:
    """A session of a module, the place that makes it, and the commits of it in different functions."""

    scope: Func
    name: str
    made: Binding
    commits: tuple[Ending, ...]


@dataclass(frozen=True, slots=True)
class KeptSession:
    """A commit of a session or connection that an object makes once and keeps, and the writes before it that may fail."""

    commit: Ending
    made: Binding
    writes: tuple[Site, ...]


class Sharing:
    """Finds sessions that outlive the functions which commit them."""

    def __init__(self, project: Project, sessions: Sessions, made: MadeSessions) -> None:
        self._project, self._sessions, self._made = project, sessions, made

    def of(self, functions: tuple[Func, ...]) -> Iterator[Shared]:
        """The shared sessions that two or more functions commit."""
        for scope, name, binding in self._made.shared():
            commits = tuple(one for func in functions if not self._alone(func) for one in self._commits(func, scope, name))
            if len({id(one.site.func) for one in commits}) > 1 and not self._alone(scope):
                yield Shared(scope, name, binding, commits)

    def kept(self, func: Func) -> Iterator[KeptSession]:
        """The first commit of a kept session in a function that does nothing about an error before it."""
        owner = func.self_class
        if owner is None or self._alone(func) or any(name in owner.methods for name in (*EXITS, "__enter__", "close")):
            return
        if any(isinstance(node, r.Try) for node in nested_statements(func.record.body)):
            return
        for ending in self._sessions.endings(func):
            made = self._attribute(ending, owner) if ending.kind == "commit" and ending.source == "own" else None
            if made is None or ending.site.opened:
                continue
            family = next(one.family for one in ending.site.effects if one.kind == "commit")
            before = (one for one in self._project.bodies[func].sites if writes(one, family))
            found = tuple(one for one in before if ending.site in self._sessions.order(func).following(one))
            if len(found) + any(one.loops for one in found) > (family != _POISONED):
                yield KeptSession(ending, made, found)
                return

    def is_undone_elsewhere(self, one: KeptSession) -> bool:
        """Whether another function rolls back a session of this name that it has not made: what wraps the work may."""
        name = one.commit.session.rpartition(".")[2]
        return any(name in names and func is not one.commit.site.func for func, names in self._undoing.items())

    @cached_property
    def _undoing(self) -> dict[Func, frozenset[str]]:
        """The attributes that functions of the project roll back."""
        found = {}
        for func in self._project.bodies:
            undone = (one for one in self._sessions.endings(func) if one.kind == "rollback" and one.source == "attribute")
            found[func] = frozenset(one.session.rpartition(".")[2] for one in undone)
        return {func: names for func, names in found.items() if names}

    def _attribute(self, ending: Ending, owner: Cls) -> Binding | None:
        """Where an object makes the session that it keeps under a name: once, and not that of a registry."""
        first, _, name = ending.session.partition(".")
        if first != "self" or not name or "." in name:
            return None
        classes = self._project.inference.lineages.of(owner).classes
        found = [one for cls in classes for one in cls.instance.get(name, ())]
        kinds = {self._made.kind(one.value, one.scope) for one in found}
        return found[0] if len(found) == 1 and kinds <= {"session", "connection"} else None

    def _alone(self, func: Func) -> bool:
        """Whether it is of a script or a command, which has its process to itself."""
        scripted = is_script(func) and func.parent is not None
        return scripted or is_command(func)

    def _commits(self, func: Func, scope: Func, name: str) -> Iterator[Ending]:
        for ending in self._sessions.endings(func):
            if ending.kind == "commit" and self._is(ending, func, scope, name):
                yield ending

    def _is(self, ending: Ending, func: Func, scope: Func, name: str) -> bool:
        first = ending.session.partition(".")[0]
        if scope.parent is None and ending.source == "global":
            return self._project.inference.imports.full_name(ending.session, func) == f"{scope.module.name}.{name}"
        return scope.parent is not None and any(self._gives(one, scope) for one in self._values(first, func))

    def _values(self, name: str, func: Func) -> Iterator[Site]:
        by_call = self._project.bodies[func].by_call
        for binding in func.bindings.get(name, ()):
            if binding.how == "value" and (site := by_call.get(id(binding.value))) is not None:
                yield site

    def _gives(self, site: Site, scope: Func) -> bool:
        """Whether a call is one of the function that makes the shared session where there is none yet."""
        return any(edge.func is scope and edge.when == "now" for edge in site.edges)
