"""Findings as a GitLab Code Quality report: always one array, with an identity for each that no other has."""

from __future__ import annotations

from typing import Any

from txlint.findings import Finding, Severity
from txlint.reporters.json import formatted
from txlint.reporters.view import View, visible

SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def document(view: View) -> str:
    """The whole report as JSON."""
    return formatted([_issue(view, finding) for finding in view.shown])


def _issue(view: View, finding: Finding) -> dict[str, Any]:
    place = finding.location
    end = {"line": place.end_row or place.row, "column": place.end_column or place.column}
    return {
        "description": visible(f"{finding.code} {finding.message}"),
        "check_name": finding.name,
        "fingerprint": finding.fingerprint,
        "severity": SEVERITIES[finding.severity],
        "location": {
            "path": view.repository_path(place.path),
            "positions": {"begin": {"line": place.row, "column": place.column}, "end": end},
        },
    }
