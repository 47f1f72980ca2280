"""Items of a loop whose failure a task passes over without a trace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.project.calls import Site, nested_statements
from txlint.project.model import Func, nested
from txlint.project.project import Project
from txlint.transactions.handling import catches_everything
from txlint.transactions.reach import Reach, may_write

_WORKERS = frozenset({"task", "flow"})


@dataclass(frozen=True, slots=True)
class PassedOver:
    """The loop, what may fail in it, and the handler that drops the error."""

    loop: r.Loop
    work: Site
    handler: r.Handler


class PassedOvers:
    """Finds them in tasks and flows."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._writing = Reach(project, may_write, telling=True)

    def of(self, func: Func) -> Iterator[PassedOver]:
        """The loops of a task that pass over what fails, each once."""
        if not any(one.kind in _WORKERS for one in self._project.entries.get(func, ())):
            return
        known: set[int] = set()
        for site in self._project.bodies[func].sites:
            loop = site.loops[-1] if site.loops else None
            if not isinstance(loop, r.Loop) or id(loop) in known or not (may_write(site) or self._writing.through(site)):
                continue
            for node in site.tries:
                inside = loop.line < node.line <= loop.end_line
                handler = next((one for one in node.handlers if catches_everything(one)), None) if inside else None
                if handler is not None and not _recorded(handler):
                    known.add(id(loop))
                    yield PassedOver(loop, site, handler)
                    break


def _recorded(handler: r.Handler) -> bool:
    """Whether a handler does anything that may be seen later."""
    for node in nested_statements(handler.body):
        if isinstance(node, r.Raise | r.Assign | r.Return) or (isinstance(node, r.Jump) and node.kind == "break"):
            return True
    return any(True for _ in nested(handler.body))
