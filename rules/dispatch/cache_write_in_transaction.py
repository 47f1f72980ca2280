"""TX312: entries are taken out of the cache while the transaction that they are about is still open."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Severity, Step, Violation, rule


@rule("TX312", severity=Severity.INFO)
def cache_write_in_transaction(analysis: Analysis) -> Iterator[Violation]:
    for site, effect in analysis.effects("cache-delete"):
        context = analysis.open_at(site)
        if context is None or analysis.queues.are_transactional(site):
            continue
        place, subject = analysis.location(site), analysis.written(site)
        yield Violation(
            place,
            analysis.name(site.func),
            f"`{subject}` empties the cache before the commit: until then others fill it with the old rows again",
            analysis.queues.after_commit(site, context),
            subject,
            (*analysis.way(context), Step(place, f"`{subject}` takes effect for everybody at once")),
            confidence=analysis.confidence(context, effect),
        )
