"""TX608: the project's answer to errors lets the request's transaction commit."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Step, Violation, careless_answers, rule


@rule("TX608")
def exception_handler_without_rollback(analysis: Analysis) -> Iterator[Violation]:
    for found in careless_answers(analysis.project, analysis.contexts):
        place, subject = analysis.location(found.response), analysis.written(found.response)
        decided = analysis.place(found.func, found.func.record.line, found.func.record.name)
        yield Violation(
            place,
            analysis.name(found.func),
            f"`{subject}` answers an error, so that the request commits what was written before it",
            "call `rest_framework.views.set_rollback()` before answering",
            subject,
            (Step(decided, "the settings name this function for errors"), Step(place, "it answers, and asks for no rollback")),
        )
