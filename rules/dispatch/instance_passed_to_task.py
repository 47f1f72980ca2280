"""TX310: a row itself, or a queryset, is sent to a task."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Severity, Step, Violation, carried_rows, rule


@rule("TX310", severity=Severity.WARNING, opt_in=True)
def instance_passed_to_task(analysis: Analysis) -> Iterator[Violation]:
    for site in analysis.sites():
        for row in dict.fromkeys(carried_rows(analysis.project, site)):
            place, subject = analysis.location(site), analysis.written(site)
            yield Violation(
                place,
                analysis.name(site.func),
                f"`{row}` is sent to a task as it is: a worker gets an old copy of the row, or the message cannot be made",
                f"send its key (`{row}.pk`), and let the task read the row",
                f"{subject} {row}",
                (Step(place, f"`{row}` is a row of the database, or a queryset"),),
            )
