"""Findings as workflow commands of GitHub Actions: each becomes an annotation on its line.

GitHub shows ten errors, ten warnings and ten notices of a step, so the worst come first.
"""

from __future__ import annotations

from collections.abc import Iterator

from txlint.findings import Finding, Severity
from txlint.reporters.view import View, visible

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def document(view: View) -> str:
    """The whole report, one command a line."""
    return "".join(f"{_command(view, finding)}\n" for finding in view.worst_first)


def _command(view: View, finding: Finding) -> str:
    place = finding.location
    properties = {
        "title": f"txlint {finding.code} ({finding.name})",
        "file": visible(view.repository_path(place.path)),
        "line": str(place.row),
        "endLine": str(place.end_row or place.row),
    }
    if place.end_row in (0, place.row):  # Columns mean nothing to GitHub where the lines differ.
        properties |= {"col": str(place.column), "endColumn": str(place.end_column or place.column)}
    given = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{LEVELS[finding.severity]} {given}::{_data(chr(10).join(_text(view, finding)))}"


def _text(view: View, finding: Finding) -> Iterator[str]:
    yield visible(finding.message)
    for number, step in enumerate(finding.trace, start=1):
        yield visible(f"{number}. {view.repository_path(step.location.path)}:{step.location.row} {step.message}")
    if finding.cause:
        yield visible(f"caused by your change in {finding.cause}")
    for line in finding.remedy.splitlines():
        yield visible(f"help: {line}")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
