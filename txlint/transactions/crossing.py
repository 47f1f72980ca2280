"""Sessions and connections that are handed to another process or worker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from txlint.project.calls import Site
from txlint.project.lineage import written
from txlint.project.project import Project
from txlint.project.types import ExtInst

_ROLES = frozenset({"session", "connection"})
_ENTRIES = frozenset({"task", "flow"})


@dataclass(frozen=True, slots=True)
class Crossing:
    """A call that hands a session over, and what it hands over as written."""

    site: Site
    session: str


def crossings(project: Project, sites: Iterator[Site]) -> Iterator[Crossing]:
    """The calls that send a session to a task of a queue or a flow."""
    for site in sites:
        if not any(effect.kind == "enqueue" for effect in site.effects) and not _runs_task(project, site):
            continue
        for arg in site.call.args:
            if any(_is_session(project, one) for one in project.inference.infer(arg.value, site.func)):
                yield Crossing(site, written(arg.value))
                break


def _runs_task(project: Project, site: Site) -> bool:
    """Whether a call has a task run somewhere else."""
    for edge in site.edges:
        if edge.when in ("thread", "worker") and any(one.kind in _ENTRIES for one in project.entries.get(edge.func, ())):
            return True
    return False


def _is_session(project: Project, one: object) -> bool:
    if not isinstance(one, ExtInst) or one.guessed:
        return False
    return not _ROLES.isdisjoint(project.catalog.class_roles(one.name))
