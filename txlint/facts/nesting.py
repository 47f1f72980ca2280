"""A look at a file before it is parsed: nesting that no compiler accepts, and that would end the parser's process."""

from __future__ import annotations

import re

from txlint.errors import NotAnalysed

MAX_BRACKETS = 200
"""CPython's own limit."""
MAX_RUN = 1_000

_TOKEN = re.compile(
    rb"""(?P<string>(?:\"{3}(?:[^"\\]|\\.|"(?!""))*+(?:\"{3}|\Z))|(?:'{3}(?:[^'\\]|\\.|'(?!''))*+(?:'{3}|\Z))"""
    rb"""|"(?:[^"\\\n]|\\.)*+"?|'(?:[^'\\\n]|\\.)*+'?)"""
    rb"""|(?P<comment>\#[^\n]*)|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<run>(?:(?:\bnot\b|[-+~])[ \t\\\r\n]*+){2,}+)"""
    rb"""|(?P<elif>^[ \t]*elif\b)|(?P<else>^[ \t]*else\b)""",
    re.DOTALL | re.MULTILINE,
)
_RUN = re.compile(rb"(?:(?:\bnot\b|[-+~])[ \t\\\r\n]*+){2,}+")


def looks_deep(source: bytes) -> bool:
    """Whether a file may hold what Python's own parser takes and `check_nesting` refuses."""
    return source.count(b"elif") > MAX_RUN or any(len(one[0]) > MAX_RUN for one in _RUN.finditer(source))


def check_nesting(source: bytes) -> None:
    """Raise NotAnalysed, in time linear in the size of the file, where it is nested too deeply to be parsed."""
    depth = elifs = 0
    for token in _TOKEN.finditer(source):
        match token.lastgroup:
            case "open":
                depth += 1
                if depth > MAX_BRACKETS:
                    raise _too_deep(source, token.start(), f"more than {MAX_BRACKETS} brackets")
            case "close":
                depth = max(0, depth - 1)
            case "elif":
                elifs += 1
                if elifs > MAX_RUN:
                    raise _too_deep(source, token.start(), f"more than {MAX_RUN} `elif`s")
            case "else":
                elifs = 0
            case "run" if len(re.findall(rb"not|[-+~]", token[0])) > MAX_RUN:
                raise _too_deep(source, token.start(), f"more than {MAX_RUN} unary operators")


def _too_deep(source: bytes, offset: int, what: str) -> NotAnalysed:
    row = source.count(b"\n", 0, offset) + 1
    return NotAnalysed(f"nested too deeply: {what}", row, offset - source.rfind(b"\n", 0, offset))
