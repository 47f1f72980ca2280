"""Blame: which of the fixes that were made together may have brought a new finding out."""

from __future__ import annotations

from collections.abc import Sequence

from txlint.engine import Report
from txlint.findings import Edit, Finding, Step
from txlint.locations import Location


def blamed(group: Sequence[Finding], new: Finding, before: Report, after: Report) -> dict[int, str]:
    """The fixes that may have brought a finding out: those that change the function that its state comes from, those that it
    leads through, or else their files."""
    steps = (*new.trace, Step(new.location, ""), *new.related)
    changes = [{(one.location.path, one.function), *(_changed(before, edit) for edit in edits_of(one))} for one in group]
    for places in ({_function(after, steps[0].location)}, {_function(after, one.location) for one in steps}):
        if near := [number for number, touched in enumerate(changes) if not touched.isdisjoint(places)]:
            return dict.fromkeys(near, would_be(new))
    paths = {one.location.path for one in steps}
    near = [number for number, one in enumerate(group) if any(edit.path in paths for edit in edits_of(one))]
    return dict.fromkeys(near, would_be(new))


def _changed(report: Report, edit: Edit) -> tuple[str, str]:
    """The path and the name of the innermost function that an edit changes."""
    return _function(report, Location(edit.path, report.read(edit.path).count(b"\n", 0, edit.start) + 1))


def _function(report: Report, place: Location) -> tuple[str, str]:
    """The path and the name of the innermost function around a place."""
    module = report.analysis.project.modules.get(place.path)
    around = [one for one in module.functions if one.record.line <= place.row <= one.record.end_line] if module else []
    innermost = max(around, key=lambda one: one.record.line, default=None)
    return place.path, report.analysis.name(innermost) if innermost else ""


def edits_of(finding: Finding) -> tuple[Edit, ...]:
    """The edits of a finding whose fix has been made."""
    assert finding.fix is not None
    return finding.fix.edits


def would_be(finding: Finding) -> str:
    """What is said of a fix that brings a finding out."""
    return f"{finding.code} would be found in `{finding.function}` ({finding.location.path})"
