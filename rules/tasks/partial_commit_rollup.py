"""TX507: work that is committed in pieces, each of which can be repeated: most likely on purpose, but nowhere said."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Severity, Step, Violation, rule


@rule("TX507", severity=Severity.INFO, markers=("partial-commit",))
def partial_commit_rollup(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        found = analysis.rollups.of(func)
        if found is None:
            continue
        name = analysis.name(func)
        pieces = (
            Step(analysis.location(one.site), f"`{analysis.written(one.site)}` commits an upsert") for one in found.pieces
        )
        yield Violation(
            analysis.place(func, func.record.line, func.record.name),
            name,
            f"`{name}` is done in {len(found.pieces)} pieces that are committed one by one; each of them can be repeated",
            "say that this is meant, and see to it that a run which fails is started again",
            name,
            tuple(pieces),
            confidence=Confidence.MEDIUM if any(analysis.undoing.rollbacks(func)) else Confidence.LOW,
        )
