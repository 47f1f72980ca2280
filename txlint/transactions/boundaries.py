"""Boundaries: what a function itself opens, by a block or by a decorator."""

from __future__ import annotations

from txlint.project.calls import Opening
from txlint.project.model import Func
from txlint.project.project import Project


class Boundaries:
    """Answers what functions open."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def of(self, func: Func) -> tuple[tuple[Opening, bool], ...]:
        """What a function opens itself, each with whether a decorator does it."""
        decorated = self._project.resolver.openers.wrappings.of(func).opened
        inside = dict.fromkeys(one for site in self._project.bodies[func].sites for one in site.opened if one not in decorated)
        return (*((one, True) for one in decorated), *((one, False) for one in inside))

    def too_late(self, func: Func) -> tuple[Opening, ...]:
        """What decorators open above the one that registers the function: not in force for what is registered."""
        return self._project.resolver.openers.wrappings.of(func).above
