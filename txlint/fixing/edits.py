"""Edits as operations on bytes: which of them collide, and the text that they make."""

from __future__ import annotations

import io
import tokenize
import warnings
from collections.abc import Iterable
from difflib import SequenceMatcher
from itertools import accumulate

from txlint.findings import Edit


def collide(one: Edit, other: Edit) -> bool:
    """Whether two edits cannot both be made: they overlap, or insert different things at one place."""
    if one.path != other.path or one == other:
        return False
    if one.start == one.end or other.start == other.end:
        return one.start <= other.end and other.start <= one.end
    return one.start < other.end and other.start < one.end


def applied(data: bytes, edits: Iterable[Edit]) -> bytes:
    """A file with edits made that do not collide; equal ones are made once."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    parts, done = [], 0
    for edit in sorted(set(edits), key=lambda one: (one.start, one.end, _side(one.replacement), one.replacement)):
        parts += [data[done : edit.start], edit.replacement.encode(encoding.removesuffix("-sig"))]
        done = edit.end
    return b"".join((*parts, data[done:]))


def _side(text: str) -> int:
    """The order of what is inserted at one place: a block of its own goes before a line of what follows, or after one of what
    stands above."""
    plain = text.replace("\r", "")
    return 0 if plain.endswith("\n\n") else 2 if plain.startswith("\n") else 1


def differences(path: str, old: bytes, new: bytes) -> tuple[Edit, ...]:
    """The edits, of whole lines, that make one text of a file the other."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    starts = [0, *accumulate(map(len, before))]
    encoding, _ = tokenize.detect_encoding(io.BytesIO(new).readline)
    changed = (one for one in SequenceMatcher(None, before, after, False).get_opcodes() if one[0] != "equal")
    return tuple(
        Edit(path, starts[first], starts[last], b"".join(after[at:end]).decode(encoding.removesuffix("-sig")))
        for _, first, last, at, end in changed
    )


def compiles(source: bytes) -> bool:
    """Whether the running Python takes the text; newer syntax than its own is for the parser alone to judge."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, "<source>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
