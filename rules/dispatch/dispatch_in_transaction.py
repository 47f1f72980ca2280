"""TX301: a task is sent while the transaction that it is about is still open."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Step, Violation, rule


@rule("TX301")
def dispatch_in_transaction(analysis: Analysis) -> Iterator[Violation]:
    for site, effect in analysis.effects("enqueue"):
        context = analysis.open_at(site)
        if context is None or analysis.is_transactional(site) or analysis.signals.why(site.func):
            continue
        place, subject = analysis.location(site), analysis.written(site)
        yield Violation(
            place,
            analysis.name(site.func),
            f"`{subject}` sends a task while a transaction is open: a worker can start before the commit, or after a rollback",
            analysis.deferral(context),
            subject,
            (*analysis.way(context), Step(place, f"`{subject}` sends the task before the commit")),
            confidence=analysis.confidence(context, effect),
        )
