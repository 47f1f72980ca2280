"""SQL scripts: their statements by line, with strings, comments and the bodies of functions left out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

_TOKEN = re.compile(
    r"""--[^\n]*|/\*.*?\*/                      # comments
    |'(?:[^']|'')*+(?:'|\Z)|"(?:[^"]|"")*+(?:"|\Z)|`[^`]*+(?:`|\Z)  # strings and quoted names
    |(\$[A-Za-z_]*\$)(?:.*?\1|.*)               # a body between dollar quotes
    |^\\[^\n]*                                   # a command to psql
    |;|\w+|[^\s\w]""",
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)
_FOREIGN = re.compile(
    r"^\s*(delimiter\b|go\s*$|/\s*$)|\{\{|\{%|\bbegin\s+(try|catch)\b|\bdeclare\s+@"
    r"|\bvarchar2\b|\bexception\s+when\s+others\b|\bcreate\s+or\s+replace\s+package\b",  # PL/SQL: BEGIN and END of routines
    re.IGNORECASE | re.MULTILINE,
)
_BY_HAND = re.compile(r"^\s*--\s*(commit|rollback)\s*;", re.IGNORECASE | re.MULTILINE)
"""An end in a comment, for whoever runs the script to choose."""
_ROUTINE = re.compile(r"create (or replace )?(temp(orary)? |constraint |definer )?(trigger|procedure|function|package)\b")
_WORDS = 8


class SqlStatement(Struct, frozen=True, gc=False):
    """One statement: the line of its first word, and its first words in lower case."""

    line: int
    words: str

    def begins(self, *starts: str) -> bool:
        """Whether the statement begins with one of these words."""
        return any(self.words == one or self.words.startswith(one + " ") for one in starts)


class SqlScript(Struct, frozen=True, gc=False):
    """The statements of a file; `foreign` where it is a template, ended by hand, or for a client with rules of its own."""

    statements: tuple[SqlStatement, ...] = ()
    foreign: bool = False


def read_script(text: str) -> SqlScript:
    """The statements of a script; a routine whose body is written between BEGIN and END is one of them."""
    if _FOREIGN.search(text) or _BY_HAND.search(text):
        return SqlScript(foreign=True)
    found: list[SqlStatement] = []
    inside = 0
    for line, words in _split(text):
        joined = " ".join(words[:_WORDS])
        if inside:
            inside += joined.startswith(("if ", "loop", "while ", "case ", "begin")) - words[0].startswith("end")
            continue
        found.append(SqlStatement(line, joined))
        inside = int(_ROUTINE.match(joined) is not None and "begin" in words)
    return SqlScript(tuple(found))


def _split(text: str) -> Iterator[tuple[int, list[str]]]:
    start, words = 0, list[str]()
    line, at = 1, 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", at, match.start())
        at, word = match.start(), match[0]
        if word == ";":
            if words:
                yield start, words
            words = []
        elif word[0].isalnum() or word[0] == "_":
            start = start if words else line
            words.append(word.lower())
    if words:
        yield start, words
