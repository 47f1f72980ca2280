"""TX409: a lock on a server has no time to live."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Severity, Step, Violation, rule


@rule("TX409", severity=Severity.WARNING)
def lock_without_timeout(analysis: Analysis) -> Iterator[Violation]:
    for site, _ in analysis.effects("endless-lock"):
        place, subject = analysis.location(site), analysis.written(site)
        yield Violation(
            place,
            analysis.name(site.func),
            f"`{subject}` makes a lock without a time to live: when its holder dies, it stays locked for ever",
            "give it a time to live that is longer than the work (`timeout=`)",
            subject,
            (Step(place, "no limit is given"),),
        )
