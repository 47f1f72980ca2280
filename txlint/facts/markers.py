"""Markers: comments by which a function or loop states an intent, `# txlint: partial-commit each file stands alone`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from txlint.facts.records import Call, Comment, Function, If, Loop, ModuleFacts, Stmt, Try, With

REQUIRES = "requires-transaction"
"""The marker that allows nothing, and demands something of the callers."""
_OF_LOOPS = "partial-progress"
MARKERS = ("idempotent", "no-transaction-needed", "owns-transaction", "partial-commit", _OF_LOOPS, REQUIRES)
_MARKER = re.compile(r"#\s*txlint:\s*(?P<word>[a-z-]+)\b(?P<reason>[^#]*)")
_ABOVE = 12
"""Lines above a `def`, for its decorators, in which a comment still means it."""


class Marker(Struct, frozen=True, gc=False):
    """What a comment states, why, and of which lines: those of a function or loop; (0, 0) where it stands beside both."""

    word: str
    reason: str
    line: int
    function: int
    """Its place in `ModuleFacts.functions`; of a loop, that of the function with the loop."""
    first: int
    last: int


def markers(module: ModuleFacts) -> Iterator[Marker]:
    """The markers of a module."""
    for comment in module.comments:
        match = _MARKER.search(comment.text)
        if match and match["word"] in MARKERS:
            find = _loop if match["word"] == _OF_LOOPS else _function
            function, first, last = find(module, comment)
            yield Marker(match["word"], match["reason"].strip(), comment.line, function, first, last)


def _function(module: ModuleFacts, comment: Comment) -> tuple[int, int, int]:
    """The function that begins at a comment, or else below it, or else is around it."""
    numbered = [(number, one) for number, one in enumerate(module.functions) if number and one.name != "<lambda>"]
    inside = [pair for pair in numbered if pair[1].line <= comment.line <= pair[1].end_line]
    number, around = inside[-1] if inside else (0, None)
    below = next((pair for pair in numbered if 0 < pair[1].line - comment.line <= _ABOVE), None)
    if comment.alone and below is not None and below[1].parent == number and _head(below[1]) == comment.line + 1:
        number, around = below
    return (number, min(comment.line, _head(around)), around.end_line) if around is not None else (0, 0, 0)


def _head(function: Function) -> int:
    """The first line of a function with its decorators."""
    called = [one.line for one in function.decorators if isinstance(one, Call)]
    return min([function.line - len(function.decorators), *called])


def _loop(module: ModuleFacts, comment: Comment) -> tuple[int, int, int]:
    """The loop that begins at a comment, or else below it, or else is around it."""
    for number, function in enumerate(module.functions):
        found = list(_loops(function.body))
        starts = (comment.line, comment.line + 1) if comment.alone else (comment.line,)
        around = [one for one in found if one.line <= comment.line <= one.end_line]
        chosen = next((one for one in found if one.line in starts), around[-1] if around else None)
        if chosen is not None:
            return number, min(chosen.line, comment.line), chosen.end_line
    return 0, 0, 0


def _loops(statements: tuple[Stmt, ...]) -> Iterator[Loop]:
    """The loops of a body, outer ones first."""
    for node in statements:
        match node:
            case Loop():
                yield node
                yield from _loops((*node.body, *node.orelse))
            case If(_, body, orelse):
                yield from _loops((*body, *orelse))
            case With():
                yield from _loops(node.body)
            case Try():
                yield from _loops(
                    (*node.body, *(one for each in node.handlers for one in each.body), *node.orelse, *node.final)
                )
