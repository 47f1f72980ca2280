"""TX410: two functions lock rows of the same two models in opposite order."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Severity, Step, Violation, crossed_locks, rule


@rule("TX410", severity=Severity.WARNING)
def inconsistent_lock_order(analysis: Analysis) -> Iterator[Violation]:
    for found in crossed_locks(analysis.project, analysis.sessions.order, analysis.functions()):
        (first, second), (other_first, other_second) = found.here, found.there
        place, subject = analysis.location(second), analysis.written(second)
        here, there = (" then ".join(f"`{one}`" for one in order) for order in (found.models, found.models[::-1]))
        yield Violation(
            place,
            analysis.name(second.func),
            f"locks {here}, while `{analysis.name(other_second.func)}` locks {there}: the two can wait for each other",
            "lock them in the same order everywhere",
            subject,
            (
                Step(analysis.location(first), "first here"),
                Step(place, "then here"),
                Step(analysis.location(other_first), f"`{analysis.name(other_first.func)}`: first here"),
                Step(analysis.location(other_second), "then here"),
            ),
        )
