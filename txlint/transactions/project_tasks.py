"""The project's own ways to make and send tasks: decorators that register one, base classes, functions that send one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.findings import Step
from txlint.locations import Location
from txlint.project.calls import Site
from txlint.project.lineage import written
from txlint.project.model import Cls, Func
from txlint.project.types import Fn, Inst, Partial
from txlint.transactions.analysis import Analysis
from txlint.transactions.uses import decorating

_TASK = "task"


@dataclass(frozen=True, slots=True)
class TaskMaker:
    """A `decorator` that makes tasks of functions, or a `base class` of tasks; `tasks` made of it."""

    kind: str
    name: str
    location: Location
    makes: str
    """What stands in the function's place, or what the class derives from."""
    evidence: tuple[Step, ...]
    tasks: int


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """A function of the project that sends the task which it is given."""

    name: str
    location: Location
    parameter: str
    evidence: tuple[Step, ...]
    uses: int


class ProjectTasks:
    """Finds what a project makes and sends tasks with."""

    def __init__(self, analysis: Analysis, uses: dict[Func | Cls, int]) -> None:
        self._analysis, self._uses = analysis, uses
        self._inference = analysis.project.inference

    def makers(self) -> Iterator[TaskMaker]:
        """The decorators and base classes of tasks."""
        yield from self._decorators()
        yield from self._bases()

    def _decorators(self) -> Iterator[TaskMaker]:
        made: dict[Func, list[tuple[r.Expr, Func]]] = {}
        for func in self._analysis.functions():
            for decorator in func.record.decorators:
                if self._task_class(decorator, func.parent or func):
                    for one in decorating(self._analysis, decorator, func):
                        if maker := _maker(one):
                            made.setdefault(maker, []).append((decorator, func.parent or func))
        for maker, group in made.items():
            where, name = self._analysis.traces.function(maker), self._analysis.name(maker)
            makes = self._task_class(*group[0])
            yield TaskMaker("decorator", name, where, makes, tuple(self._inside(maker)), len(group))

    def _task_class(self, decorator: r.Expr, scope: Func) -> str:
        roles = self._inference.decorators.roles_of(decorator, scope)
        return next((role.gives for role in roles if role.role == _TASK and role.gives), "")

    def _inside(self, maker: Func) -> Iterator[Step]:
        """Where a decorator calls the one that makes the task."""
        for func in (maker, *(one for one in maker.module.functions if one.parent is maker)):
            for call in func.calls:
                if self._task_class(call, func):
                    where = self._analysis.place(func, call.line, written(call.func))
                    yield Step(where, f"`{written(call.func)}` makes the task")
                    return

    def _bases(self) -> Iterator[TaskMaker]:
        given: dict[Cls, int] = {}
        for func in self._analysis.functions():
            replaced = next(iter(self._inference.decorators.replacement(func)), None) if func.record.decorators else None
            if isinstance(replaced, Inst):
                given[replaced.cls] = given.get(replaced.cls, 0) + 1
        for module in self._analysis.project.modules.values():
            for cls in module.classes:
                lineage = self._inference.lineages.of(cls)
                if (cls in given or cls.subclasses) and _TASK in self._inference.lineages.roles(cls):
                    where = self._analysis.traces.places.of(cls.module.path, cls.record.line, cls.record.name)
                    derived = (cls, *cls.subclasses)
                    tasks = sum(given.get(one, not one.subclasses and one is not cls) for one in derived)
                    waits = tuple(self._waits(cls))
                    yield TaskMaker("base class", cls.record.qualname, where, lineage.external[0], waits, tasks)

    def _waits(self, cls: Cls) -> Iterator[Step]:
        """The methods of a base class that have the task sent after the commit."""
        for name, method in cls.methods.items():
            for site in self._analysis.project.bodies[method].sites:
                if any(edge.when == "commit" for edge in site.edges):
                    yield Step(self._analysis.location(site), f"`{name}` waits for the commit")
                    break

    # --- dispatchers ---------------------------------------------------------------------------------------------------

    def dispatchers(self) -> Iterator[Dispatcher]:
        """The functions that send a task which they are given."""
        seen: set[Func] = set()
        for site, effect in self._analysis.effects("enqueue"):
            parameter = "" if effect.guessed else _given(site)
            if parameter and site.func not in seen:
                seen.add(site.func)
                where, name = self._analysis.traces.function(site.func), self._analysis.name(site.func)
                step = Step(self._analysis.location(site), f"`{written(site.call.func)}` sends it")
                yield Dispatcher(name, where, parameter, (step,), self._uses[site.func])


def _maker(one: object) -> Func | None:
    while isinstance(one, Partial):
        one = one.of
    if isinstance(one, Inst):
        return one.cls.methods.get("__call__")
    return one.func if isinstance(one, Fn) else None


def _given(site: Site) -> str:
    """The parameter whose method a call is: `task` of `task.delay(...)`."""
    path = site.call.func.path if isinstance(site.call.func, r.Name) else ""
    first, _, rest = path.partition(".")
    names = (one.name for one in site.func.record.params if one.name not in ("self", "cls"))
    return first if rest and "." not in rest and first in names else ""
