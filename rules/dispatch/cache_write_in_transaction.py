"""TX312: entries are taken out of the cache while the transaction that they are about is still open."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Leading, Severity, Site, Violation, deferrals, downward, leading_here, rule

_EMPTIES = frozenset({"cache-delete"})


@rule("TX312", severity=Severity.INFO, opt_in=True)
def cache_write_in_transaction(analysis: Analysis) -> Iterator[Violation]:
    for site, _ in analysis.effects(*_EMPTIES):
        if analysis.open_at(site) or analysis.signals.why(site.func):
            yield from _emptied(analysis, site, Leading((), (site,)))
    for site, way in analysis.signals.leading(_EMPTIES, analysis.contexts.asking):
        yield from _emptied(analysis, site, way)


def _emptied(analysis: Analysis, site: Site, way: Leading) -> Iterator[Violation]:
    path = way.path
    if analysis.queues.are_transactional(site) or analysis.contexts.runs_aside(site):
        return
    context, why = analysis.open_at(site), analysis.signals.why(site.func)
    if context is None and why is None:
        return
    place, subject = analysis.location(site), analysis.written(site)
    where = "" if context else f" in a {why}, which may run in any caller's transaction, and so possibly"
    leads = f", which leads to `{analysis.written(path[-1])}`," if path else ""
    yield Violation(
        place,
        analysis.name(site.func),
        f"`{subject}`{leads} empties the cache{where} before the commit: until then others fill it with the old rows again",
        analysis.queues.after_commit(site, context),
        subject,
        (
            *(analysis.way(context) if context else analysis.origin_of(site)),
            *downward(analysis, site, path, "takes effect for everybody at once"),
        ),
        leading_here(analysis, site),
        confidence=analysis.confidence(context) if context else Confidence.LOW,
        fix=deferrals(analysis, way.ends, context),
    )
