"""TX215: a function rolls back or closes a session that it was given and that its caller goes on using."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Ending, Owner, Severity, Step, Violation, rule


@rule("TX215", severity=Severity.WARNING, markers=("owns-transaction",))
def borrowed_session_lifecycle(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        commits = any(one.kind == "commit" for one in analysis.sessions.endings(func))
        for ending in analysis.sessions.borrowed(func, "rollback", "close"):
            owner = None if commits else analysis.sessions.owner(ending)
            if owner is None or analysis.handling.raises_after(ending.site) or not analysis.sessions.loses(owner):
                continue
            place, name = analysis.location(ending.site), analysis.name(func)
            done = "rolls back" if ending.kind == "rollback" else "closes"
            yield Violation(
                place,
                name,
                f"`{name}` {done} `{ending.session}`, {ending.had}: {owner.message}",
                "put the part that may fail into a savepoint (`begin_nested()`), and leave the rest to the owner",
                f"{ending.session}.{ending.kind}",
                (*analysis.traces.owner(owner), Step(place, f"everything that its callers added is {_lost(ending.kind)}")),
                severity=Severity.ERROR if ending.kind == "close" else None,
                confidence=_confidence(analysis, ending, owner),
            )


def _confidence(analysis: Analysis, ending: Ending, owner: Owner) -> Confidence:
    if analysis.staging.is_background(owner.func) or not analysis.sessions.loses(owner, surely=True):
        return Confidence.LOW
    return Confidence.MEDIUM if ending.guessed else Confidence.HIGH


def _lost(kind: str) -> str:
    return "thrown away here" if kind == "rollback" else "thrown away and detached here"
