"""TX705: a migration without a transaction runs a function that writes in several steps."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Severity, Step, Violation, rule


@rule("TX705", severity=Severity.WARNING)
def non_atomic_data_migration(analysis: Analysis) -> Iterator[Violation]:
    for one in analysis.revisions.unprotected():
        name = analysis.name(one.func)
        steps = tuple(Step(analysis.location(step.site), f"`{analysis.written(step.site)}` writes") for step in one.steps)
        yield Violation(
            steps[0].location,
            name,
            f"`{name}` writes in several steps, and its migration runs in no transaction: a failure leaves it half done",
            f"`RunPython({name}, atomic=True)`, or a migration of its own without `atomic = False`",
            name,
            (Step(analysis.place(one.cls.parent, one.cls.record.line), "the migration sets `atomic = False`"), *steps),
            confidence=Confidence.MEDIUM,
        )
