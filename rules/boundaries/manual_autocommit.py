"""TX117: autocommit is switched off and not surely switched on again, or a transaction is opened in a way that is gone."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Severity, Step, Violation, left_off, removed_uses, rule


@rule("TX117", severity=Severity.WARNING)
def manual_autocommit(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        for site in left_off(analysis.project, func):
            place, subject = analysis.location(site), analysis.written(site)
            yield Violation(
                place,
                analysis.name(func),
                f"`{subject}(False)` stays in force after an error: the connection is used on without autocommit",
                f"use `{analysis.opener}`, or switch it on again in a `finally`",
                subject,
                (Step(place, "autocommit is switched off"),),
            )
        for line, text in removed_uses(analysis.project, func):
            place = analysis.place(func, line, text)
            yield Violation(
                place,
                analysis.name(func),
                f"`{text}` is gone from Django: it opens no transaction",
                f"use `{analysis.opener}`",
                text,
                (Step(place, "a name that only old releases have"),),
                confidence=Confidence.LOW,
            )
