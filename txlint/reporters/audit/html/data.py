"""What the script of the page reads: operations with their evidence, and the source that they stand in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import msgspec
from msgspec import Struct

from txlint.audit.coverage import Judged
from txlint.audit.explain import Account, account_of
from txlint.audit.gutter import Gutters
from txlint.findings import Finding, Step
from txlint.locations import Location
from txlint.reporters.audit.shown import Shown
from txlint.reporters.view import View, visible

_LIMIT = 1_900
"""Characters of source and evidence for each operation, of a thousand at least; the page says how much that leaves out."""
_STATES, _STEPS, _AROUND, _LINE = 6, 40, 2, 240
Place = tuple[int, int]
"""A file by its number, and the line."""


class OperationData(Struct, frozen=True):
    """One row of the table."""

    identity: str
    name: str
    category: str
    app: str
    group: str
    status: str
    reason: str
    why: str
    steps: int
    callers: int
    risk: int
    file: int
    row: int
    end: int
    unsound: tuple[str, ...]
    evidence: int
    """Its place in the evidence; -1 where that was left out."""


class EvidenceData(Struct, frozen=True):
    """What an operation rests on: titled lists of steps, and the gutter beside its source."""

    parts: list[tuple[str, list[tuple[int, int, str]]]]
    spans: list[tuple[int, int, str]]
    marks: list[tuple[int, str, str, str, int, int]]


@dataclass
class Sources:
    """The lines of the files that the page shows."""

    view: View
    numbers: dict[str, int] = field(default_factory=dict)
    rows: dict[str, set[int]] = field(default_factory=dict)
    size: int = 0

    def place(self, path: str, row: int) -> Place:
        """A place for the script; its line is shown, with some around it."""
        self.add(path, row - _AROUND, row + _AROUND)
        return self.number(path), row

    def number(self, path: str) -> int:
        """The number of a file."""
        return self.numbers.setdefault(path, len(self.numbers))

    def add(self, path: str, first: int, last: int) -> None:
        """Show these lines."""
        known = self.rows.setdefault(path, set())
        new = set(range(max(1, first), min(last, len(self.view.lines(path))) + 1)) - known
        self.size += sum(min(len(self.view.line(path, row)), _LINE) + 4 for row in new)
        known |= new

    def document(self) -> list[tuple[str, list[tuple[int, list[str]]]]]:
        """Each file with its pieces: the first row, and the lines."""
        return [(visible(self.view.filename(path)), list(self._pieces(path))) for path in self.numbers]

    def _pieces(self, path: str) -> Iterator[tuple[int, list[str]]]:
        piece: list[str] = []
        start = 0
        for row in sorted(self.rows.get(path, ())):
            if piece and row != start + len(piece):
                yield start, piece
                piece = []
            start = start if piece else row
            piece.append(self._line(path, row))
        if piece:
            yield start, piece

    def _line(self, path: str, row: int) -> str:
        text = visible(self.view.line(path, row).expandtabs(4).rstrip())
        return text if len(text) <= _LINE else f"{text[:_LINE]}…"


def encoded(shown: Shown) -> tuple[str, int]:
    """The data as JSON that may stand in a script element, and of how many operations the evidence was left out."""
    sources = Sources(shown.view)
    kept: dict[int, EvidenceData] = {}
    limit = _LIMIT * max(1_000, len(shown.audit.judged))
    size, gutters = 0, Gutters(shown.view.report.analysis, shown.audit)
    for number, one in _by_need(shown.audit.judged):
        evidence = _evidence(shown, one, gutters, sources)
        size += len(msgspec.json.encode(evidence))
        if size + sources.size > limit:
            break
        kept[number] = evidence
    place = {number: at for at, number in enumerate(sorted(kept))}
    data = {
        "operations": [_operation(one, sources, place.get(number, -1)) for number, one in enumerate(shown.audit.judged)],
        "evidence": [kept[number] for number in sorted(kept)],
        "findings": {one.key: [_step(sources, step) for step in _findings(one.findings)] for one in shown.suspects},
        "files": sources.document(),
    }
    text = msgspec.json.encode(data).decode()
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text, len(shown.audit.judged) - len(kept)


def _findings(found: Iterable[Finding]) -> Iterator[Step]:
    return (Step(one.location, f"{one.code} {one.message}") for one in found)


def _by_need(judged: Sequence[Judged]) -> list[tuple[int, Judged]]:
    """Those that want something done first, then the unknown ones; what is exempt last."""
    order = ("uncovered", "partial", "mixed", "covered!", "unknown", "covered", "exempt")
    return sorted(enumerate(judged), key=lambda one: (order.index(one[1].group), -one[1].verdict.steps, one[0]))


def _operation(one: Judged, sources: Sources, evidence: int) -> OperationData:
    record = one.operation.func.record
    return OperationData(
        identity=visible(one.operation.identity),
        name=visible(one.name),
        category=one.operation.category.value,
        app=visible(one.app),
        group=one.group,
        status=one.verdict.status.value,
        reason=visible(one.verdict.reason),
        why=visible(one.operation.why),
        steps=one.verdict.steps,
        callers=one.callers,
        risk=one.risk,
        file=sources.number(one.location.path),
        row=one.location.row,
        end=record.end_line,
        unsound=one.unsound,
        evidence=evidence,
    )


def _evidence(shown: Shown, one: Judged, gutters: Gutters, sources: Sources) -> EvidenceData:
    analysis = shown.view.report.analysis
    found, gutter = account_of(analysis, one, shown.view.report.findings), gutters.of(one)
    record = one.operation.func.record
    sources.add(one.location.path, min(span.first for span in gutter.spans), record.end_line)
    parts = [(title, [_step(sources, step) for step in steps[:_STEPS]]) for title, steps in _parts(found)]
    spans = [(span.first, span.last, span.state) for span in gutter.spans]
    marks = [(mark.row, mark.kind, mark.state, visible(mark.text), mark.first_step, mark.last_step) for mark in gutter.marks]
    return EvidenceData([part for part in parts if part[1]], spans, marks)


def _parts(found: Account) -> Iterator[tuple[str, tuple[Step, ...]]]:
    for state in found.states[:_STATES]:
        about = "Transaction " if state.message.startswith(("open", "none", "unknown")) else ""
        yield visible(about + state.message), state.way
    yield "Commits separately", found.units
    yield "Evidence", found.judged.verdict.evidence
    yield "Open findings", found.findings


def _step(sources: Sources, step: Step) -> tuple[int, int, str]:
    where: Location = step.location
    return (*sources.place(where.path, where.row), visible(step.message))
