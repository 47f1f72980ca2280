"""TX606: a view answers with an error, and the transaction commits what it had written before."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Context, Severity, Site, Step, Violation, asks_for, assigned, rule, set_rollback


@rule("TX606", severity=Severity.WARNING)
def error_response_commits(analysis: Analysis) -> Iterator[Violation]:
    for site, _ in analysis.effects("error-response"):
        views = [one for one in analysis.entries(site.func) if one.kind == "view"]
        context = analysis.open_at(site) if views else None
        if context is None or context.state.kind == "framework" or analysis.handling.undoes_answers(context):
            continue
        before = list(analysis.handling.before(site, context))
        undone = any(effect.kind == "set-rollback" for one in before for effect in one.effects)
        write = next((one for one in before if analysis.handling.writes(one)), None)
        if write is not None and not undone and not _is_its_answer(analysis, site, before):
            yield _violation(analysis, site, write, context)


def _is_its_answer(analysis: Analysis, site: Site, before: list[Site]) -> bool:
    """Whether the error says that a step gave nothing (`if not made:`), or what was written has been deleted again."""
    written = [one for one in before if analysis.handling.writes(one)]
    deleted = any(effect.kind == "database-write" and effect.entry.removes for one in before for effect in one.effects)
    return deleted or any(asks_for(test, name) for test in site.tests for one in written for name in assigned(one))


def _violation(analysis: Analysis, site: Site, write: Site, context: Context) -> Violation:
    place, subject = analysis.location(site), analysis.written(site)
    return Violation(
        place,
        analysis.name(site.func),
        f"`{subject}` reports an error, but the transaction is committed with what `{analysis.written(write)}` wrote before",
        "raise an exception that the framework answers, or call `transaction.set_rollback(True)` before",
        subject,
        (*analysis.way(context), Step(analysis.location(write), "this is written"), Step(place, "a returned answer commits")),
        confidence=Confidence.LOW,
        fix=set_rollback(analysis, site),
    )
