"""TX316: a background task of the response runs before the session is committed."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Severity, Step, Violation, before_commit, rule


@rule("TX316", severity=Severity.WARNING)
def background_task_before_commit(analysis: Analysis) -> Iterator[Violation]:
    for site in analysis.sites():
        owner = before_commit(analysis.project, analysis.pieces, site)
        if owner is None:
            continue
        place, subject = analysis.location(site), analysis.written(site)
        yield Violation(
            place,
            analysis.name(site.func),
            f"`{subject}` leaves work until after the response, which runs before the session is committed",
            'commit before, or let the dependency end before the response (`Depends(..., scope="function")`)',
            subject,
            (*analysis.traces.owner(owner), Step(place, "the background task runs after the response, and before that")),
            confidence=Confidence.LOW,  # the installed release of the framework decides about the order
        )
