"""TX309: a task or a message is sent from a model's signal receiver, `save` or `delete`."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import (
    SIDE_EFFECTS,
    Analysis,
    Confidence,
    Context,
    Leading,
    Severity,
    Site,
    Step,
    Violation,
    deferrals,
    downward,
    inside_too,
    leading_here,
    rule,
    written_before,
)

_SENDING = frozenset(("enqueue", "thread", *SIDE_EFFECTS))


@rule("TX309", severity=Severity.WARNING)
def dispatch_in_signal_handler(analysis: Analysis) -> Iterator[Violation]:
    for site, _ in analysis.effects(*_SENDING):
        if analysis.signals.why(site.func) or (analysis.signals.heard(site.func) and _in_thread(site)):
            yield from _sent(analysis, site, Leading((), (site,)))
    for site, way in analysis.signals.leading(_SENDING, analysis.contexts.asking):
        yield from _sent(analysis, site, way)
    for site, _ in analysis.effects("enqueue"):
        if analysis.signals.why(site.func) is None and analysis.open_at(site) is None:
            yield from _fresh(analysis, site)


def _fresh(analysis: Analysis, site: Site) -> Iterator[Violation]:
    """A model's other methods cannot know who calls them either; that nobody does it inside a transaction may well be meant."""
    func = site.func
    if func.cls is None or not analysis.project.is_model(func.cls) or not analysis.is_program(func):
        return
    found = written_before(analysis.project, site, analysis.sessions.before(site))
    if found is None or analysis.queues.are_transactional(site) or analysis.contexts.runs_aside(site):
        return
    (write, row), place, subject = found, analysis.location(site), analysis.written(site)
    yield Violation(
        place,
        analysis.name(func),
        f"`{subject}` is about `{row}`, which this method of model `{func.cls.record.name}` has just written: "
        "no transaction is known around it, but a caller that opens one commits later",
        analysis.queues.after_commit(site, None),
        subject,
        (Step(analysis.location(write), f"`{row}` is written"), Step(place, "and sent to a worker at once")),
        severity=Severity.INFO,
        confidence=Confidence.LOW,
    )


def _sent(analysis: Analysis, site: Site, way: Leading) -> Iterator[Violation]:
    path = way.path
    sender = path[-1] if path else site
    if analysis.queues.are_transactional(sender) or analysis.contexts.runs_aside(site) or not analysis.is_program(site.func):
        return
    context = analysis.open_at(site)
    if context is None and analysis.signals.heard(site.func):
        return
    place, subject = analysis.location(site), analysis.written(site)
    known = "with an open transaction below" if context else "which may run in any caller's transaction"
    sends = "" if sender is site else f", which leads to `{analysis.written(sender)}`,"
    at_once = f"`{analysis.written(sender)}` is sent at once, not after the commit"
    enqueues = any(effect.kind == "enqueue" for effect in sender.effects)
    yield Violation(
        place,
        analysis.name(site.func),
        f"`{subject}`{sends} in a {analysis.signals.why(site.func) or analysis.signals.heard(site.func)}, {known}: "
        "it goes out before the commit, and also when the transaction is rolled back",
        analysis.queues.after_commit(site, context),
        subject,
        (*(analysis.way(context) if context else analysis.origin_of(site)), *downward(analysis, site, path, at_once)),
        leading_here(analysis, site) or (inside_too(analysis, site, context) if context else ()),
        severity=Severity.ERROR if context and enqueues else None,
        confidence=_confidence(analysis, site, way, context),
        fix=deferrals(analysis, way.ends, context),
    )


def _confidence(analysis: Analysis, site: Site, way: Leading, context: Context | None) -> Confidence:
    """Least where all who save are known and open no transaction, the way is hardly meant, or the task is for a later time."""
    sender = way.path[-1] if way.path else site
    postponed = any(effect.kind == "postponed-enqueue" for one in (site, sender) for effect in one.effects)
    if postponed or (_may_wait(sender) and (way.path or sender.func not in analysis.signals.roots(sender.func))):
        return Confidence.LOW
    if _is_harmless(analysis, (site, *way.path)):
        return Confidence.LOW
    known = context or next(iter(analysis.contexts.at(site)), None)
    if known is not None and analysis.contexts.along(known, (site, *way.path)).doubted:
        return Confidence.LOW
    if context is not None:
        tied = not way.path and any(analysis.harmless.is_tied(site, effect, context) for effect in site.effects)
        return Confidence.LOW if tied else analysis.confidence(context)
    return Confidence.LOW if analysis.savers.have_none_open(site.func) else Confidence.MEDIUM


def _is_harmless(analysis: Analysis, way: tuple[Site, ...]) -> bool:
    """Whether a way ends at a file that nobody misses, a question or a thread without queries, or tells of an error."""
    names, kinds = [one.func.record.name for one in way], {effect.kind for effect in way[-1].effects}
    told = "email" in kinds and analysis.harmless.tells_of_an_error(way)
    temporary = "file-delete" in kinds and analysis.harmless.deletes_temporary(way)
    logged = "enqueue" in kinds and analysis.harmless.only_logs(way)
    aside = "thread" in kinds and not analysis.pieces.asks_aside(way[-1])
    return told or temporary or logged or aside or ("external-call" in kinds and analysis.harmless.asks(names[1:]))


def _may_wait(sender: Site) -> bool:
    """Whether a thread is only started under a condition: what collects calls runs them later."""
    return _in_thread(sender) and bool(sender.conditions)


def _in_thread(site: Site) -> bool:
    return any(effect.kind == "thread" for effect in site.effects)
