"""The heads of `with` statements in another order."""

from __future__ import annotations

import libcst as cst

from txlint.findings import Edit
from txlint.fixing.repairs import Unfixable
from txlint.fixing.tree.source import Source


def exchanged(source: Source, lines: tuple[int, int]) -> tuple[Edit, ...]:
    """The two items of a `with`, or those of two of them, each in the place of the other."""
    heads = [source.at(cst.With, line) for line in dict.fromkeys(lines)]
    items = [item for head in heads for item in head.items]
    if len(items) != 2 or len({bool(head.asynchronous) for head in heads}) != 1:
        raise Unfixable("the two are opened in different ways")
    spans = [(source.start(one.item), source.end(one.asname or one.item)) for one in items]
    texts = [source.text[slice(*span)] for span in spans]
    return tuple(source.edit(*span, text) for span, text in zip(spans, reversed(texts), strict=True))
