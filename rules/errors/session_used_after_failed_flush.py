"""TX604: a failed flush or commit is caught, and the session is used on without a rollback."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, FailedFlush, Owner, Site, Step, Violation, rolled_back, rule


@rule("TX604")
def session_used_after_failed_flush(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        for found in analysis.failed_flushes.of(func):
            subject, place = analysis.written(found.site), analysis.place(func, found.handler.line, "except")
            yield Violation(
                place,
                analysis.name(func),
                f"the error of `{subject}` is caught without a rollback: {_consequence(found)}",
                f"call `{found.session}.rollback()` here, or put what may fail into `with {found.session}.begin_nested():`",
                subject,
                (
                    Step(analysis.location(found.site), f"`{subject}` can fail"),
                    Step(place, "the error ends here"),
                    *_used(analysis, found.used),
                ),
                confidence=_confidence(analysis, found),
                fix=rolled_back(func, found.handler, found.session, found.site.call.awaited),
            )


def _consequence(found: FailedFlush) -> str:
    if found.sends:
        return f"`{found.session}` cannot be used until there is one"
    return f"PostgreSQL refuses all that `{found.session}` sends until there is one"


def _confidence(analysis: Analysis, found: FailedFlush) -> Confidence:
    if not found.sends or _only_ends_query(analysis, found.site) or analysis.staging.is_once(found.site.func):
        return Confidence.LOW
    return Confidence.HIGH if found.named else Confidence.MEDIUM


def _only_ends_query(analysis: Analysis, site: Site) -> bool:
    """Whether a call is a commit that has nothing to store, so that it is the query that fails, which most sessions survive."""
    own = (one for one in analysis.sessions.endings(site.func) if one.site is site and one.kind == "commit")
    return any(analysis.staging.reads_only(one) for one in own)


def _used(analysis: Analysis, used: Site | Owner) -> tuple[Step, ...]:
    if isinstance(used, Owner):
        return analysis.traces.owner(used)
    return (Step(analysis.location(used), f"`{analysis.written(used)}` fails then, or works in a transaction that is lost"),)
