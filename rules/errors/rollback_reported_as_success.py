"""TX605: a transaction is rolled back, and the caller is told that it was done."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Severity, Step, Violation, hidden_rollbacks, rule


@rule("TX605", severity=Severity.INFO, opt_in=True)
def rollback_reported_as_success(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        for found in hidden_rollbacks(analysis.project, analysis.handling, func):
            place = analysis.place(func, found.handler.line, "except")
            yield Violation(
                place,
                analysis.name(func),
                f"an error that rolls back `{found.block.text}` is only logged: line {found.line} answers as after success",
                "answer with an error, or raise",
                found.block.text,
                (
                    Step(analysis.place(func, found.block.line, found.block.text), "this is rolled back"),
                    Step(place, "the error ends here"),
                    Step(analysis.place(func, found.line, "return"), "this is returned in both cases"),
                ),
            )
