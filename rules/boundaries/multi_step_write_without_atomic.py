"""TX101: several writes of one operation without a transaction around them."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Violation, rule, unprotected_operation


@rule("TX101", markers=("no-transaction-needed",))
def multi_step_write_without_atomic(analysis: Analysis) -> Iterator[Violation]:
    for operation in analysis.operations:
        if operation.kind not in ("task", "flow", "admin-action") and not operation.only_loop:
            yield unprotected_operation(analysis, operation)
