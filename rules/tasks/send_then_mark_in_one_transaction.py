"""TX506: a worker sends something and marks it as sent in one transaction, which cannot hold the two together."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Severity, Step, Violation, rule


@rule("TX506", severity=Severity.WARNING, markers=("idempotent",))
def send_then_mark_in_one_transaction(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        for one in analysis.sending.of(func):
            send, mark = analysis.written(one.send), analysis.written(one.mark)
            yield Violation(
                analysis.place(func, one.block.line, one.block.text),
                analysis.name(func),
                f"the transaction does not tie `{send}` to `{mark}`: when the commit fails, `{one.name}` is sent "
                "and not marked, and the next run sends it again",
                "mark it as being sent and commit, then send, then record the result in a second transaction",
                one.block.text,
                (
                    Step(analysis.location(one.send), f"`{send}` sends, which no rollback takes back"),
                    Step(analysis.location(one.mark), f"`{mark}` marks `{one.name}`, which a rollback does take back"),
                ),
            )
