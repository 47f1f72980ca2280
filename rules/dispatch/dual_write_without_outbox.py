"""TX315: a function changes another system and commits, and nothing brings the two together when one fails."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, DualWrites, Severity, Step, Violation, rule


@rule("TX315", severity=Severity.INFO, opt_in=True)
def dual_write_without_outbox(analysis: Analysis) -> Iterator[Violation]:
    dual = DualWrites(analysis.project, analysis.sessions)
    for func in analysis.functions():
        policy = analysis.retries.of(func)
        if policy is not None and policy.runs_again:
            continue  # the next run makes good what this one left
        for found in dual.of(func):
            place, subject = analysis.location(found.first), analysis.written(found.first)
            yield Violation(
                place,
                analysis.name(func),
                f"`{subject}` is done for good before `{analysis.written(found.second)}`: if that fails, the two disagree",
                "store the intent first (an outbox row), undo the first when the second fails, or compare the two regularly",
                subject,
                (Step(place, "this stays done"), Step(analysis.location(found.second), "this can still fail")),
            )
