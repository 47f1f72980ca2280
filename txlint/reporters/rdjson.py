"""Findings in the Diagnostic Format of reviewdog, whose columns count bytes of UTF-8."""

from __future__ import annotations

from typing import Any

from txlint.findings import Finding, Severity
from txlint.locations import Location
from txlint.reporters.json import formatted
from txlint.reporters.view import View, visible
from txlint.rulepack import HOME

SEVERITIES = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING", Severity.INFO: "INFO"}


def document(view: View) -> str:
    """The whole report as JSON."""
    diagnostics = [_diagnostic(view, finding) for finding in view.shown]
    return formatted({"source": {"name": "txlint", "url": HOME}, "diagnostics": diagnostics})


def _diagnostic(view: View, finding: Finding) -> dict[str, Any]:
    remedy = f"\nhelp: {finding.remedy}" if finding.remedy else ""
    cause = f"\ncaused by your change in {view.cause(finding)}" if finding.cause else ""
    return {
        "message": "\n".join(map(visible, f"{finding.message}{cause}{remedy}".splitlines())),
        "location": _location(view, finding.location),
        "severity": SEVERITIES[finding.severity],
        "code": {"value": finding.code} | ({"url": address} if (address := view.address(finding.code)) else {}),
        "related_locations": [
            {"message": visible(step.message), "location": _location(view, step.location)}
            for step in (*finding.trace, *finding.related)
        ],
    }


def _location(view: View, place: Location) -> dict[str, Any]:
    start = {"line": place.row, "column": _bytes(view, place.path, place.row, place.column)}
    end_row, end_column = place.end_row or place.row, place.end_column or place.column
    end = {"line": end_row, "column": _bytes(view, place.path, end_row, end_column)}
    return {"path": view.filename(place.path), "range": {"start": start, "end": end}}


def _bytes(view: View, path: str, row: int, column: int) -> int:
    text = view.line(path, row)[: column - 1]
    return column + len(text.encode("utf-8", "replace")) - len(text)
