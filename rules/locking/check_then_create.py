"""TX411: a row is created because it was not found, or taken to be there already, with nothing that keeps two from doing it."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Func, Severity, Step, Violation, rule

_ALONE = ("command", "migration", "startup")
_CATCH = "use `get_or_create` on a field with a unique constraint, or create it and catch the IntegrityError"
_UPSERT = "write it as an upsert (`ON CONFLICT DO NOTHING`), or catch the IntegrityError of a unique constraint in a savepoint"


@rule("TX411", severity=Severity.INFO, opt_in=True)
def check_then_create(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        yield from _told(analysis, func)
        if all(one.state.kind in _ALONE for one in analysis.contexts.of(func)):
            continue
        yield from _inserts(analysis, func)
        for found in analysis.checked_creates(func):
            if analysis.handling.catches_database_errors(found.created):
                continue
            place, subject = analysis.location(found.created), analysis.written(found.created)
            yield Violation(
                place,
                analysis.name(func),
                f"`{subject}` runs because the same `{found.key}` was not found: two at the same time both create it",
                _CATCH,
                subject,
                (Step(analysis.location(found.check), "not found here"), Step(place, "created here")),
                confidence=Confidence.LOW,
            )


def _inserts(analysis: Analysis, func: Func) -> Iterator[Violation]:
    for one in analysis.conflicts.inserts(func):
        place, subject = analysis.location(one.sent), analysis.written(one.sent)
        yield Violation(
            place,
            analysis.name(func),
            f"`{subject}` inserts what its own NOT EXISTS does not find: two at the same time both insert it",
            _UPSERT,
            subject,
            (
                Step(analysis.location(one.asked), "the condition sees only what is committed when the statement starts"),
                Step(place, "and the row is inserted here"),
            ),
        )


def _told(analysis: Analysis, func: Func) -> Iterator[Violation]:
    for one in analysis.conflicts.told(func):
        place, subject = analysis.place(func, one.line, "if"), analysis.written(one.adds)
        yield Violation(
            place,
            analysis.name(func),
            f"that `{subject}` meets a row that is there is told by `{one.text}` in the text of any error, "
            "and nothing rolls back",
            _UPSERT,
            subject,
            (Step(analysis.location(one.adds), "a row is added here"), Step(place, "an error with this text in it ends here")),
        )
