"""TX504: a task writes in several steps without a transaction; no worker opens one by itself."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Violation, rule, unprotected_operation


@rule("TX504", markers=("partial-progress", "no-transaction-needed"))
def task_multi_write_without_atomic(analysis: Analysis) -> Iterator[Violation]:
    for operation in analysis.operations:
        if operation.kind in ("task", "flow") and not operation.for_each:
            yield unprotected_operation(analysis, operation)
