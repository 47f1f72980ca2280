"""TX216: a unit of work or session scope that leaves its session open, or its block's error unseen."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Leak, Severity, Step, Violation, rule

_MESSAGES = {
    "close-skipped": "when this commit fails, `{name}` never closes the session, which keeps its transaction and connection",
    "unguarded": "an error in the block of `{name}` skips this: the session stays in its transaction, with its connection",
    "swallowed": "`{name}` swallows the error of its block: what was rolled back looks to the caller as if it were done",
}
_REMEDIES = {
    "close-skipped": "commit in a `try`, roll back in its `except`, and close in its `finally`",
    "unguarded": "yield in a `try` and close in its `finally`",
    "swallowed": "raise the error again after the rollback",
}


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
            )


def _steps(analysis: Analysis, leak: Leak) -> Iterator[Step]:
    yield Step(
        analysis.place(leak.func, leak.line, leak.text), "here the error gets lost" if leak.close is None else "an error here"
    )
    if leak.close is not None:
        yield Step(analysis.location(leak.close), "the session is closed here only")
