"""Line numbers of a libcst tree, by one walk that counts newlines.

libcst's own position providers cost twice the parse or more; this walk costs a fraction of it. Columns are left out: they
are looked up in the source for the few places that are reported.
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from txlint.facts.fields import FIELDS

_FIELDS: dict[type, tuple[str, ...]] = {getattr(cst, name): fields for name, fields in FIELDS.items() if hasattr(cst, name)}
_TEXT = frozenset({cst.SimpleString, cst.FormattedStringText, cst.TemplatedStringText})
_AHEAD = frozenset({"leading_lines", "lines_after_decorators", "lpar"})
"""What stands ahead of the line on which a node begins: comments, decorators, parentheses around it."""
_WITH_PARENTHESES = frozenset({cst.Tuple, cst.GeneratorExp})
"""Nodes of which the innermost parentheses around them are a part."""
_SPACE, _NEWLINE = cst.SimpleWhitespace, cst.Newline


class Lines:
    """Start and end lines (from 1) of the nodes of one tree, by identity; valid while the tree lives."""

    def __init__(self, module: cst.Module) -> None:
        self.start: dict[int, int] = {}
        self.end: dict[int, int] = {}
        self.comments: list[tuple[int, str, bool]] = []
        self._line = self._last = 1
        self._walk(module)

    def _walk(self, node: Any) -> None:
        kind = node.__class__
        fields = _FIELDS.get(kind, ())
        self.start[id(node)] = self._line
        for field in fields:
            child = getattr(node, field)
            child_kind = child.__class__
            if child_kind is _SPACE:
                if "\n" in child.value:
                    self._line += child.value.count("\n")
            elif child_kind is _NEWLINE:
                self._line += 1
            elif child_kind is tuple or child_kind is list:
                for one in child:
                    self._walk(one)
            elif child_kind in _FIELDS:
                self._walk(child)
            elif child_kind is cst.Comment:
                self.comments.append((self._line, child.value, kind is cst.EmptyLine))
            if field in _AHEAD and (field != "lpar" or fields[0] == "lpar"):
                self.start[id(node)] = self.start[id(child[-1])] if child and kind in _WITH_PARENTHESES else self._line
            elif field == "trailing_whitespace":
                self._last = self._line - 1
            elif field == "body" and kind is cst.IndentedBlock:
                self.end[id(node)] = self._last
            elif field == "args" and kind is cst.Call:
                self.end[id(node)] = self._line
        if kind in _TEXT:
            self._line += node.value.count("\n") or node.value.count("\r")
        elif kind is cst.SimpleStatementSuite:
            self.end[id(node)] = self._last
