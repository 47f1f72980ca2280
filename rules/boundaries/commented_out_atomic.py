"""TX107: a transaction that was switched off by making a comment of it."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Severity, Step, Violation, commented_out, rule


@rule("TX107", severity=Severity.WARNING)
def commented_out_atomic(analysis: Analysis) -> Iterator[Violation]:
    for found in commented_out(analysis.project):
        if not analysis.is_program(found.scope):
            continue
        place = analysis.place(found.scope, found.comment.line, found.name)
        yield Violation(
            place,
            analysis.name(found.scope),
            f"`{found.name}` is commented out: what it made one transaction can be left half done",
            "open the transaction again, or delete the comment",
            found.name,
            (Step(place, "the transaction was opened here"),),
            confidence=Confidence.LOW if analysis.is_unreached(found.of) else Confidence.HIGH,
        )
