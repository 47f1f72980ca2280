"""TX302: something that cannot be taken back happens while a transaction is open."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import (
    SIDE_EFFECTS,
    Analysis,
    Confidence,
    Severity,
    Site,
    Step,
    Violation,
    deferral,
    inside_too,
    rule,
)


@rule("TX302", severity=Severity.WARNING)
def side_effect_in_transaction(analysis: Analysis) -> Iterator[Violation]:
    for site, effect in analysis.effects(*SIDE_EFFECTS):
        context = analysis.open_at(site)
        if context is None or analysis.queues.are_transactional(site) or analysis.signals.why(site.func):
            continue
        place, subject = analysis.location(site), analysis.written(site)
        once = analysis.staging.is_of_sample(context) or (effect.kind == "external-call" and _is_by_hand(analysis, site))
        harmless = once or analysis.harmless.is_effect(site, effect, context)
        yield Violation(
            place,
            analysis.name(site.func),
            f"`{subject}` ({effect.kind}) happens while a transaction is open and stays done if that is rolled back",
            analysis.queues.after_commit(site, context),
            subject,
            (*analysis.way(context), Step(place, f"`{subject}` cannot be taken back")),
            inside_too(analysis, site, context),
            confidence=Confidence.LOW if harmless else analysis.confidence(context, effect),
            fix=deferral(analysis, site, context),
        )


def _is_by_hand(analysis: Analysis, site: Site) -> bool:
    """Whether only commands are known to make a call in a transaction: whoever has started one sees that it failed."""
    ways = [one.entry for one in analysis.contexts.at(site) if one.state.status == "open"]
    return all(one is not None and one.kind == "command" for one in ways)
