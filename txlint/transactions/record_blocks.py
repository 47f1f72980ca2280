"""Blocks that govern the results of a workflow's tasks, and the writes to databases that stand in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.project.calls import Opening, Site
from txlint.project.model import Func
from txlint.project.project import Project
from txlint.transactions.reach import Reach, writes

_BLOCK, _UNDONE = "records", "rollback-hook"


@dataclass(frozen=True, slots=True)
class WrittenIn:
    """A call in such a block that writes, the block, and the way from the call to the write."""

    site: Site
    block: Opening
    path: tuple[Site, ...]


class RecordBlocks:
    """Finds the writes that such a block seems to protect."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._writing = Reach(project, writes, telling=True)

    def written(self) -> Iterator[WrittenIn]:
        """The first write of each block; one by a task that has a hook for its failure is left out."""
        known: set[int] = set()
        for site in self._project.sites():
            block = next((one for one in site.opened if one.boundary == _BLOCK), None)
            if block is None or id(block) in known:
                continue
            if writes(site):
                known.add(id(block))
                yield WrittenIn(site, block, (site,))
                continue
            callee = next(
                (edge.func for edge in site.edges if edge.func in self._writing and not self._undone(edge.func)), None
            )
            if callee is not None:
                known.add(id(block))
                yield WrittenIn(site, block, (site, *self._writing.path(callee)))

    def _undone(self, task: Func) -> bool:
        """Whether a function is registered to be called when the block that a task ran in fails."""
        for func in task.module.functions:
            for decorator in func.record.decorators:
                roles = self._project.inference.decorators.roles_of(decorator, func.parent or func)
                owner = decorator.path.rpartition(".")[0] if isinstance(decorator, r.Name) else ""
                if owner == task.record.name and any(one.role == _UNDONE for one in roles):
                    return True
        return False
