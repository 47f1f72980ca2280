"""TX201: a function commits a session that it was given and that somebody else answers for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from txlint.api import Analysis, Confidence, Ending, Func, Owner, Step, Violation, grouping, is_of_a_row, lender, rule

_OWNERS = 12
"""Owners of one session that are asked for a reason; more say nothing new."""


@rule("TX201", markers=("owns-transaction",))
def repository_commits(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        for ending in analysis.sessions.borrowed(func, "commit"):
            owner, meant = _owner(analysis, ending)
            if owner is None:
                by = lender(analysis, ending)
                if by is not None or is_of_a_row(analysis, ending):
                    yield _lent(analysis, func, ending, by)
                continue
            place, name = analysis.location(ending.site), analysis.name(func)
            weak = meant or ending.guessed or analysis.is_unreached(owner.func)
            yield Violation(
                place,
                name,
                f"`{name}` commits `{ending.session}`, {ending.had}: {owner.message}",
                f"`{ending.session}.flush()` here, and one commit where the session is made",
                f"{ending.session}.commit",
                (*analysis.traces.owner(owner), Step(place, f"`{ending.session}` is committed here")),
                confidence=Confidence.LOW if weak else Confidence.HIGH,
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


def _owner(analysis: Analysis, ending: Ending) -> tuple[Owner | None, bool]:
    """The nearest owner for whom nothing explains the commit, or else the nearest, and whether it is explained."""
    found = list(islice(analysis.sessions.owners(ending), _OWNERS))
    last = any(one.in_block and one.through and not _parts(analysis, ending, one) for one in found)
    torn = (one for one in found if _is_torn(analysis, ending, one) and not (last and _is_behind(one)))
    unexplained = next((one for one in torn if not analysis.staging.is_meant(ending, one)), None)
    return unexplained or next(iter(found), None), unexplained is None


def _is_behind(owner: Owner) -> bool:
    """Whether another commit comes before this one: where this is the last thing of a block, that tears the pieces apart."""
    return owner.stages is not None and owner.stages[0] is not owner.through[0][0]


def _is_torn(analysis: Analysis, ending: Ending, owner: Owner) -> bool:
    """Whether the commit parts what the code shows to belong together; one that the caller makes again is TX204's."""
    if owner.stages is None:
        return (
            owner.in_block
            and bool(owner.through)
            and not owner.through[0][1].record.is_generator
            and _parts(analysis, ending, owner)
        )
    return analysis.dependence.shows(*owner.stages)


def _parts(analysis: Analysis, ending: Ending, owner: Owner) -> bool:
    around, *inner = (site for site, _ in owner.through)
    return analysis.dependence.parts_block(around, (*inner, ending.site))
