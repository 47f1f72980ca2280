"""Transactions that stay open as long as a query has rows: loops over a stream inside of one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.project.calls import Opening, Site, nested_statements
from txlint.project.model import Func, walk
from txlint.project.project import Project
from txlint.transactions.reach import Reach, may_write

_STREAM = "stream"


@dataclass(frozen=True, slots=True)
class Endless:
    """A loop over a stream of rows, the transaction around it, and what it writes in each round."""

    loop: r.Loop
    stream: Site
    block: Opening
    write: Site


class Streams:
    """Finds them; a transaction within the loop ends with each round."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._writing = Reach(project, may_write, telling=True)

    def of(self, func: Func) -> Iterator[Endless]:
        """The loops of a function that write a stream of rows in one transaction."""
        body = self._project.bodies[func]
        for node in nested_statements(func.record.body):
            parts = walk(node.iter) if isinstance(node, r.Loop) and node.target is not None else ()
            calls = (body.by_call.get(id(part)) for part in parts)
            stream = next((one for one in calls if one and any(effect.kind == _STREAM for effect in one.effects)), None)
            block = next((one for one in stream.opened if one.commits), None) if stream else None
            if not isinstance(node, r.Loop) or stream is None or block is None:
                continue
            inside = (one for one in body.sites if node in one.loops and block in one.opened)
            write = next((one for one in inside if may_write(one) or self._writing.through(one)), None)
            if write is not None and write.opened == stream.opened:
                yield Endless(node, stream, block, write)
