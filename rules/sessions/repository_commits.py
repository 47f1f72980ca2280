"""TX201: a function commits a session that it was given and that somebody else answers for."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Ending, Owner, Step, Violation, grouping, rule


@rule("TX201", markers=("owns-transaction",))
def repository_commits(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        for ending in analysis.sessions.borrowed(func, "commit"):
            owner = analysis.sessions.owner(ending)
            if owner is None:
                continue
            place, name = analysis.location(ending.site), analysis.name(func)
            yield Violation(
                place,
                name,
                f"`{name}` commits `{ending.session}`, which it was given: {owner.message}",
                f"`{ending.session}.flush()` here, and one commit where the session is made",
                f"{ending.session}.commit",
                (*analysis.traces.owner(owner), Step(place, f"`{ending.session}` is committed here")),
                confidence=_confidence(analysis, ending, owner),
                fix=grouping(analysis, ending),
            )


def _confidence(analysis: Analysis, ending: Ending, owner: Owner) -> Confidence:
    if analysis.staging.is_meant(ending, owner):
        return Confidence.LOW
    return Confidence.MEDIUM if ending.guessed else Confidence.HIGH
