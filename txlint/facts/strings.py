"""The texts of strings as facts hold them, whichever parser has read them."""

from __future__ import annotations

from collections.abc import Iterable

from txlint.facts.records import Const, Expr, Parts

STRING_LIMIT = 400
"""Characters that are kept of a string."""


def interpolated(pieces: Iterable[str | Expr]) -> Parts:
    """A string with expressions in it; texts that follow each other are one."""
    found: list[Expr] = []
    text = ""
    for one in (*pieces, None):
        if isinstance(one, str):
            text += one
            continue
        found += (Const(text[:STRING_LIMIT]),) if text else ()
        found += (one,) if one is not None else ()
        text = ""
    return Parts(tuple(found), "f")


def travelling(value: str | bytes) -> str:
    """The text of a string; half a surrogate pair is written out, for it is no text that could travel."""
    if isinstance(value, bytes):
        return str(value, "latin-1")
    return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()
