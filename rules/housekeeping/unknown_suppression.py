"""TX002: a comment that means nothing.

Comments are read by the filters, which report it under the identity that is declared here.
"""

from __future__ import annotations

from collections.abc import Iterable

from txlint.api import Analysis, Severity, Violation, rule


@rule("TX002", severity=Severity.WARNING)
def unknown_suppression(_: Analysis) -> Iterable[Violation]:
    return ()
