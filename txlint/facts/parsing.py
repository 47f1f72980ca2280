"""From bytes to a libcst tree, or the reason why there is none."""

from __future__ import annotations

import re

import libcst as cst

from txlint.errors import NotAnalysed
from txlint.facts.encoding import place

_POSITION = re.compile(r"@ (\d+):(\d+)")


def parse(source: bytes) -> cst.Module:
    """The tree of a file. Raises NotAnalysed with a reason, and the place where it is known."""
    try:
        return cst.parse_module(source)
    except cst.ParserSyntaxError as error:
        plain = _without_annotation_parentheses(source)
        if plain is not None:
            return cst.parse_module(plain)
        raise _explained(source, error) from None
    except (SyntaxError, UnicodeError, LookupError) as error:
        where = place(source, error.start) if isinstance(error, UnicodeDecodeError) else (1, 1)
        raise NotAnalysed(f"not readable as text: {error}", *where) from None


def _explained(source: bytes, error: cst.ParserSyntaxError) -> NotAnalysed:
    """Python's own message and place where it refuses the file too; libcst's places are often wrong."""
    for row, line in enumerate(source.splitlines(), start=1):
        if line.startswith((b"<<<<<<< ", b">>>>>>> ")):
            return NotAnalysed("holds a merge conflict marker", row)
    try:
        compile(source, "<source>", "exec", flags=0x400, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as found:
        if isinstance(found, SyntaxError) and found.lineno:
            return NotAnalysed(f"not valid Python: {found.msg}", found.lineno, max(found.offset or 1, 1))
    found_at = _POSITION.search(str(error))
    row, column = (int(found_at[1]), int(found_at[2])) if found_at else (1, 1)
    return NotAnalysed("not valid Python: " + error.message.splitlines()[0], row, max(column, 1))


def _without_annotation_parentheses(source: bytes) -> bytes | None:
    """The source with the parentheses of `(x): T = v` blanked, which libcst cannot read; None where there are none."""
    import ast

    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    lines, changed = source.splitlines(keepends=True), False
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and not node.simple and isinstance(node.target, ast.Name):
            row = node.target.lineno - 1
            start, end = node.target.col_offset - 1, (node.target.end_col_offset or 0)
            if lines[row][start : start + 1] == b"(" and lines[row][end : end + 1] == b")":
                lines[row] = lines[row][:start] + lines[row][start + 1 : end] + b"  " + lines[row][end + 1 :]
                changed = True
    plain = b"".join(lines)
    try:
        return plain if changed and cst.parse_module(plain) else None
    except cst.ParserSyntaxError:
        return None
