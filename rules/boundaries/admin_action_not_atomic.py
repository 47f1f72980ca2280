"""TX120: an action of the admin writes in several steps; the admin opens no transaction for actions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from txlint.api import Analysis, Confidence, Violation, rule, unprotected_operation


@rule("TX120", markers=("no-transaction-needed",))
def admin_action_not_atomic(analysis: Analysis) -> Iterator[Violation]:
    for operation in analysis.operations:
        if operation.kind == "admin-action" and not operation.for_each:
            found = unprotected_operation(analysis, operation)
            # Those who have chosen the rows see which are done, and choose the others once more.
            in_rounds = any(one.looped for one in operation.steps)
            yield replace(found, confidence=Confidence.LOW) if in_rounds else found
