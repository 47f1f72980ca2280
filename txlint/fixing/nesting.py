"""Locks and transactions in the wrong order: two `with` heads, or two decorators, that change places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from txlint.facts import records as r
from txlint.findings import Applicability, Edit
from txlint.fixing.repairs import Repair
from txlint.project.calls import nested_statements
from txlint.transactions.locks import Released

if TYPE_CHECKING:
    from txlint.fixing.tree.source import Sources


def lock_first(found: Released) -> Repair | None:
    """Take a lock before the transaction is opened; None unless nothing stands between the two in one function."""
    func, block = found.func, found.block
    if block is None or (block.func is not func and block.func is not func.parent):
        return None
    path, lines = func.module.path, (block.line, found.line)
    heads = [one for one in nested_statements(func.record.body) if isinstance(one, r.With) and one.line == block.line]
    if heads and not _only(heads[0], found.line):
        return None
    if not heads and block.line + 1 != found.line:
        return None

    def make(sources: Sources) -> tuple[Edit, ...]:
        from txlint.fixing.tree.decorating import decorators_exchanged
        from txlint.fixing.tree.nesting import exchanged

        return exchanged(sources.of(path), lines) if heads else decorators_exchanged(sources.of(path), func, lines)

    return Repair("take the lock first", Applicability.SAFE, make)


def _only(head: r.With, line: int) -> bool:
    """Whether the two items of a `with`, or its own and that of the only statement inside, are what is on a line."""
    if head.targets[0] is not None:
        return False  # the lock may be chosen by it
    if head.line == line:
        return len(head.items) == 2
    inner = head.body[0] if len(head.body) == 1 else None
    return isinstance(inner, r.With) and inner.line == line and len(head.items) == len(inner.items) == 1
