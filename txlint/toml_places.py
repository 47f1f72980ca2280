"""Where a key stands in a TOML document; the parsers that Python has keep no positions."""

from __future__ import annotations

import re
from collections.abc import Iterator

HEADER = re.compile(r"\s*(\[\[?)([^\]]+)\]")
ASSIGNMENT = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")

Path = tuple[str | int, ...]


def line_of(text: str, path: Path) -> tuple[int, int]:
    """Row and column, from 1, of the key at this path, or of the nearest table or key around it."""
    lines = text.splitlines()
    known = dict(reversed(list(_places(lines))))
    around = next((path[:size] for size in range(len(path), 0, -1) if path[:size] in known), ())
    row = known.get(around, 1)
    written = rf"(?<![\w-])[\"']?({re.escape(str(path[-1]))})(?![\w-])"
    # An inline table may go on over the next lines: the key is searched from the line of what holds it.
    for number in range(row, len(lines) + 1):
        if match := re.search(written, lines[number - 1]):
            return number, match.start(1) + 1
    return row, 1


def _places(lines: list[str]) -> Iterator[tuple[Path, int]]:
    table: Path = ()
    counts: dict[Path, int] = {}
    for row, line in enumerate(lines, start=1):
        if header := HEADER.match(line):
            table = _inside(_parts(header[2]), counts)
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            yield table, row
        elif assignment := ASSIGNMENT.match(line):
            yield (*table, *_parts(assignment[1])), row


def _inside(parts: Path, counts: dict[Path, int]) -> Path:
    """The path of a header, with the number of the last element in each array of tables that it passes through."""
    path: Path = ()
    for part in parts[:-1]:
        path = (*path, part)
        if path in counts:
            path = (*path, counts[path])
    return (*path, parts[-1])


def _parts(dotted: str) -> Path:
    return tuple(part.strip("\"'") for part in PART.findall(dotted))
