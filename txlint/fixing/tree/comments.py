"""Comments made shorter, or taken out."""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

from txlint.findings import Edit
from txlint.fixing.repairs import Unfixable
from txlint.fixing.tree.source import Source


def shortened(source: Source, row: int, rest: Callable[[str], str]) -> tuple[Edit, ...]:
    """The comment on a line as what is left of it; without it, and without the line that it has for itself, if nothing is."""
    node = source.at(cst.Comment, row)
    first, end = source.line(row)
    before, left = source.text[first : source.start(node)], rest(node.value)
    if left == node.value:
        raise Unfixable("the comment says something else")
    if left:
        return (source.replace(node, left),)
    if before.strip():
        return (source.edit(first + len(before.rstrip()), source.end(node), ""),)
    below = source.text[end:].partition("\n")[0]
    if below.startswith(f"{before}#") and "txlint:" not in below:
        raise Unfixable("the comment may go on in the next line")
    return (source.edit(first, end, ""),)
