"""What can go wrong outside the analysed code, as values and exceptions that name the place and the remedy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


class UserError(Exception):
    """A mistake in the command line or configuration: one line with file, key and remedy, perhaps an excerpt below it."""

    def __init__(self, message: str, *excerpt: str) -> None:
        super().__init__(message, *excerpt)
        self.lines = (message, *excerpt)

    def __str__(self) -> str:
        return "\n".join(self.lines)


class RuleFailure(Exception):
    """A bug in a rule, which it names; the cause is the rule's own exception."""


class NotAnalysed(Exception):
    """A file that yields no facts, with the reason and the place of the trouble."""

    def __init__(self, reason: str, row: int = 1, column: int = 1) -> None:
        super().__init__(reason)
        self.reason = reason
        self.row = row
        self.column = column


@dataclass(frozen=True, slots=True)
class Unanalysed:
    """The record of a file of the project that the analysis had to do without."""

    path: str
    reason: str
    row: int = 1
    column: int = 1


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """The end of a message: a question that offers the closest choice, or nothing where none is close."""
    close = get_close_matches(word, tuple(choices), n=1)
    return f"; did you mean `{close[0]}`?" if close else ""
