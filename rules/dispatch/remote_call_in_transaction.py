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
            confidence=Confidence.LOW if _is_meant(analysis, site, context) else analysis.confidence(context, effect),
        )


def _is_meant(analysis: Analysis, site: Site, context: Context) -> bool:
    """Whether hardly anybody waits for it: it holds nothing yet, or is a command, which runs when somebody has started it."""
    by_hand = context.entry is not None and context.entry.kind == "command"
    return by_hand or analysis.harmless.is_wait(site, context)
