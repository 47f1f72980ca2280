"""TX201: a function commits a session that it was given and that somebody else answers for."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Ending, Func, Owner, Step, Violation, grouping, is_of_a_row, lender, rule


@rule("TX201", markers=("owns-transaction",))
def repository_commits(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        for ending in analysis.sessions.borrowed(func, "commit"):
            owner = analysis.sessions.owner(ending)
            if owner is None:
                by = lender(analysis, ending)
                if by is not None or is_of_a_row(analysis, ending):
                    yield _lent(analysis, func, ending, by)
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


def _lent(analysis: Analysis, func: Func, ending: Ending, by: Owner | None) -> Violation:
    place, name = analysis.location(ending.site), analysis.name(func)
    return Violation(
        place,
        name,
        f"`{name}` commits `{ending.session}`, which is not its own: no caller can put more into this transaction, or undo it",
        f"`{ending.session}.flush()` here, and one commit where the session is made",
        f"{ending.session}.commit",
        (*(analysis.traces.owner(by) if by else ()), Step(place, f"`{ending.session}` is committed here")),
        confidence=Confidence.LOW,
    )


def _confidence(analysis: Analysis, ending: Ending, owner: Owner) -> Confidence:
    if analysis.staging.is_meant(ending, owner):
        return Confidence.LOW
    return Confidence.MEDIUM if ending.guessed else Confidence.HIGH
