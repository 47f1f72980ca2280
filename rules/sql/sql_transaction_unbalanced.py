"""TX701: a SQL script whose transactions are begun and not ended, ended and not begun, or passed by."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Severity, Violation, rule

_MESSAGES = {
    "open": "this transaction is never ended: what the script does is rolled back when the connection is closed",
    "again": "a transaction is begun within one: the first `COMMIT` ends both, and what follows stands alone",
    "nothing": "`{text}` where no transaction is open: what comes before has been committed statement by statement",
    "outside": "`{text}` stands beside the transaction that the script uses: it stays when that is rolled back",
}


@rule("TX701", severity=Severity.WARNING)
def sql_transaction_unbalanced(analysis: Analysis) -> Iterator[Violation]:
    for one in analysis.scripts.unbalanced():
        text = " ".join(one.statement.words.upper().split()[:3])
        yield Violation(
            analysis.traces.places.of(one.path, one.statement.line),
            "<script>",
            _MESSAGES[one.kind].format(text=text),
            "begin one transaction before the first statement and commit it after the last",
            text,
            confidence=Confidence.HIGH if one.kind in ("again", "open") else Confidence.LOW,  # who runs it may have begun it
        )
