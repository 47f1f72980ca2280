"""TX213: a listener of a session does something that its event comes too early or too late for."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Severity, Step, Violation, rule


@rule("TX213", severity=Severity.WARNING)
def session_event_misuse(analysis: Analysis) -> Iterator[Violation]:
    for one in analysis.listeners.misplaced():
        name, subject = analysis.name(one.func), analysis.written(one.path[-1])
        early = one.state == "open"
        yield Violation(
            analysis.location(one.site),
            name,
            f"`{subject}` at `{one.event}`: {_EARLY if early else _LATE}",
            "collect what is to be done, and do it at `after_commit`" if early else "do it in a session of its own",
            subject,
            (
                Step(
                    analysis.place(one.func, one.func.record.line, one.func.record.name), f"`{name}` is called at `{one.event}`"
                ),
                *(Step(analysis.location(site), f"`{analysis.written(site)}`") for site in one.path),
            ),
            severity=None if early else Severity.ERROR,
        )


_EARLY = "the transaction is still open and may be rolled back, which does not take this back"
_LATE = "the session's transaction is over, and SQL in it raises"
