"""Comments that allow what a rule finds.

`# txlint: ignore[TX301, dispatch-in-transaction] reason` at the end of a line means the statement there, alone on a line
the statement below it; `# txlint: file-ignore[...] reason` means the file. Between `# txlint: disable[...] reason` and
`# txlint: enable[...]`, each alone on its line and equally indented, everything is meant, or, without `enable`, everything to
the end of the block. With `until=2030-01-31` a comment means something up to that day. `# noqa: TX301` is an `ignore` without
reason.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from txlint.errors import did_you_mean
from txlint.facts.markers import MARKERS, REQUIRES, markers
from txlint.facts.records import Comment, ModuleFacts
from txlint.locations import Location

UNUSED, UNKNOWN, UNREASONED, EXPIRED = "TX001", "TX002", "TX003", "TX005"
"""The rules under whose codes suppressions are reported: that suppress nothing, mean nothing, say no reason, are over."""
HOUSEKEEPING = frozenset({UNUSED, UNKNOWN, UNREASONED, EXPIRED})
IGNORED = "ignore comment"
"""What the reason of every suppressed finding starts with."""

_DIRECTIVE = re.compile(r"#\s*txlint:\s*(?P<verb>[\w-]*)\s*(?:\[(?P<rules>[^\]]*)\])?(?P<reason>.*)")
_NOQA = re.compile(r"#\s*noqa:\s*(?P<rules>[A-Z]+[0-9]+(?:[\s,]+[A-Z]+[0-9]+)*+)", re.IGNORECASE)
_UNTIL = re.compile(r"(?<!\S)until=(\S*)")
_LEAD = re.compile(r"(?:reason\b)?[\s:–—-]*", re.IGNORECASE)  # noqa: RUF001  People write dashes of all lengths.
_LATER = re.compile(r"(?:TODO|FIXME|XXX)\b", re.IGNORECASE)
_VERBS = ("ignore", "file-ignore", "disable", "enable")

Resolve = Callable[[str], frozenset[str]]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Suppression:
    """One rule named by one comment: the codes that it means and the rows that it covers."""

    path: str
    row: int
    column: int
    selector: str
    codes: frozenset[str]
    span: Span | None
    """First and last row; None for the whole file."""
    reason: str = ""
    problem: str = ""
    """Why the comment cannot mean anything."""
    until: date | None = None
    """The last day on which it means something."""
    verb: str = "ignore"
    """`ignore`, `file-ignore`, `disable`; empty for a marker."""

    @property
    def place(self) -> Location:
        """Where the comment begins."""
        return Location(self.path, self.row, self.column)

    def expired(self, today: date) -> bool:
        """Whether it is over."""
        return self.until is not None and today > self.until

    def covers(self, code: str, path: str, row: int) -> bool:
        """Whether a finding of this rule at this place is allowed, on a day when it is not expired."""
        return code in self.codes and path == self.path and (self.span is None or self.span[0] <= row <= self.span[1])

    def because(self) -> str:
        """The reason that a suppressed finding carries."""
        return f"{IGNORED}: {self.reason}" if self.reason else IGNORED


def says_why(reason: str) -> bool:
    """Whether a reason is given; what begins with TODO, FIXME or XXX says that somebody should give one."""
    return bool(reason) and not _LATER.match(_LEAD.sub("", reason, count=1))


def read(
    path: str, source: bytes, comments: Sequence[Comment], resolve: Resolve, known: Iterable[str]
) -> tuple[Suppression, ...]:
    """The suppressions in the comments of a file; `resolve` gives the codes meant by a selector, `known` all selectors."""
    written = [(comment, found) for comment in comments for found in _directives(comment.text)]
    if not written:
        return ()
    lines, spans, choices = source.splitlines(), tuple(_logical_lines(source)), (*known,)
    found: list[Suppression] = []
    for comment, said in written:
        text = lines[comment.line - 1] if comment.line <= len(lines) else b""
        column = max(text.find(b"#"), 0) + 1
        problem = said.problem or _misplaced(said.verb, comment)
        for selector in said.selectors:
            codes = frozenset() if problem else resolve(selector)
            trouble = problem or ("" if codes else _unknown(said.verb, selector, choices))
            if said.verb == "enable" and not trouble:
                trouble = _close(found, comment.line, column, codes)
                if not trouble:
                    continue
            span = _span(said.verb, comment, column, spans, lines)
            found.append(
                Suppression(path, comment.line, column, selector, codes, span, said.reason, trouble, said.until, said.verb)
            )
    return tuple(found)


def marked(path: str, source: bytes, module: ModuleFacts, meant: Callable[[str], frozenset[str]]) -> Iterator[Suppression]:
    """What the markers of a file allow; `meant` gives the codes that a marker speaks about."""
    lines = source.splitlines() if module.comments else []
    for one in markers(module):
        if one.word == REQUIRES and one.last:
            continue  # allows nothing: a rule reads it
        given = one.word == REQUIRES or says_why(one.reason)
        unkept = f"`{one.reason}` is no reason; " if one.reason else ""
        problem = "" if given else f"{unkept}say why: `# txlint: {one.word} REASON`"
        problem = problem if one.last else f"`{one.word}` stands in no function or loop"
        codes = frozenset() if problem else meant(one.word)
        column = max(lines[one.line - 1].find(b"#"), 0) + 1 if one.line <= len(lines) else 1
        span, reason = (one.first, one.last), f"{one.word}: {one.reason}"
        yield Suppression(path, one.line, column, one.word, codes, span, reason, problem, verb="")


class Said(NamedTuple):
    """What a comment says to txlint."""

    verb: str
    selectors: tuple[str, ...]
    reason: str = ""
    until: date | None = None
    problem: str = ""


def _directives(text: str) -> Iterator[Said]:
    if match := _DIRECTIVE.search(text):
        if match["verb"] in MARKERS:
            return
        selectors = tuple(part for part in re.split(r"[\s,]+", match["rules"] or "") if part) or ("",)
        verb, reason = match["verb"], re.split(r"\s#\s", match["reason"], maxsplit=1)[0]  # Then another tool's comment begins.
        problem = "" if verb in _VERBS else f"`{verb}` is no txlint comment{did_you_mean(verb, (*_VERBS, *MARKERS))}"
        until = None
        if day := _UNTIL.search(reason):
            reason = f"{reason[: day.start()]} {reason[day.end() :]}"
            try:
                until = date.fromisoformat(day[1])
            except ValueError:
                problem = problem or f"`until={day[1]}` is no day; write `until=2030-01-31`"
        reason = " ".join(reason.split())
        yield Said(verb, selectors, _LEAD.sub("", reason, count=1), until, problem)
    elif match := _NOQA.search(text):
        codes = re.split(r"[\s,]+", match["rules"].upper())
        yield Said("ignore", tuple(code for code in codes if code.startswith("TX")))


def without(selector: str, text: str) -> str:
    """The text of a comment without one of the rules that it allows; nothing of ours is left where that was the only one."""
    if match := _DIRECTIVE.search(text) or _NOQA.search(text):
        named = re.split(r"[\s,]+", match["rules"] or "")
        kept = [one for one in named if one and one.upper() != selector.upper()]
        if kept:
            return f"{text[: match.start('rules')]}{', '.join(kept)}{text[match.end('rules') :]}"
        others = re.split(r"\s(?=#\s)", text[match.end("rules") :], maxsplit=1)[1:]
        return " ".join((*filter(None, [text[: match.start()].rstrip()]), *others))
    return text


def _misplaced(verb: str, comment: Comment) -> str:
    if verb in ("disable", "enable") and not comment.alone:
        return f"`{verb}` stands alone on its line; at the end of a line write `ignore`"
    return ""


def _close(found: list[Suppression], row: int, column: int, codes: frozenset[str]) -> str:
    """End the range that an `enable` ends; what is wrong where there is none."""
    for at in reversed(range(len(found))):
        one = found[at]
        if one.column == column and one.codes == codes and one.span and one.span[0] == one.row < row <= one.span[1]:
            found[at] = replace(one, span=(one.row, row))
            return ""
    return "nothing is disabled here at this depth; remove the comment, or indent it as its `disable`"


def _unknown(verb: str, selector: str, choices: tuple[str, ...]) -> str:
    if not selector:
        return f"names no rule; write `# txlint: {verb}[RULE] reason`"
    return f"`{selector}` is no rule{did_you_mean(selector, choices)}"


def _span(verb: str, comment: Comment, column: int, spans: Sequence[Span], lines: Sequence[bytes]) -> Span | None:
    """What rows a comment means; None for the whole file."""
    if verb == "file-ignore":
        return None
    if verb == "disable":  # To the end of the block; an `enable` ends it earlier.
        outside = (first for first, _ in spans if first > comment.line and _depth(lines[first - 1]) < column - 1)
        return comment.line, next(outside, len(lines) + 1) - 1
    around = next((span for span in spans if span[0] <= comment.line <= span[1]), None)
    below = next((span for span in spans if span[0] > comment.line), None)
    return around or below or (comment.line, comment.line)


def _depth(line: bytes) -> int:
    return len(line) - len(line.lstrip())


def _logical_lines(source: bytes) -> Iterator[Span]:
    """First and last row of each statement, for a compound one of its head; decorators belong to what they decorate."""
    start, decorator = 0, False
    try:
        for token in tokenize.tokenize(io.BytesIO(source).readline):
            if token.type == tokenize.NEWLINE:
                if not decorator:
                    yield start, token.start[0]
                    start = 0
                decorator = False
            elif token.type not in _BLANK and not decorator:
                start = start or token.start[0]
                decorator = token.string == "@" and not token.line[: token.start[1]].strip()
    except (tokenize.TokenError, SyntaxError, LookupError, UnicodeError):
        # Newer syntax than the running Python's, or an editor's text in no encoding: comments there mean their line.
        return


_BLANK = frozenset({tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING, tokenize.ENDMARKER})


def statement(source: bytes, row: int) -> Span | None:
    """First and last row of the statement that a row belongs to; None where there is none, or it is not known."""
    return next((span for span in _logical_lines(source) if span[0] <= row <= span[1]), None)


def statement_around(source: bytes, row: int) -> Span:
    """First and last row of the statement that a row belongs to; the row alone where there is none."""
    return statement(source, row) or (row, row)
