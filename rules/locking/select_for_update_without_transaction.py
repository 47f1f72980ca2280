"""TX401: rows are to be locked where no transaction is open that could hold the lock."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Context, Step, Use, Violation, locking, rule

_REAL = ("view", "admin-action", "admin-hook", "consumer", "task", "flow", "command", "after-commit", "thread")


@rule("TX401")
def select_for_update_without_transaction(analysis: Analysis) -> Iterator[Violation]:
    for use in analysis.locked_uses:
        blocks = (one for one, _ in analysis.boundaries.of(use.func))
        if use.how == "fetched" and not any(one.family == "django" for one in blocks):
            contexts = analysis.entered(use.func, use.opened)
            bare = [one for one in contexts if one.state.status == "none" and one.state.kind in _REAL]
            if bare and all(one.state.status == "none" for one in contexts):
                yield _violation(analysis, use, bare[0])


def _violation(analysis: Analysis, use: Use, context: Context) -> Violation:
    subject = analysis.written(use.built)
    place = analysis.place(use.func, use.line, subject)
    return Violation(
        place,
        analysis.name(use.func),
        f"`{subject}` is to lock rows, but no transaction is open here: Django raises TransactionManagementError",
        f"open a transaction around it and all work with the rows: `{analysis.opener}`",
        subject,
        (*analysis.way(context), Step(place, "the rows are fetched here")),
        confidence=Confidence.MEDIUM if any(one.guessed for one in use.built.effects) else analysis.confidence(context),
        fix=locking(analysis, use),
    )
