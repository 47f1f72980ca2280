"""TX303: waiting for something slow while a transaction is open."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Context, Severity, Site, Step, Violation, rule


@rule("TX303", severity=Severity.WARNING)
def remote_call_in_transaction(analysis: Analysis) -> Iterator[Violation]:
    for site, effect in analysis.effects("remote-read", "sleep"):
        context = analysis.open_at(site)
        if context is None:
            continue
        place, subject = analysis.location(site), analysis.written(site)
        yield Violation(
            place,
            analysis.name(site.func),
            f"`{subject}` waits while a transaction is open: its locks and its connection are held all the while",
            "do it before the transaction begins, and write with what it gave",
            subject,
            (*analysis.way(context), Step(place, f"`{subject}` is waited for here")),
            confidence=analysis.confidence(context, effect) if _holds_locks(analysis, site, context) else Confidence.LOW,
        )


def _holds_locks(analysis: Analysis, site: Site, context: Context) -> bool:
    """Whether the transaction can have written or locked something by then; a request's begins before anybody wants it."""
    if context.state.kind != "request":
        return True
    before = analysis.handling.before(site, context)
    return any(analysis.handling.writes(one) or any(effect.kind == "row-lock" for effect in one.effects) for one in before)
