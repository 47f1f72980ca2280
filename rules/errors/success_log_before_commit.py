"""TX609: a success is logged before the commit that it is about."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Severity, Step, Violation, logged_success, rule


@rule("TX609", severity=Severity.INFO, opt_in=True)
def success_log_before_commit(analysis: Analysis) -> Iterator[Violation]:
    for site, _ in analysis.effects("log"):
        context = analysis.open_at(site) if logged_success(site) else None
        if context is None or site.handlers:
            continue
        order = analysis.sessions.order(site.func)
        write = next(
            (one for one in analysis.calls(site.func) if site in order.following(one) and analysis.handling.writes(one)), None
        )
        if write is None:
            continue
        place, subject = analysis.location(site), analysis.written(site)
        yield Violation(
            place,
            analysis.name(site.func),
            f"`{subject}` reports a success that is not committed yet, and may never be",
            analysis.queues.after_commit(site, context),
            subject,
            (*analysis.way(context), Step(analysis.location(write), "this is written"), Step(place, "this is logged at once")),
        )
