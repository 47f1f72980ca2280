"""The operations of an audit as comma-separated values."""

from __future__ import annotations

import csv
import io

from txlint.reporters.audit.shown import Shown

_COLUMNS = ("file", "line", "operation", "category", "app", "status", "unsound", "steps", "callers", "risk", "reason")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def document(shown: Shown) -> str:
    """One line for each operation, after the names of the columns."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for one in shown.audit.judged:
        place = (shown.view.filename(one.location.path), one.location.row, one.name, one.operation.category.value, one.app)
        status = (one.verdict.status.value, " ".join(one.unsound), one.verdict.steps, one.callers, one.risk, one.verdict.reason)
        writer.writerow([_plain(value) for value in (*place, *status)])
    return text.getvalue()


def _plain(value: str | int) -> str | int:
    """A value that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
