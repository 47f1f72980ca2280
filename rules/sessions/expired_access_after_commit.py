"""TX211: a coroutine reads an attribute of a row that its commit has expired."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Severity, Step, Violation, rule


@rule("TX211", severity=Severity.WARNING)
def expired_access_after_commit(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        for one in analysis.expiry.of(func):
            place, row = analysis.place(func, one.line, one.text), one.text.partition(".")[0]
            session = one.commit.session
            yield Violation(
                place,
                analysis.name(func),
                f"`{one.text}` was expired by the commit: to read it, a query is sent where nothing awaits one, which raises",
                f"`await {session}.refresh({row})` first, or read it before the commit, or set `expire_on_commit=False`",
                one.text,
                (
                    Step(analysis.location(one.commit.site), f"`{session}.commit` expires everything that was loaded"),
                    Step(place, "this is read after it"),
                ),
            )
