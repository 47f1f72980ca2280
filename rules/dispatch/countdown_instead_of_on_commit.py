"""TX317: a task is sent with a short delay in the hope that the row is committed by then."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Severity, Step, Violation, rule, written_before


@rule("TX317", severity=Severity.WARNING)
def countdown_instead_of_on_commit(analysis: Analysis) -> Iterator[Violation]:
    for site, _ in analysis.effects("delayed-enqueue"):
        contexts = analysis.contexts.at(site)
        doubtful = any(one.state.status in ("any", "unknown") or one.state.kind == "unreached" for one in contexts)
        if not doubtful or analysis.open_at(site) is not None or analysis.signals.why(site.func):
            continue
        found = written_before(analysis.project, site, analysis.sessions.before(site))
        if found is None:
            continue
        write, name = found
        place, subject = analysis.location(site), analysis.written(site)
        yield Violation(
            place,
            analysis.name(site.func),
            f"`{subject}` waits a moment for the commit of `{name}`, which a caller's transaction can delay for longer",
            analysis.queues.after_commit(site, None),
            subject,
            (Step(analysis.location(write), f"`{name}` is written"), Step(place, "the delay stands in for the commit")),
            confidence=Confidence.LOW,
        )
