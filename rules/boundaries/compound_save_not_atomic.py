"""TX106: a save that looks like one step is several statements, and no transaction is open around it."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Severity, Step, Violation, compound_saves, rule, whole


@rule("TX106", severity=Severity.WARNING)
def compound_save_not_atomic(analysis: Analysis) -> Iterator[Violation]:
    for found in compound_saves(analysis.project, analysis.contexts, analysis.operations):
        if not analysis.is_program(found.site.func):
            continue
        place, subject = analysis.location(found.site), analysis.written(found.site)
        yield Violation(
            place,
            analysis.name(found.site.func),
            f"`{subject}` writes {found.parts}, each in a transaction of its own: a failure in between leaves the first alone",
            f"put the call into a transaction (`{analysis.opener}`)",
            subject,
            (*analysis.way(found.context), Step(place, f"`{subject}` writes {found.parts}")),
            confidence=Confidence.LOW if analysis.belonging.is_sent_row_by_row(found.site) else Confidence.HIGH,
            fix=whole(analysis, found),
        )
