"""Statements moved into the block beside them."""

from __future__ import annotations

import libcst as cst

from txlint.findings import Edit
from txlint.fixing.repairs import Unfixable
from txlint.fixing.tree.layout import reindented
from txlint.fixing.tree.source import Source
from txlint.fixing.tree.statements import rows


def moved(source: Source, line: int, where: int) -> tuple[Edit, ...]:
    """The statement before (-1) or after (1) the `with` on a line, as the first or last one of its block."""
    block = source.at(cst.With, line)
    around = source.block(block)
    at = next(at for at, one in enumerate(around) if one is block)
    statement, inner = around[at + where], block.body.body
    if not inner or not source.stands_in_block(inner[0]):
        raise Unfixable("the block shares its line with its head")
    (start, end), (first, last) = rows(source, [statement]), rows(source, [block])
    text = reindented(source, start, end, source.tree.default_indent)
    if where < 0:
        begins = source.lines(inner[0])[0]
        head = source.text[first:begins].replace("\r\n", "\n")
        if source.text[end:first].strip():
            raise Unfixable("a comment stands in between")
        return (source.edit(start, begins, head + text),)
    if source.text[last:start].strip():
        raise Unfixable("a comment stands in between")
    return (source.edit(last, end, text),)
