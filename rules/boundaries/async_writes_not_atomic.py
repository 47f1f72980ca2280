"""TX114: a coroutine writes in several steps, each of which commits alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Severity, Violation, rule, unprotected_async, unprotected_operation


@rule("TX114", severity=Severity.WARNING)
def async_writes_not_atomic(analysis: Analysis) -> Iterator[Violation]:
    for operation in unprotected_async(analysis.project, analysis.contexts, analysis.steps, analysis.functions()):
        yield dataclasses.replace(
            unprotected_operation(analysis, operation),
            remedy="write in one synchronous function with a transaction, and await it through `sync_to_async`",
            confidence=Confidence.LOW,
        )
