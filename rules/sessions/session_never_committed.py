"""TX207: what a function puts into a session that it makes is thrown away, because nothing commits it."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Severity, Step, Violation, rule


@rule("TX207", severity=Severity.ERROR)
def session_never_committed(analysis: Analysis) -> Iterator[Violation]:
    managed = analysis.sessions.providers.joined is not None  # what registers a session may have it committed elsewhere
    for func in analysis.functions():
        for made in analysis.made.of(func):
            if made.kind != "session" or not analysis.made.lost(made):
                continue
            place = analysis.location(analysis.made.writes(made)[0])
            name = analysis.name(func)
            yield Violation(
                place,
                name,
                f"`{name}` never commits `{made.name}`: what is written here is rolled back when the session is closed",
                "commit before the session is closed, or make it in a block that does (`with ... .begin()`)",
                made.name,
                (
                    Step(
                        analysis.place(func, made.line, made.name), f"`{made.name}` is made here, without a commit of its own"
                    ),
                    Step(place, "this is written and never committed"),
                ),
                confidence=Confidence.LOW if managed else Confidence.HIGH,
            )
