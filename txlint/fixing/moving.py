"""Statements beside a block, moved into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from txlint.facts import records as r
from txlint.findings import Applicability, Edit
from txlint.fixing.repairs import Repair
from txlint.project.calls import Opening
from txlint.project.flow import blocks
from txlint.transactions.locked import Use

if TYPE_CHECKING:
    from txlint.fixing.tree.source import Sources

_SIMPLE = (r.Assign, r.Do, r.Return, r.Loop)


def moved_into(use: Use, block: Opening) -> Repair | None:
    """Fetch locked rows in a block that begins right below, or ends right above; None where something stands in between."""
    func = use.func
    if block.func is not func or use.how != "fetched":
        return None
    place = next((one for body in _bodies(func.record.body) if (one := _beside(body, use.line, block.line)) is not None), None)
    if place is None:
        return None

    def make(sources: Sources) -> tuple[Edit, ...]:
        from txlint.fixing.tree.moving import moved

        return moved(sources.of(func.module.path), block.line, place)

    return Repair("move it into the transaction", Applicability.UNSAFE, make)


def _bodies(body: tuple[r.Stmt, ...]) -> list[tuple[r.Stmt, ...]]:
    return [body, *(one for node in body for inner in blocks(node) for one in _bodies(inner))]


def _beside(body: tuple[r.Stmt, ...], line: int, opened: int) -> int | None:
    """Whether the statement on a line comes directly before (-1) or after (1) the `with` on another one."""
    at = next((at for at, one in enumerate(body) if isinstance(one, r.With) and one.line == opened), None)
    if at is None:
        return None
    before, after = body[at - 1 : at], body[at + 1 : at + 2]
    if line < opened:
        return -1 if any(isinstance(one, r.Assign | r.Do) and one.line <= line for one in before) else None
    below = min((one.line for one in body[at + 2 : at + 3] if isinstance(one, _SIMPLE)), default=line + 1)
    return 1 if any(isinstance(one, _SIMPLE) and one.line <= line < below for one in after) else None
