"""TX301: a task is sent while the transaction that it is about is still open."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from txlint.api import (
    Analysis,
    Confidence,
    Context,
    Effect,
    Owner,
    Severity,
    Site,
    Step,
    Violation,
    deferral,
    inside_too,
    rule,
)


@rule("TX301")
def dispatch_in_transaction(analysis: Analysis) -> Iterator[Violation]:
    for site, effect in analysis.effects("enqueue"):
        if analysis.queues.are_transactional(site) or analysis.signals.why(site.func):
            continue
        context = analysis.open_at(site)
        place, subject = analysis.location(site), analysis.written(site)
        if context is None:
            if owner := analysis.pieces.sent_before(site):
                yield _before_commit(analysis, site, owner)
            elif request := analysis.early_sends.request(site):
                yield _in_request(analysis, site, request)
            elif not analysis.contexts.runs_aside(site) and (saved := analysis.early_sends.saved_after(site)):
                yield _before_save(analysis, site, saved)
            continue
        yield Violation(
            place,
            analysis.name(site.func),
            f"`{subject}` sends a task while a transaction is open: a worker can start before the commit, or after a rollback",
            analysis.queues.after_commit(site, context),
            subject,
            (*analysis.way(context), Step(place, f"`{subject}` sends the task before the commit")),
            inside_too(analysis, site, context),
            confidence=Confidence.LOW if _is_weak(analysis, site, effect, context) else Confidence.HIGH,
            fix=deferral(analysis, site, context),
        )


def _is_weak(analysis: Analysis, site: Site, effect: Effect, context: Context) -> bool:
    """Whether the commit is long past, no write is known that the task may be about, it only logs, or the way is unsure."""
    postponed = any(one.kind == "postponed-enqueue" for one in site.effects)
    if postponed or analysis.harmless.only_logs((site,)):
        return True
    return analysis.confidence(context, effect) is not Confidence.HIGH or not analysis.harmless.is_written_around(site, context)


def _in_request(analysis: Analysis, site: Site, request: Context) -> Violation:
    place, subject = analysis.location(site), analysis.written(site)
    return Violation(
        place,
        analysis.name(site.func),
        f"`{subject}` sends a task in the request's transaction: it may start before what the request writes is committed",
        analysis.queues.after_commit(site, request),
        subject,
        (*analysis.way(request), Step(place, f"`{subject}` sends the task; no write is known on the way here")),
        severity=Severity.INFO,
        confidence=Confidence.LOW,
        fix=deferral(analysis, site, request),
    )


def _before_save(analysis: Analysis, site: Site, saved: Site) -> Violation:
    place, subject = analysis.location(site), analysis.written(site)
    return Violation(
        place,
        analysis.name(site.func),
        f"`{subject}` sends a task before `{analysis.written(saved)}` saves its row: a worker can read the row as it was",
        "save the row first, then send the task",
        subject,
        (
            *analysis.origin_of(site),
            Step(place, f"`{subject}` sends the task"),
            Step(analysis.location(saved), f"`{analysis.written(saved)}` saves the row"),
        ),
        confidence=Confidence.LOW,
    )


def _before_commit(analysis: Analysis, site: Site, owner: Owner) -> Violation:
    place, subject = analysis.location(site), analysis.written(site)
    return Violation(
        place,
        analysis.name(site.func),
        f"`{subject}` sends a task before the session is committed: a worker can look for rows that are not there yet",
        "commit first, then send the task",
        subject,
        (Step(place, f"`{subject}` sends the task"), *analysis.traces.owner(owner)),
        related=tuple(
            Step(analysis.location(one), f"`{analysis.name(one.func)}` leads here before its commit too")
            for one in islice(analysis.pieces.also_before(site, owner), 20)
        ),
        confidence=Confidence.HIGH if _is_about_rows(analysis, site, owner) else Confidence.LOW,
    )


def _is_about_rows(analysis: Analysis, site: Site, owner: Owner) -> bool:
    """Whether something is known to wait for the commit that the task may look for."""
    if analysis.staging.is_once(owner.func):
        return False
    if not owner.pending or analysis.staging.only_notes(owner) or not analysis.pieces.needs_rows(site):
        return False
    return analysis.dependence.names_new_row(site)
