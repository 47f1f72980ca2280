"""TX610: undo steps are run in the wrong order, or stop at the first that fails."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Severity, Step, Violation, faulty_sagas, rule


@rule("TX610", severity=Severity.WARNING)
def saga_incomplete(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        for found in faulty_sagas(func):
            place = analysis.place(func, found.line, found.steps)
            yield Violation(
                place,
                analysis.name(func),
                f"`{found.steps}` holds what takes the work back, and this runs it {found.fault}",
                f"go through `reversed({found.steps})`, and catch and log the error of each step",
                found.steps,
                (Step(analysis.place(func, found.collected, found.steps), "a step is kept here"), Step(place, "they run here")),
            )
