"""TX509: a stream of rows is written in one transaction, which stays open until the last of them."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Severity, Step, Violation, rule


@rule("TX509", severity=Severity.INFO, opt_in=True)
def unbounded_batch_transaction(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        for one in analysis.streams.of(func):
            yield Violation(
                analysis.place(func, one.loop.line, "for"),
                analysis.name(func),
                f"`{one.block.text}` stays open for as many rows as there are, and keeps its locks and its connection",
                "take the rows in batches, and open a transaction for each",
                analysis.written(one.stream),
                (
                    Step(analysis.place(one.block.func, one.block.line, one.block.text), "the transaction is opened here,"),
                    Step(analysis.location(one.stream), "goes on as long as there are rows,"),
                    Step(analysis.location(one.write), "and writes for each of them"),
                ),
            )
