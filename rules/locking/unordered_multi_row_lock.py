"""TX412: several rows are locked in whatever order the database finds them."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Severity, Step, Violation, rule, unordered


@rule("TX412", severity=Severity.INFO, opt_in=True)
def unordered_multi_row_lock(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        for site in unordered(analysis.project, func):
            place, subject = analysis.location(site), analysis.written(site)
            yield Violation(
                place,
                analysis.name(func),
                f"`{subject}` locks several rows in no particular order: two of these can wait for each other",
                "sort them, by the primary key: `.order_by('pk')`",
                subject,
                (Step(place, "the rows are locked in the order in which they are found"),),
            )
