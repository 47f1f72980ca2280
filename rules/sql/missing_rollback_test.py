"""TX708: a function keeps several steps together by a transaction, and no test sees it fail."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Severity, Violation, rule


@rule("TX708", severity=Severity.INFO, opt_in=True)
def missing_rollback_test(analysis: Analysis) -> Iterator[Violation]:
    for func, opened in analysis.trials.untried():
        name = analysis.name(func)
        yield Violation(
            analysis.place(func, opened.line, opened.text),
            name,
            f"no test sees `{name}` fail: whether its transaction undoes everything has not been tried",
            "make a later step of it fail in a test, and look that nothing of the earlier ones is left",
            name,
        )
