"""TX508: a database is written in a transaction of the workflow engine, which knows nothing of databases."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Severity, Step, Violation, rule


@rule("TX508", severity=Severity.WARNING)
def prefect_transaction_not_database(analysis: Analysis) -> Iterator[Violation]:
    for one in analysis.record_blocks.written():
        place, subject = analysis.location(one.site), analysis.written(one.site)
        steps = [
            Step(analysis.place(one.site.func, one.block.line, one.block.text), f"`{one.block.text}` governs results only")
        ]
        steps += [Step(analysis.location(site), f"`{analysis.written(site)}`") for site in one.path]
        yield Violation(
            place,
            analysis.name(one.site.func),
            f"`{one.block.text}` does not undo what `{subject}` writes: it keeps or drops results of tasks, no rows",
            "open a transaction of the database around the writes, or undo them in an `on_rollback` hook of the task",
            subject,
            tuple(steps),
        )
