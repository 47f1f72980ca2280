"""Findings for programs: one array; those that a comment or the baseline allows are in it with `suppressed` saying why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from txlint.api import Rule
from txlint.findings import Edit, Finding, Fix, Step
from txlint.locations import Location
from txlint.reporters.view import View, is_allowed


def document(view: View) -> str:
    """The whole report as JSON."""
    return formatted(list(items(view)))


def statistics(view: View) -> str:
    """How often each rule was violated."""
    return formatted([{"code": code, "name": name, "count": count} for count, code, name in view.statistics()])


def items(view: View) -> Iterator[dict[str, Any]]:
    """The findings, those that are allowed included, with the edits of the fixes that have been proved."""
    return (_item(view, one) for one in view.report.findings if one.suppressed is None or is_allowed(one))


def formatted(value: Any) -> str:
    """A value as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"


def _item(view: View, finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "name": finding.name,
        "message": finding.message,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "filename": view.filename(finding.location.path),
        "location": _start(finding.location),
        "end_location": _end(finding.location),
        "function": finding.function,
        "trace": [_step(view, step) for step in finding.trace],
        "related": [_step(view, step) for step in finding.related],
        "remedy": finding.remedy,
        "fix": _fix(view, finding.fix) if finding.fix else None,
        "fingerprint": finding.fingerprint,
        "suppressed": finding.suppressed,
        "cause": view.cause(finding) if finding.cause else None,
    }


def _fix(view: View, fix: Fix) -> dict[str, Any]:
    edits = [_edit(view, one) for one in fix.edits]
    return {"applicability": fix.applicability, "message": fix.title, "proved": bool(edits), "edits": edits}


def _edit(view: View, edit: Edit) -> dict[str, Any]:
    (row, column), (end_row, end_column) = (view.position(edit.path, offset) for offset in (edit.start, edit.end))
    return {
        "filename": view.filename(edit.path),
        "content": edit.replacement,
        "location": {"row": row, "column": column},
        "end_location": {"row": end_row, "column": end_column},
    }


def _step(view: View, step: Step) -> dict[str, Any]:
    return {"filename": view.filename(step.location.path), "location": _start(step.location), "message": step.message}


def _start(location: Location) -> dict[str, int]:
    return {"row": location.row, "column": location.column}


def _end(location: Location) -> dict[str, int]:
    """The end, or the start where none is known."""
    if not location.end_row:
        return _start(location)
    return {"row": location.end_row, "column": location.end_column or location.column}


def rules(pack: Iterable[Rule], on: frozenset[str]) -> str:
    """The rules as one array."""
    found = [{"code": rule.code, "name": rule.name, "severity": rule.severity, "on": rule.code in on} for rule in pack]
    return formatted(found)
