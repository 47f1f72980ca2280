"""TX122: a name of the transaction API that is deprecated."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Severity, Step, Violation, rule


@rule("TX122", severity=Severity.INFO, opt_in=True)
def deprecated_transaction_api(analysis: Analysis) -> Iterator[Violation]:
    for site, effect in analysis.effects("deprecated"):
        place, subject = analysis.location(site), analysis.written(site)
        yield Violation(
            place,
            analysis.name(site.func),
            f"`{subject}` is deprecated",
            f"use `{effect.entry.instead}`",
            subject,
            (Step(place, f"`{effect.entry.instead}` has taken its place"),),
        )
