"""Steps of a method that many classes have: those that one and the same class has, as an object is of one class."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from txlint.project.calls import Site, is_on_self
from txlint.project.model import Cls, Func
from txlint.project.project import Project
from txlint.transactions.steps import StepCounter, Steps, WriteStep, is_certain, weight


def of_one_class(project: Project, counter: StepCounter, func: Func, steps: Steps) -> Steps:
    """The most of some steps of a function that are made for one class: each by what this class runs there."""
    if func.cls is None or not any(_varies(one.site) for one in steps):
        return steps
    found = (tuple(_made_for(project, counter, cls, steps)) for cls in _having(project, func))
    return max(found, key=weight, default=())


def _varies(site: Site) -> bool:
    return is_on_self(site.call) and len({edge.func for edge in site.edges if is_certain(edge)}) > 1


def _having(project: Project, func: Func) -> Iterator[Cls]:
    """The classes that have a method and do not override it."""
    for cls in (func.cls, *func.cls.subclasses) if func.cls is not None else ():
        if _own(project, cls, func.record.name) is func:
            yield cls


def _own(project: Project, cls: Cls, method: str) -> Func | None:
    """The method as a class has it: of its nearest ancestor, which is above no other one that has it."""
    above = project.inference.lineages.of
    having = [one for one in above(cls).classes if method in one.methods]
    return next((one.methods[method] for one in having if not any(one in above(other).classes[1:] for other in having)), None)


def _made_for(project: Project, counter: StepCounter, cls: Cls, steps: Steps) -> Iterator[WriteStep]:
    for one in steps:
        own = _own(project, cls, getattr(one.site.call.func, "path", "").rpartition(".")[2]) if _varies(one.site) else None
        if own is None or all(edge.func is not own for edge in one.site.edges):
            yield one
        elif inner := counter.of(own):
            yield replace(one, writer=inner[0].writer, through=own)
