"""TX103: a loop writes record by record without a transaction around it."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Violation, rule, unprotected_operation


@rule("TX103", markers=("partial-progress", "no-transaction-needed"))
def loop_writes_without_atomic(analysis: Analysis) -> Iterator[Violation]:
    for operation in analysis.operations:
        if operation.kind not in ("task", "flow", "admin-action") and operation.only_loop:
            yield unprotected_operation(analysis, operation)
