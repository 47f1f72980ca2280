"""TX309: a task or a message is sent from a model's signal receiver, `save` or `delete`."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import SIDE_EFFECTS, Analysis, Confidence, Severity, Step, Violation, rule


@rule("TX309", severity=Severity.WARNING)
def dispatch_in_signal_handler(analysis: Analysis) -> Iterator[Violation]:
    for site, effect in analysis.effects("enqueue", *SIDE_EFFECTS):
        why = analysis.signals.why(site.func)
        if why is None or analysis.is_transactional(site) or analysis.runs_aside(site):
            continue
        context = analysis.open_at(site)
        place, subject = analysis.location(site), analysis.written(site)
        here = Step(place, f"`{subject}` is sent at once, not after the commit")
        known = "with an open transaction below" if context else "which may run in any caller's transaction"
        yield Violation(
            place,
            analysis.name(site.func),
            f"`{subject}` in a {why}, {known}: it goes out before the commit, and also when the transaction is rolled back",
            analysis.deferral(site, context),
            subject,
            (*(analysis.way(context) if context else analysis.origin_of(site)), here),
            severity=Severity.ERROR if context and effect.kind == "enqueue" else None,
            confidence=analysis.confidence(context, effect) if context else Confidence.MEDIUM,
        )
