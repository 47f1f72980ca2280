"""TX003: a comment that allows something without saying why.

Comments are read by the filters, which report it under the identity that is declared here.
"""

from __future__ import annotations

from collections.abc import Iterable

from txlint.api import Analysis, Severity, Violation, rule


@rule("TX003", severity=Severity.WARNING)
def suppression_without_reason(_: Analysis) -> Iterable[Violation]:
    return ()
