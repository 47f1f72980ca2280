"""TX208: a function makes a session, uses it and never closes it."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Made, Severity, Site, Step, Violation, rule


@rule("TX208", severity=Severity.WARNING)
def session_not_closed(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        if analysis.runs_once(func):
            continue
        for made in analysis.made.of(func):
            if (close := analysis.made.closed_on_failure_only(made)) is not None:
                yield _half(analysis, made, close)
                continue
            committed = analysis.made.endings(made, "commit") and not analysis.made.undone(made)
            if made.kind == "registry" or made.by_with or committed or analysis.made.endings(made, "close"):
                continue
            if not analysis.made.used(made) or analysis.made.given(made):
                continue
            place, name = analysis.place(func, made.line, made.name), analysis.name(func)
            yield Violation(
                place,
                name,
                f"`{name}` makes `{made.name}` and never closes it: its connection and transaction stay as they are",
                "make it in a `with` statement, or close it in a `finally`",
                made.name,
                (Step(place, f"`{made.name}` is made here"),),
                confidence=Confidence.LOW,
            )


def _half(analysis: Analysis, made: Made, close: Site) -> Violation:
    place, name = analysis.place(made.func, made.line, made.name), analysis.name(made.func)
    return Violation(
        place,
        name,
        f"`{name}` closes `{made.name}` after an error only: when all goes well, the next run finds it as this one left it",
        "close it in a `finally`",
        made.name,
        (Step(place, f"`{made.name}` is made here"), Step(analysis.location(close), "and closed in an error handler only")),
    )
