"""TX120: an action of the admin writes in several steps; the admin opens no transaction for actions."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Violation, rule, unprotected_operation


@rule("TX120", markers=("no-transaction-needed",))
def admin_action_not_atomic(analysis: Analysis) -> Iterator[Violation]:
    for operation in analysis.operations:
        first = operation.steps[0]
        for_each = operation.only_loop and first.writer is not first.site  # each call is an operation of its own
        if operation.kind == "admin-action" and not for_each:
            yield unprotected_operation(analysis, operation)
