"""What an operation writes, and in how many pieces that are committed separately when no transaction is open around it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from txlint.project.calls import Site
from txlint.project.model import Func
from txlint.project.project import Project
from txlint.transactions.contexts import FAMILY
from txlint.transactions.steps import StepCounter, Steps, WriteStep, on_one_database

_MANY = 99


@dataclass(frozen=True, slots=True)
class Unit:
    """One piece of work that commits or fails as a whole: the call in the operation, and what makes it one."""

    site: Site
    writer: Site
    protected: bool
    """By a transaction of its own, rather than by being one statement."""
    looped: bool = False
    certain: bool = True
    dynamic: bool = False
    """Whether it cannot be told which database its transaction is about."""


class _Bare(StepCounter):
    """Counts every write, whatever transaction it is in."""

    def _site(self, site: Site) -> Steps:
        return tuple(replace(one, block=None) for one in super()._site(site))


class Units:
    """Counts the steps and the units of functions, callees included."""

    def __init__(self, project: Project, counter: StepCounter) -> None:
        self._project, self._counter, self._bare = project, counter, _Bare(project)
        self._steps: dict[Func, int] = {}
        self._units: dict[Func, tuple[Unit, ...]] = {}

    def steps(self, func: Func) -> int:
        """How many writes the heaviest path through a function makes, at most 99; a write in a loop is two."""
        if func not in self._steps:
            self._steps[func] = 0
            self._steps[func] = min(_MANY, sum(self._weight(one) for one in self._bare.of(func)))
        return self._steps[func]

    def writes(self, func: Func) -> tuple[tuple[WriteStep, int], ...]:
        """The writes of the heaviest path through a function, each with how many steps it is."""
        return tuple((one, self._weight(one)) for one in self._bare.of(func))

    def _weight(self, step: WriteStep) -> int:
        if step.writer is step.site:
            many = any(effect.entry.steps == "many" for effect in step.site.effects)
            return 2 if many or step.looped else 1
        inner = max((self.steps(edge.func) for edge in step.site.edges if edge.when == "now"), default=1) or 1
        return max(inner, 2) if step.looped else inner

    def of(self, func: Func) -> tuple[Unit, ...]:
        """The units of the heaviest path through a function, on the database that has most of them."""
        if func not in self._units:
            self._units[func] = ()
            found = [unit for step in on_one_database(self._counter.of(func)) for unit in self._of_step(step)]
            self._units[func] = tuple(found[:_MANY])
        return self._units[func]

    def databases(self, func: Func) -> int:
        """How many databases a function writes to."""
        return len({one.alias for one in self._counter.of(func)})

    def _of_step(self, step: WriteStep) -> tuple[Unit, ...]:
        site, block = step.site, step.block
        if block is not None:
            dynamic = block.alias.startswith("<")
            if not dynamic and block.alias != step.alias:  # a transaction on another database protects nothing
                inside = (one for one in self._bare.of(site.func) if block in one.site.opened)
                return tuple(Unit(one.site, one.writer, False, one.looped) for one in inside)
            return (Unit(site, step.writer, True, step.looped, block.certain, dynamic),)
        if step.writer is site:
            many = any(effect.entry.steps == "many" for effect in site.effects)
            return (Unit(site, site, False, step.looped or many),)
        best: tuple[Unit, ...] = ()
        for edge in site.edges:
            if edge.when == "now":
                inner = self._of_callee(edge.func, step)
                best = inner if pieces(inner) > pieces(best) else best
        return best or (Unit(site, step.writer, False, step.looped),)

    def _of_callee(self, func: Func, step: WriteStep) -> tuple[Unit, ...]:
        opened = [one for one in self._project.resolver.openers.wrappings.of(func).opened if one.family == FAMILY]
        if opened:
            if not self._counter.of(func):
                return ()
            return (Unit(step.site, step.writer, True, step.looped, opened[0].certain, opened[0].alias.startswith("<")),)
        return tuple(replace(one, site=step.site, looped=one.looped or step.looped) for one in self.of(func))


def pieces(units: tuple[Unit, ...]) -> int:
    """How many separate commits units are; one that a loop repeats is at least two."""
    return sum(2 if one.looped else 1 for one in units)
