"""TX511: a task passes over the items that fail and leaves no trace of them."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Severity, Step, Violation, rule


@rule("TX511", severity=Severity.INFO, opt_in=True)
def swallowed_partial_failure(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        for one in analysis.passed_over.of(func):
            name, place = analysis.name(func), analysis.place(func, one.handler.line, "except")
            yield Violation(
                place,
                name,
                f"`{name}` passes over items that fail and records nothing: nobody learns which are missing",
                "count them, store their state, or raise at the end when there are any",
                analysis.written(one.work),
                (
                    Step(analysis.place(func, one.loop.line), "for each item of this loop,"),
                    Step(analysis.location(one.work), f"`{analysis.written(one.work)}` may fail,"),
                    Step(place, "which ends here without a trace"),
                ),
            )
