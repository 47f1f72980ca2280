"""TX209: a commit or rollback by hand in a block that ends its transaction itself."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Applicability, Confidence, Managed, Severity, Step, Violation, removal, rule


@rule("TX209")
def commit_inside_managed_block(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        for one in analysis.managed.of(func):
            ending, block = one.ending, one.block
            place, subject = analysis.location(ending.site), f"{ending.session}.{ending.kind}"
            steps = [Step(analysis.place(func, block.line, block.text), f"`{block.text}` ends the transaction when it is left")]
            steps.append(Step(place, f"`{subject}` ends it before"))
            if one.used_after is not None:
                steps.append(Step(analysis.location(one.used_after), "the session is used again here"))
            harmless = one.used_after is None and not one.in_savepoint
            yield Violation(
                place,
                analysis.name(func),
                f"`{subject}` in the block of `{block.text}`{_consequence(one)}",
                f"remove it: leaving the block {'commits' if ending.kind == 'commit' else 'with an error rolls back'}",
                subject,
                tuple(steps),
                severity=Severity.INFO if harmless else None,
                confidence=_confidence(analysis, one),
                fix=removal(ending.site, "remove this commit", Applicability.SAFE) if harmless else None,
            )


def _confidence(analysis: Analysis, one: Managed) -> Confidence:
    kept = one.ending.kind == "commit" and analysis.handling.comes_to_raise(one.ending.site)  # the error would undo it
    if kept or analysis.staging.is_once(one.ending.site.func):
        return Confidence.LOW
    return Confidence.MEDIUM if one.ending.guessed else Confidence.HIGH


def _consequence(one: Managed) -> str:
    if one.in_savepoint:
        whole = "commits" if one.ending.kind == "commit" else "throws away"
        return f" {whole} the whole transaction around it, not only the savepoint"
    if one.used_after is not None:
        return " closes its transaction: the next statement in the block fails"
    return ", which commits by itself when it is left"
