"""TX407: a row is locked, let go without a mark, and worked on afterwards."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Severity, Step, Violation, rule, unclaimed


@rule("TX407", severity=Severity.WARNING)
def lock_released_without_claim(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        for found in unclaimed(analysis.project, analysis.handling.writes, analysis.sessions.order, func):
            place, subject = analysis.location(found.locked), analysis.written(found.locked)
            yield Violation(
                place,
                analysis.name(func),
                f"the lock on `{found.name}` ends with the block, which marks nothing: others can take it before it is used",
                "write in the block, or mark the row there as taken",
                subject,
                (
                    Step(analysis.place(func, found.block.line, found.block.text), "the transaction that holds the lock"),
                    Step(place, "the row is locked"),
                    Step(analysis.location(found.used), "it is written to after the lock is gone"),
                ),
                confidence=Confidence.HIGH if analysis.belonging.writes(found.used) else Confidence.LOW,
            )
