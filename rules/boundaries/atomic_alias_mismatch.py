"""TX108: a block protects one database, and the write in it goes to another."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Severity, Step, Violation, mismatches, rule


@rule("TX108")
def atomic_alias_mismatch(analysis: Analysis) -> Iterator[Violation]:
    for found in mismatches(analysis.project, analysis.contexts):
        if not analysis.is_program(found.site.func):
            continue
        place, subject = analysis.location(found.site), analysis.written(found.site)
        there, here = _said(found.written), _said(found.opened)
        yield Violation(
            place,
            analysis.name(found.site.func),
            f"`{subject}` writes to the database {there}, but the transaction here is open on {here}: it commits at once",
            f"open the transaction on the database that is written to: `using={there}`",
            subject,
            (
                Step(
                    analysis.place(found.block.func, found.block.line, found.block.text), f"the transaction is opened on {here}"
                ),
                Step(place, f"this goes to {there}"),
            ),
            severity=None if found.sure else Severity.WARNING,
            confidence=Confidence.HIGH if found.sure else Confidence.LOW,
        )


def _said(name: str) -> str:
    return name.strip("<>") if name.startswith("<") else repr(name)
