"""TX602: an error is caught inside the transaction, and the half that was done is committed."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Severity, Step, Violation, kept_errors, rule


@rule("TX602", severity=Severity.WARNING, opt_in=True)
def swallowed_error_commits_partial(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        for found in kept_errors(analysis.project, analysis.handling, analysis.sessions.order, func):
            context = analysis.open_at(found.done)
            if context is None:
                continue
            place = analysis.place(func, found.handler.line, "except")
            done, later = analysis.written(found.done), analysis.written(found.later)
            yield Violation(
                place,
                analysis.name(func),
                f"an error of `{later}` ends here, inside the transaction: what `{done}` wrote before it is committed",
                f"let the error leave the transaction, or give what belongs together a savepoint (`{analysis.opener}`)",
                done,
                (
                    *analysis.way(context),
                    Step(analysis.location(found.done), "this is written"),
                    Step(analysis.location(found.later), "this fails"),
                    Step(place, "the error ends here, and the transaction goes on"),
                ),
                confidence=Confidence.MEDIUM,
            )
