"""TX510: a session or connection is handed to a task that runs somewhere else."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Step, Violation, rule


@rule("TX510")
def session_passed_to_task(analysis: Analysis) -> Iterator[Violation]:
    for one in analysis.crossings():
        place, subject = analysis.location(one.site), analysis.written(one.site)
        yield Violation(
            place,
            analysis.name(one.site.func),
            f"`{subject}` hands `{one.session}` to a task: a session belongs to one thread of one process and cannot go along",
            "hand over the keys of the rows, and make a session in the task",
            subject,
            (Step(place, f"`{one.session}` is handed over here"),),
        )
