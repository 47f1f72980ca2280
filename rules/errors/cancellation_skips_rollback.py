"""TX611: a rollback by hand that a cancelled coroutine passes by."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Severity, Step, Violation, cancelled_past, rule


@rule("TX611", severity=Severity.INFO, opt_in=True)
def cancellation_skips_rollback(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        for ending, handler in cancelled_past(analysis.sessions.endings(func), func):
            place, subject = analysis.location(ending.site), analysis.written(ending.site)
            yield Violation(
                place,
                analysis.name(func),
                f"`{subject}` is skipped when the coroutine is cancelled: that is no `Exception`",
                "enter the session by `async with`, or roll back in a `finally`",
                subject,
                (Step(analysis.place(func, handler.line, "except"), "a cancellation is not caught here"),),
            )
