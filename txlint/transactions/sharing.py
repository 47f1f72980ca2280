"""Sessions that a module makes once and everybody uses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from txlint.project.calls import Site
from txlint.project.model import Binding, Func
from txlint.project.project import Project
from txlint.transactions.endings import Ending, is_script
from txlint.transactions.loops import is_command
from txlint.transactions.made import MadeSessions
from txlint.transactions.sessions import Sessions


@dataclass(frozen=True, slots=True)
class Shared:
    """A session of a module, the place that makes it, and the commits of it in different functions."""

    scope: Func
    name: str
    made: Binding
    commits: tuple[Ending, ...]


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
