"""TX120: an action of the admin writes in several steps; the admin opens no transaction for actions."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Violation, rule, unprotected_operation


@rule("TX120", markers=("no-transaction-needed",))
def admin_action_not_atomic(analysis: Analysis) -> Iterator[Violation]:
    for operation in analysis.operations:
        if operation.kind == "admin-action" and not operation.for_each:
            yield unprotected_operation(analysis, operation)
