"""TX411: a row is created because a query did not find it, and another one may have been created in between."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Severity, Step, Violation, rule

_ALONE = ("command", "migration", "startup")


@rule("TX411", severity=Severity.INFO)
def check_then_create(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        for found in analysis.checked_creates(func):
            contexts = analysis.contexts.of(func)
            if analysis.handling.catches_database_errors(found.created) or all(one.state.kind in _ALONE for one in contexts):
                continue
            place, subject = analysis.location(found.created), analysis.written(found.created)
            yield Violation(
                place,
                analysis.name(func),
                f"`{subject}` runs because the same `{found.key}` was not found: two at the same time both create it",
                "use `get_or_create` on a field with a unique constraint, or create it and catch the IntegrityError",
                subject,
                (Step(analysis.location(found.check), "not found here"), Step(place, "created here")),
            )
