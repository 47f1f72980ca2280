"""TX406: a row that another one holds is taken for a row that does not exist, and created again."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Step, Violation, rule


@rule("TX406")
def skip_locked_miss_treated_as_absent(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        for found in analysis.skipped_creates(func):
            if analysis.handling.catches_database_errors(found.created):
                continue
            place, subject = analysis.location(found.created), analysis.written(found.created)
            yield Violation(
                place,
                analysis.name(func),
                f"`{subject}` creates what was not found, but `{analysis.written(found.check)}` also passes over locked rows",
                "insert first and ignore a conflict, then lock; or look again without skipping before creating",
                subject,
                (
                    Step(analysis.location(found.check), "finds nothing where another one has the row locked"),
                    Step(place, "which is taken for a row that does not exist"),
                ),
            )
