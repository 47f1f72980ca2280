"""Functions that say that they must be called in a transaction, and the calls that do not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from txlint.facts.markers import REQUIRES, markers
from txlint.project.model import Func
from txlint.project.project import Project
from txlint.transactions.contexts import Context, Contexts
from txlint.transactions.operations import KINDS

_CALLERS = KINDS | {"command", "startup"}


@dataclass(frozen=True, slots=True)
class Unmet:
    """A function that demands a transaction, where it says so, and a way in which it is entered without one."""

    func: Func
    line: int
    context: Context


class Demands:
    """Reads the demands from comments and decorators."""

    def __init__(self, project: Project, contexts: Contexts) -> None:
        self._project, self._contexts = project, contexts

    def unmet(self) -> Iterator[Unmet]:
        """The calls without a transaction of functions that demand one."""
        for func, line in self._demanding():
            for context in self._contexts.of(func):
                if context.state.status == "none" and context.state.kind in _CALLERS:
                    yield Unmet(func, line, context)

    def _demanding(self) -> Iterator[tuple[Func, int]]:
        for module in self._project.modules.values():
            if module.facts.comments:
                yield from (
                    (module.functions[one.function], one.line)
                    for one in markers(module.facts)
                    if one.word == REQUIRES and one.last
                )
        for func in self._project.bodies:
            if any(role.role == REQUIRES for role in self._project.inference.decorators.roles(func)):
                yield func, func.record.line
