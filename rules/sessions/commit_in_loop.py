"""TX210: a loop commits in every round."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Severity, Step, Violation, rule


@rule("TX210", severity=Severity.INFO, markers=("partial-progress",))
def commit_in_loop(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        for one in analysis.loop_commits.of(func):
            place, subject = analysis.location(one.site), analysis.written(one.site)
            steps = [
                Step(analysis.place(func, one.loop.line), "for each item of this loop,"),
                Step(place, f"`{subject}` commits"),
            ]
            if one.committed.site is not one.site:
                steps.append(Step(analysis.location(one.committed.site), f"there, `{one.committed.session}` is committed"))
            yield Violation(
                place,
                analysis.name(func),
                f"`{subject}` commits in every round of the loop: a failure in a later round leaves the earlier ones done",
                "flush in the loop and commit once after it; for progress on purpose, handle the error of each item or say so",
                subject,
                tuple(steps),
                confidence=Confidence.LOW,
            )
