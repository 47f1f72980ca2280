"""TX505: a task commits a session that it makes, and never rolls it back."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Severity, Step, Violation, rolled_back_on_error, rule


@rule("TX505", severity=Severity.WARNING)
def task_session_without_rollback(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        if not any(entry.kind in ("task", "flow") for entry in analysis.entries(func)):
            continue
        for made in analysis.made.of(func):
            commits = analysis.made.endings(made, "commit")
            if not commits or made.by_with or analysis.made.endings(made, "rollback"):
                continue
            closed = analysis.made.close_guaranteed(made)
            if analysis.made.undone(made) and not closed:
                continue
            place, name = analysis.location(commits[0].site), analysis.name(func)
            yield Violation(
                place,
                name,
                _message(name, made.name, closed),
                "roll back in an `except` and raise again, or make the session in a block that does (`with ... .begin()`)",
                f"{made.name}.commit",
                (
                    Step(analysis.place(func, made.line, made.name), f"`{made.name}` is made here"),
                    Step(place, "it is committed here"),
                ),
                severity=Severity.INFO if closed else None,
                confidence=Confidence.LOW if closed and not analysis.made.used_after_errors(made) else Confidence.HIGH,
                fix=rolled_back_on_error(analysis, made, commits[0]),
            )


def _message(name: str, session: str, closed: bool) -> str:
    if closed:
        return f"`{name}` never rolls `{session}` back: only closing it throws away what a failure leaves"
    return f"when `{name}` fails, nothing rolls back or closes `{session}`: the worker goes on with its transaction open"
