"""TX005: a comment whose time is over.

Comments are read by the filters, which report it under the identity that is declared here.
"""

from __future__ import annotations

from collections.abc import Iterable

from txlint.api import Analysis, Severity, Violation, rule


@rule("TX005", severity=Severity.WARNING)
def expired_suppression(_: Analysis) -> Iterable[Violation]:
    return ()
