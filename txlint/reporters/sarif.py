"""Findings as SARIF 2.1.0, as GitHub's code scanning wants it: relative files, paths as code flows, stable identities.

The limits are GitHub's; what they leave out is said in a notification.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any
from urllib.parse import quote

import msgspec

from txlint import __version__
from txlint.api import Rule
from txlint.errors import Unanalysed, UserError
from txlint.findings import Confidence, Edit, Finding, Fix, Severity, Step
from txlint.locations import Location
from txlint.reporters.view import View, is_allowed, visible
from txlint.rulepack import HOME, builtin_pack, page

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
PRECISION = {Confidence.HIGH: "high", Confidence.MEDIUM: "medium", Confidence.LOW: "low"}
ROOT = "%SRCROOT%"
RESULTS, RELATED, STEPS = 25_000, 999, 10_000
"""At most so many results in a run, related locations in a result (its place is one of 1,000), locations in its code flow."""
BYTES = 9_000_000
"""Of the document. GitHub takes 10 MB of it compressed; other readers stop earlier."""
_NOT_ANALYSED, _LEFT_OUT, _NOTE = "not-analysed", "left-out", "note"
_DESCRIPTORS = {
    _NOT_ANALYSED: "A file of the project could not be analysed, so whatever depends on it is unknown.",
    _LEFT_OUT: "There are more findings than a document may hold; the worst are in it.",
    _NOTE: "Something else went otherwise than expected.",
}


def document(view: View) -> str:
    """The whole report as one SARIF log."""
    found = [one for one in view.report.findings if one.suppressed is None or (is_allowed(one) and not view.on_github)]
    found.sort(key=lambda one: (one.suppressed is not None, list(Severity).index(one.severity)))
    size = min(len(found), RESULTS)
    while len(text := msgspec.json.encode(_log(view, found[:size], len(found) - size))) > BYTES and size:
        size //= 2
    return text.decode() + "\n"


def _log(view: View, findings: list[Finding], left_out: int) -> dict[str, Any]:
    rules = {rule.code: number for number, rule in enumerate(view.report.rules)}
    run = {
        "tool": {"driver": _driver(view)},
        "automationDetails": {"id": "txlint/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "The top of the repository."}}},
        "invocations": [_invocation(view, left_out)],
        "results": [_result(view, finding, rules) | _fixes(view, finding.fix) for finding in findings],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _driver(view: View) -> dict[str, Any]:
    return {
        "name": "txlint",
        "semanticVersion": __version__,
        "informationUri": HOME,
        "rules": [_rule(view, rule) for rule in view.report.rules],
        "notifications": [
            {"id": name, "shortDescription": {"text": text}, "fullDescription": {"text": text}, "help": {"text": text}}
            for name, text in _DESCRIPTORS.items()
        ],
    }


def _rule(view: View, rule: Rule) -> dict[str, Any]:
    described: dict[str, Any] = {"id": rule.code, "name": rule.name}
    try:
        text = page(builtin_pack(), rule)
    except UserError:  # A rule of the user's own pack may do without.
        text = ""
    if summary := re.search(r"## What it finds\n\n(.*?)\n\n", text, re.DOTALL):
        words = " ".join(summary[1].split())
        described |= {"shortDescription": {"text": words}, "fullDescription": {"text": words}}
        described["help"] = {"text": words, "markdown": text}
    if address := view.address(rule.code):
        described["helpUri"] = address
    return described | {
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {"tags": ["database", "transactions"], "problem.severity": _problem(rule.severity)},
    }


def _problem(severity: Severity) -> str:
    return "recommendation" if severity == Severity.INFO else severity


def _invocation(view: View, left_out: int) -> dict[str, Any]:
    notes = [_notification(_NOT_ANALYSED, "error", one.reason, _place(view, one)) for one in view.report.unanalysed]
    notes += [_notification(_NOTE, "note", text) for text in view.report.notes]
    if left_out:
        notes.append(_notification(_LEFT_OUT, "warning", f"{left_out} more findings are left out"))
    return {"executionSuccessful": not view.report.unanalysed, "toolExecutionNotifications": notes}


def _notification(name: str, level: str, text: str, *locations: dict[str, Any]) -> dict[str, Any]:
    about = {"descriptor": {"id": name}, "level": level, "message": {"text": visible(text)}}
    return about | ({"locations": list(locations)} if locations else {})


def _place(view: View, file: Unanalysed) -> dict[str, Any]:
    return _location(view, Location(file.path, file.row, file.column))


def _result(view: View, finding: Finding, rules: dict[str, int]) -> dict[str, Any]:
    related = list({step.location: step for step in (*finding.trace, *finding.related)}.values())[:RELATED]
    remedy = f"\n{finding.remedy}" if finding.remedy else ""
    cause = f"\nCaused by your change in {finding.cause}." if finding.cause else ""
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "level": LEVELS[finding.severity],
        "message": {"text": "\n".join(visible(line) for line in f"{finding.message}{cause}{remedy}".splitlines())},
        "locations": [_location(view, finding.location, function=finding.function)],
        "partialFingerprints": {"primaryLocationLineHash": f"{finding.fingerprint}:1", "txlint/v1": finding.fingerprint},
        "properties": {"precision": PRECISION[finding.confidence]},
    }
    if finding.code in rules:
        result["ruleIndex"] = rules[finding.code]
    if related:
        result["relatedLocations"] = [
            {"id": number, **_location(view, step.location, step.message)} for number, step in enumerate(related, start=1)
        ]
    if finding.trace:
        result["codeFlows"] = [{"threadFlows": [{"locations": list(_flow(view, finding.trace))}]}]
    if finding.suppressed is not None:
        result["suppressions"] = [_suppression(finding.suppressed)]
    if view.report.changes is not None:
        result["baselineState"] = "new" if finding.suppressed is None else "unchanged"
    return result


def _fixes(view: View, fix: Fix | None) -> dict[str, Any]:
    """The edits of a fix that has been proved."""
    if fix is None or not fix.edits:
        return {}
    changes = [_change(view, path, tuple(edits)) for path, edits in groupby(fix.edits, lambda one: one.path)]
    return {"fixes": [{"description": {"text": fix.title}, "artifactChanges": changes}]}


def _change(view: View, path: str, edits: tuple[Edit, ...]) -> dict[str, Any]:
    replacements = []
    for edit in edits:
        (row, column), (end_row, end_column) = (view.position(path, at) for at in (edit.start, edit.end))
        region = {"startLine": row, "startColumn": column, "endLine": end_row, "endColumn": end_column}
        replacements.append({"deletedRegion": region, "insertedContent": {"text": edit.replacement}})
    return {"artifactLocation": _artifact(view, path), "replacements": replacements}


def _artifact(view: View, path: str) -> dict[str, str]:
    return {"uri": quote(view.repository_path(path)), "uriBaseId": ROOT}


def _suppression(why: str) -> dict[str, str]:
    kind, _, reason = why.partition(": ")
    where = {"kind": "inSource" if "comment" in kind else "external"}
    return where | ({"justification": visible(reason)} if reason else {})


def _flow(view: View, trace: tuple[Step, ...]) -> Iterator[dict[str, Any]]:
    for number, step in enumerate(trace[:STEPS], start=1):
        importance = "essential" if number in (1, len(trace)) else "important"
        yield {"location": _location(view, step.location, step.message), "executionOrder": number, "importance": importance}


def _location(view: View, place: Location, message: str = "", function: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": _artifact(view, place.path),
            "region": _region(view, place),
        }
    }
    if message:
        found["message"] = {"text": visible(message)}
    if function:
        found["logicalLocations"] = [{"fullyQualifiedName": visible(function)}]
    return found


def _region(view: View, place: Location) -> dict[str, Any]:
    region: dict[str, Any] = {"startLine": place.row, "startColumn": place.column}
    if place.end_row:
        region |= {"endLine": place.end_row, "endColumn": place.end_column or place.column}
    if text := view.line(place.path, place.row):
        region["snippet"] = {"text": text}
    return region
