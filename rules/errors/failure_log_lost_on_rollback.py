"""TX603: the row that is to tell about a failure is written in the transaction that the failure rolls back."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Context, Effect, Site, Step, Violation, rule


@rule("TX603")
def failure_log_lost_on_rollback(analysis: Analysis) -> Iterator[Violation]:
    seen: set[int] = set()
    for site in analysis.sites():
        context = analysis.open_at(site) if site.handlers else None
        writer = analysis.handling.lost(site, context) if context is not None else None
        if writer is None or context is None or id(writer) in seen:
            continue
        effect = next(one for one in writer.effects if one.kind == "database-write")
        if not effect.entry.removes and effect.alias == context.state.alias:
            seen.add(id(writer))
            at = writer if writer is site or analysis.handling.is_for_failures(writer.func) else site
            yield _violation(analysis, site, at, context, effect)


def _violation(analysis: Analysis, site: Site, at: Site, context: Context, effect: Effect) -> Violation:
    place, subject = analysis.location(at), analysis.written(at)
    handler = site.handlers[-1]
    steps = [Step(analysis.place(site.func, handler.line, "except"), "this handler raises in the end, which rolls back")]
    if at is not site:
        steps.append(Step(analysis.location(site), f"before that it calls `{analysis.written(site)}`"))
    return Violation(
        place,
        analysis.name(at.func),
        f"`{subject}` writes in an error handler that then raises: the open transaction is rolled back, and this row with it",
        "write it after the transaction has ended (an `except` around the block), or to a log or another database",
        subject,
        (*analysis.way(context), *steps, Step(place, f"what `{subject}` writes is lost")),
        confidence=analysis.confidence(context, effect) if analysis.belonging.adds(site) else Confidence.LOW,
    )
