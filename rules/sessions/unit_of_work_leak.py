"""TX216: a unit of work or session scope that leaves its session open, or its block's error unseen."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Leak, Severity, Step, Violation, rule, sealed

_MESSAGES = {
    "close-skipped": "when this commit fails, `{name}` never closes the session, which keeps its transaction and connection",
    "unguarded": "an error in the block of `{name}` skips this: the session stays in its transaction, with its connection",
    "kept": "an error in the block of `{name}` leaves what it wrote in the connection, which the next block gets and commits",
    "swallowed": "`{name}` swallows the error of its block: what was rolled back looks to the caller as if it were done",
}
_REMEDIES = {
    "close-skipped": "commit in a `try`, roll back in its `except`, and close in its `finally`",
    "unguarded": "yield in a `try` and close in its `finally`",
    "kept": "yield in a `try`, roll back in its `except`, and raise again",
    "swallowed": "raise the error again after the rollback",
}
_SELDOM = ("unguarded", "kept")
"""What did harm in too few of the scopes of public code that were read."""


@rule("TX216", severity=Severity.WARNING)
def unit_of_work_leak(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        for leak in analysis.scopes.leaks(func):
            name, place = analysis.name(func), analysis.place(func, leak.line, leak.text)
            yield Violation(
                place,
                name,
                _MESSAGES[leak.kind].format(name=name),
                _REMEDIES[leak.kind],
                leak.text,
                tuple(_steps(analysis, leak)),
                related=tuple(Step(analysis.location(one), "a block commits it here") for one in leak.users[:40]),
                confidence=Confidence.LOW if leak.kind in _SELDOM else Confidence.HIGH,
                fix=sealed(leak),
            )


def _steps(analysis: Analysis, leak: Leak) -> Iterator[Step]:
    where = analysis.place(leak.func, leak.line, leak.text)
    if leak.kind == "kept":
        yield Step(where, "every block gets the same connection here")
        yield Step(analysis.location(leak.users[0]), "what comes before this commit may fail half done")
        return
    yield Step(where, "here the error gets lost" if leak.close is None else "an error here")
    if leak.close is not None:
        yield Step(analysis.location(leak.close), "the session is closed here only")
