"""TX205: a row is committed and, when something goes wrong, deleted again by hand."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Step, Violation, rule


@rule("TX205")
def compensating_delete(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        for one in analysis.undoing.compensations(func):
            place, subject = analysis.location(one.delete), analysis.written(one.delete)
            steps = [Step(analysis.location(one.added), f"`{one.name}` comes from here")]
            steps.append(Step(analysis.location(one.committed.site), "and is committed here"))
            yield Violation(
                place,
                analysis.name(func),
                f"`{subject}` undoes by hand what has been committed: others have seen `{one.name}`, and a crash leaves it",
                "flush instead of committing, do what may fail, then commit once; an error then needs `rollback()` only",
                subject,
                (*steps, Step(place, f"on the way to the error, `{subject}` deletes it again")),
                confidence=Confidence.MEDIUM if one.committed.guessed else Confidence.HIGH,
            )
