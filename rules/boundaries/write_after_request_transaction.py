"""TX119: a middleware writes outside of the transaction that the settings open for every request."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Severity, Step, Violation, rule


@rule("TX119", severity=Severity.INFO, opt_in=True)
def write_after_request_transaction(analysis: Analysis) -> Iterator[Violation]:
    decision = analysis.contexts.requests_decision()
    if decision is None or not decision.atomic:
        return
    for func in analysis.functions():
        entry = next((one for one in analysis.entries(func) if one.kind == "middleware"), None)
        bare = [site for site in analysis.calls(func) if not any(one.family == "django" for one in site.opened)]
        site = next((site for site in bare if analysis.handling.writes(site)), None) if entry is not None else None
        if entry is None or site is None:
            continue
        place, subject = analysis.location(site), analysis.written(site)
        settings = (
            (
                Step(
                    analysis.traces.places.of(decision.path, decision.line),
                    "the settings run every view in a transaction (ATOMIC_REQUESTS)",
                ),
            )
            if decision.path
            else ()
        )
        yield Violation(
            place,
            analysis.name(func),
            f"`{subject}` is outside of the request's transaction: it stays when the view is rolled back",
            f"write in the view, or open a transaction here if there are several steps (`{analysis.opener}`)",
            subject,
            (*settings, Step(place, f"{entry.why} runs around the view, not in its transaction")),
        )
