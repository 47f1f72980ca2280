"""TX402: a locking queryset is evaluated outside of the block that was meant to hold its locks."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Opening, Step, Use, Violation, moved_into, rule


@rule("TX402")
def locked_queryset_escapes(analysis: Analysis) -> Iterator[Violation]:
    for use in analysis.locked_uses:
        blocks = [one for one, _ in analysis.boundaries.of(use.func) if one.family == "django"]
        inside = any(one.family == "django" for one in use.opened)
        outside = all(one.state.status == "none" for one in analysis.contexts.of(use.func))
        if blocks and outside and inside == (use.how == "returned"):
            yield _violation(analysis, use, blocks[0])


def _violation(analysis: Analysis, use: Use, block: Opening) -> Violation:
    subject = analysis.written(use.built)
    place = analysis.place(use.func, use.line, subject)
    if use.how == "returned":
        what = "is returned unevaluated: its rows are only fetched after the transaction has ended"
        remedy = "fetch the rows in the block (`.get()`, `list(...)`), or let the caller open the transaction"
    else:
        what = "fetches its rows outside of the transaction: Django raises TransactionManagementError"
        remedy = f"move it into the block that `{block.text}` opens, with all work on the rows"
    return Violation(
        place,
        analysis.name(use.func),
        f"`{subject}` is to lock rows, but {what}",
        remedy,
        subject,
        (
            Step(analysis.place(block.func, block.line, block.text), f"`{block.text}` opens the transaction"),
            Step(analysis.location(use.built), f"`{subject}` asks for the lock"),
            Step(place, "it is returned" if use.how == "returned" else "the rows are fetched here"),
        ),
        fix=moved_into(use, block),
    )
