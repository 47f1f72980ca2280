"""TX121: a row is stored for good, and then the function raises an error that says it was refused."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Severity, Step, Violation, refusals, rule


@rule("TX121", severity=Severity.WARNING, opt_in=True)
def raise_after_unprotected_write(analysis: Analysis) -> Iterator[Violation]:
    reported = {operation.func for operation in analysis.operations}
    for func in analysis.functions():
        for found in refusals(analysis.project, analysis.contexts, analysis.sessions, func) if func not in reported else ():
            place, subject = analysis.location(found.stored), analysis.written(found.stored)
            refused = analysis.place(func, found.line, "raise")
            yield Violation(
                place,
                analysis.name(func),
                f"`{subject}` has stored a row for good when line {found.line} refuses: the caller sees an error",
                f"check first, then write; or put both into one transaction (`{analysis.opener}`)",
                subject,
                (*analysis.way(found.context), Step(place, "committed here"), Step(refused, "refused here")),
                confidence=Confidence.MEDIUM,
            )
