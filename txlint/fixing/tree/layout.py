"""Code as lines: what is indented anew, and how a call is laid out that has grown too long."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import libcst as cst

from txlint.fixing.tree.source import Source

_WIDTHS = (79, 120)


class Change(NamedTuple):
    """A span of characters and the text in its place."""

    start: int
    end: int
    text: str


def reindented(source: Source, start: int, end: int, by: str, changes: Iterable[Change] = ()) -> str:
    """Whole lines one level deeper, with changes made on the way; what is inside of strings stays as it is."""
    inside = _string_rows(source)
    parts: list[str] = []
    done = start
    for change in (*sorted(changes), Change(end, end, "")):
        parts += [_shifted(source, done, change.start, by, inside), change.text.replace("\n", f"\n{by}")]
        done = change.end
    return "".join(parts).replace("\r\n", "\n")


def _shifted(source: Source, start: int, end: int, by: str, inside: frozenset[int]) -> str:
    parts = []
    at = start
    while at < end:
        row = source.row(at)
        first, last = source.line(row)
        text = source.text[at : min(last, end)]
        fresh = at == first and source.text[first:last].strip() and row not in inside
        parts.append(by + text if fresh else text)
        at += len(text)
    return "".join(parts)


def _string_rows(source: Source) -> frozenset[int]:
    """The lines that begin inside of a string."""
    rows: set[int] = set()
    for kind in (cst.SimpleString, cst.FormattedString, cst.TemplatedString):
        for node in source.nodes(kind):
            rows.update(range(source.row(source.start(node)) + 1, source.row(source.end(node) - 1) + 1))
    return frozenset(rows)


def width(source: Source) -> int:
    """The length of line that the file keeps to."""
    longest = max((len(line.rstrip()) for line in source.text.splitlines() if "#" not in line and '"' not in line), default=0)
    return min(max(longest, 88), _WIDTHS[1])


def call(callee: str, arguments: Sequence[str], indent: str, unit: str, limit: int) -> str:
    """A call on one line where that is short enough, else with its arguments below it."""
    line = f"{callee}({', '.join(arguments)})"
    if "\n" not in line and len(indent) + len(line) <= limit:
        return line
    deeper = indent + unit
    inner = ", ".join(arguments)
    if "\n" not in inner and len(deeper) + len(inner) <= limit:
        return f"{callee}(\n{deeper}{inner}\n{indent})"
    if len(arguments) == 1:
        return f"{callee}(\n{deeper}{arguments[0]}\n{indent})"
    return f"{callee}(\n" + "".join(f"{deeper}{one},\n" for one in arguments) + f"{indent})"
