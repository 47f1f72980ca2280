"""TX302: something that cannot be taken back happens while a transaction is open."""

from __future__ import annotations

import re
from collections.abc import Iterator

from txlint.api import (
    SIDE_EFFECTS,
    Analysis,
    Confidence,
    Context,
    Effect,
    Severity,
    Site,
    Step,
    Violation,
    deferral,
    inside_too,
    named,
    rule,
)

_TEMPORARY = re.compile(r"te?mp(_|$|orary)|scratch|working_copy|extracted|download", re.IGNORECASE)


@rule("TX302", severity=Severity.WARNING)
def side_effect_in_transaction(analysis: Analysis) -> Iterator[Violation]:
    for site, effect in analysis.effects(*SIDE_EFFECTS):
        context = analysis.open_at(site)
        if context is None or analysis.queues.are_transactional(site) or analysis.signals.why(site.func):
            continue
        place, subject = analysis.location(site), analysis.written(site)
        yield Violation(
            place,
            analysis.name(site.func),
            f"`{subject}` ({effect.kind}) happens while a transaction is open and stays done if that is rolled back",
            analysis.queues.after_commit(site, context),
            subject,
            (*analysis.way(context), Step(place, f"`{subject}` cannot be taken back")),
            inside_too(analysis, site, context),
            confidence=_confidence(analysis, site, effect, context),
            fix=deferral(analysis, site, context),
        )


def _confidence(analysis: Analysis, site: Site, effect: Effect, context: Context) -> Confidence:
    """Low where a request has written nothing yet that could be rolled back, or names say that a file is a temporary one."""
    names = (*named(site.call), *(one.func.record.name for one in context.path()))
    temporary = effect.kind == "file-delete" and any(_TEMPORARY.search(one) for one in names)
    before = analysis.handling.before(site, context) if context.state.kind == "request" else None
    if temporary or (before is not None and not any(map(analysis.handling.writes, before))):
        return Confidence.LOW
    return analysis.confidence(context, effect)
