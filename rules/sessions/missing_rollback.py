"""TX206: a function commits a session that it makes, and nothing ends the session's transaction when it fails."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import (
    Analysis,
    Confidence,
    Ending,
    Func,
    Handed,
    KeptSession,
    Severity,
    Step,
    Violation,
    kept_rolled_back,
    rolled_back_on_error,
    rule,
)


@rule("TX206", severity=Severity.WARNING)
def missing_rollback(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        if analysis.runs_once(func):
            continue
        for one in analysis.sharing.kept(func):
            yield _kept(analysis, func, one)
        if (handed := analysis.lingering.handed(func)) is not None:
            yield _handed(analysis, func, handed)
        if (commit := analysis.lingering.of_row(func)) is not None:
            yield _of_row(analysis, func, commit)
        for made in analysis.made.of(func):
            commits = analysis.made.endings(made, "commit")
            if (
                not commits
                or analysis.made.undone(made)
                or any(entry.kind in ("task", "flow") for entry in analysis.entries(func))
            ):
                continue
            place, name = analysis.location(commits[0].site), analysis.name(func)
            yield Violation(
                place,
                name,
                f"when `{name}` fails, nothing rolls back or closes `{made.name}`: its transaction stays open",
                "make the session in a `with` statement, or roll back in an `except` and close in a `finally`",
                f"{made.name}.commit",
                (
                    Step(analysis.place(func, made.line, made.name), f"`{made.name}` is made here"),
                    Step(place, "it is committed here, on the way without an error only"),
                ),
                confidence=Confidence.LOW,
                fix=rolled_back_on_error(analysis, made, commits[0]),
            )


def _handed(analysis: Analysis, func: Func, one: Handed) -> Violation:
    place, name = analysis.location(one.site), analysis.name(func)
    return Violation(
        place,
        name,
        f"when `{name}` fails, nothing rolls back the session that it works in, and the next message finds it so",
        "roll back in an `except` and raise again, or make a session for each message in a `with`",
        analysis.written(one.site),
        (
            Step(
                analysis.place(func, func.record.line, func.record.name), f"`{name}` is given away, to be run for each message"
            ),
            Step(analysis.location(one.used), "here it works in a session that was there before"),
        ),
        confidence=Confidence.LOW,
    )


def _of_row(analysis: Analysis, func: Func, commit: Ending) -> Violation:
    place, name = analysis.location(commit.site), analysis.name(func)
    return Violation(
        place,
        name,
        f"when this commit fails, nothing rolls back `{commit.session}`: who catches the error cannot use it",
        f"roll `{commit.session}` back in an `except` and raise again, or leave the commit to the caller",
        f"{commit.session}.commit",
        (Step(place, f"`{commit.session}`, which all share, is committed here"),),
        confidence=Confidence.LOW,
    )


def _kept(analysis: Analysis, func: Func, one: KeptSession) -> Violation:
    place, name, session = analysis.location(one.commit.site), analysis.name(func), one.commit.session
    made = analysis.place(one.made.scope, one.made.line, session)
    return Violation(
        place,
        name,
        f"when `{name}` fails, nothing rolls back `{session}`, which the next call uses as this one has left it",
        f"roll `{session}` back in an `except` and raise again, or make a session for each piece of work in a `with`",
        f"{session}.commit",
        (
            Step(made, f"`{session}` is made once and kept"),
            Step(analysis.location(one.writes[0]), "what is written here stays pending when something fails"),
            Step(place, "it is committed here, on the way without an error only"),
        ),
        confidence=Confidence.LOW if _is_seen_to(analysis, func, one) else Confidence.HIGH,
        fix=kept_rolled_back(one),
    )


def _is_seen_to(analysis: Analysis, func: Func, one: KeptSession) -> bool:
    """Whether the function runs at the start, where an error ends the program, or others roll such a session back."""
    return analysis.staging.is_background(func) or analysis.sharing.is_undone_elsewhere(one)
