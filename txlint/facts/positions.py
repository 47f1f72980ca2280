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
_BLOCKS = frozenset({cst.IndentedBlock, cst.SimpleStatementSuite})
_SPACE, _NEWLINE = cst.SimpleWhitespace, cst.Newline


class Lines:
    """Start and end lines (from 1) of the nodes of one tree, by identity; valid while the tree lives."""

    def __init__(self, module: cst.Module) -> None:
        self.start: dict[int, int] = {}
        self.end: dict[int, int] = {}
        self.comments: list[tuple[int, str, bool]] = []
        self._line = 1
        self._walk(module)
        self.count = self._line

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
            if field == "leading_lines":
                self.start[id(node)] = self._line
            elif field == "body" and kind in _BLOCKS:
                self.end[id(node)] = self._line - 1
        if kind in _TEXT:
            self._line += node.value.count("\n") or node.value.count("\r")
        elif kind is cst.Call:
            self.end[id(node)] = self._line
