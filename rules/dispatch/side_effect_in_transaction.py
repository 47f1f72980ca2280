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
            confidence=Confidence.LOW if _is_temporary(site, effect, context) else analysis.confidence(context, effect),
            fix=deferral(analysis, site, context),
        )


def _is_temporary(site: Site, effect: Effect, context: Context) -> bool:
    """Whether the names say that a deleted file is a temporary one."""
    if effect.kind != "file-delete":
        return False
    names = (*named(site.call), *(one.func.record.name for one in context.backwards()))
    return any(_TEMPORARY.search(one) for one in names)
