"""TX408: a value is read, changed in Python and saved, and what others did to it in between is lost."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Severity, Step, Violation, rule


@rule("TX408", severity=Severity.WARNING)
def read_modify_write(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        for found in analysis.lost_updates(func):
            place, field = analysis.place(func, found.line, found.field), found.field
            how = "counted" if found.is_number else "changed"
            count = f"let the database count (`F({field.rpartition('.')[2]!r})` in the update), or " if found.is_number else ""
            yield Violation(
                place,
                analysis.name(func),
                f"`{field}` is {how} in Python from a row that nothing locks: of two at the same time, one is lost",
                f"{count}read with `select_for_update()`",
                field,
                (
                    Step(analysis.location(found.read), "the row is read, without a lock"),
                    Step(place, "the new value is worked out from what was read"),
                    Step(analysis.location(found.saved), "it is stored, whatever the row holds by now"),
                ),
                confidence=Confidence.LOW,
            )
