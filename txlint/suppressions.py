"""Comments that allow what a rule finds.

`# txlint: ignore[TX301, dispatch-in-transaction] reason` at the end of a line means the statement there, alone on a line
the statement below it; `# txlint: file-ignore[...] reason` means the file. `# noqa: TX301` is an `ignore` without reason.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from txlint.errors import did_you_mean
from txlint.facts.markers import MARKERS, REQUIRES, markers
from txlint.facts.records import Comment, ModuleFacts

UNUSED = "TX001"
"""The rule under whose code suppressions are reported that suppress nothing."""
IGNORED = "ignore comment"
"""What the reason of every suppressed finding starts with."""

_DIRECTIVE = re.compile(r"#\s*txlint:\s*(?P<verb>[\w-]*)\s*(?:\[(?P<rules>[^\]]*)\])?(?P<reason>.*)")
_NOQA = re.compile(r"#\s*noqa:\s*(?P<rules>[A-Z]+[0-9]+(?:[\s,]+[A-Z]+[0-9]+)*+)", re.IGNORECASE)
_VERBS = ("ignore", "file-ignore")

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

    def covers(self, code: str, path: str, row: int) -> bool:
        """Whether a finding of this rule at this place is allowed."""
        return code in self.codes and path == self.path and (self.span is None or self.span[0] <= row <= self.span[1])

    def because(self) -> str:
        """The reason that a suppressed finding carries."""
        return f"{IGNORED}: {self.reason}" if self.reason else IGNORED


def read(
    path: str, source: bytes, comments: Sequence[Comment], resolve: Resolve, known: Iterable[str]
) -> tuple[Suppression, ...]:
    """The suppressions in the comments of a file; `resolve` gives the codes meant by a selector, `known` all selectors."""
    written = [(comment, *found) for comment in comments for found in _directives(comment.text) if found[1]]
    if not written:
        return ()
    lines, spans, choices = source.splitlines(), tuple(_logical_lines(source)), (*known,)
    found = []
    for comment, verb, rules, reason in written:
        column = max(lines[comment.line - 1].find(b"#"), 0) + 1 if comment.line <= len(lines) else 1
        span = None if verb == "file-ignore" else _span(comment, spans)
        problem = "" if verb in _VERBS else f"`{verb}` is no txlint comment{did_you_mean(verb, (*_VERBS, *MARKERS))}"
        for selector in rules:
            codes = frozenset() if problem else resolve(selector)
            trouble = problem or ("" if codes else _unknown(verb, selector, choices))
            found.append(Suppression(path, comment.line, column, selector, codes, span, reason, trouble))
    return tuple(found)


def marked(path: str, source: bytes, module: ModuleFacts, meant: Callable[[str], frozenset[str]]) -> Iterator[Suppression]:
    """What the markers of a file allow; `meant` gives the codes that a marker speaks about."""
    lines = source.splitlines() if module.comments else []
    for one in markers(module):
        if one.word == REQUIRES and one.last:
            continue  # allows nothing: a rule reads it
        problem = "" if one.reason or one.word == REQUIRES else f"say why: `# txlint: {one.word} REASON`"
        problem = problem if one.last else f"`{one.word}` stands in no function or loop"
        codes = frozenset() if problem else meant(one.word)
        column = max(lines[one.line - 1].find(b"#"), 0) + 1 if one.line <= len(lines) else 1
        yield Suppression(path, one.line, column, one.word, codes, (one.first, one.last), f"{one.word}: {one.reason}", problem)


def _directives(text: str) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Verb, selectors and reason of what a comment says to txlint."""
    if match := _DIRECTIVE.search(text):
        if match["verb"] in MARKERS:
            return
        selectors = tuple(part for part in re.split(r"[\s,]+", match["rules"] or "") if part)
        yield match["verb"], selectors or ("",), _reason(match["reason"])
    elif match := _NOQA.search(text):
        codes = re.split(r"[\s,]+", match["rules"].upper())
        yield "ignore", tuple(code for code in codes if code.startswith("TX")), ""


def _reason(text: str) -> str:
    """The reason ends where another comment for another tool begins."""
    return re.split(r"\s#\s", text, maxsplit=1)[0].strip()


def _unknown(verb: str, selector: str, choices: tuple[str, ...]) -> str:
    if not selector:
        return f"names no rule; write `# txlint: {verb}[RULE] reason`"
    return f"`{selector}` is no rule{did_you_mean(selector, choices)}"


def _span(comment: Comment, spans: Sequence[Span]) -> Span:
    """The statement around the comment, or below it if it stands between statements."""
    around = next((span for span in spans if span[0] <= comment.line <= span[1]), None)
    below = next((span for span in spans if span[0] > comment.line), None)
    return around or below or (comment.line, comment.line)


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
    except (tokenize.TokenError, SyntaxError):  # Newer syntax than the running Python's: comments there mean their line.
        return


_BLANK = frozenset({tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING, tokenize.ENDMARKER})


def statement_around(source: bytes, row: int) -> Span:
    """First and last row of the statement that a row belongs to; the row alone where there is none."""
    return next((span for span in _logical_lines(source) if span[0] <= row <= span[1]), (row, row))
