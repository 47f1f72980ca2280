"""Reports after edits that move lines and do nothing else: comments, docstrings, blank lines, layout.

The facts of the edited files are what they were but for lines, so the analysis would find the same. Only the places in these
files have moved, and where they have gone is read off the facts. Whatever is not sure to be the same is left to an analysis.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from txlint.engine import Report
from txlint.facts.records import ModuleFacts
from txlint.findings import Finding, Step
from txlint.immaterial import moved_lines
from txlint.locations import Location

_CODE = re.compile(r"[A-Z]+[0-9]+")


class _Unsure(Exception):
    """Something may be shown otherwise than it was."""


@dataclass(frozen=True, slots=True)
class Edited:
    """A file whose text has changed, and which of its lines have become which."""

    path: str
    before: tuple[bytes, ...]
    now: tuple[bytes, ...]
    rows: Mapping[int, int]

    @property
    def has_moved(self) -> bool:
        """Whether anything that is known of the file stands in another line than before."""
        return any(row != other for row, other in self.rows.items())

    def row(self, row: int) -> int:
        """Where a line of which nothing else has changed is now."""
        found = self.rows.get(row, row if not self.has_moved else 0)
        if not 0 < found <= len(self.now) or not 0 < row <= len(self.before) or self.before[row - 1] != self.now[found - 1]:
            raise _Unsure
        return found


def edited(
    report: Report, texts: Mapping[str, bytes], read: Callable[[bytes], ModuleFacts | None]
) -> tuple[Edited, ...] | None:
    """What has become of the files of a report that have other texts now; None where that is more than moved lines."""
    found = []
    for path, text in texts.items():
        module = report.analysis.project.modules.get(path)
        if module is None or any(one.path == path for one in report.unanalysed):
            return None
        # What a comment allows depends on what stands around it.
        if any(_allows(one.text, report) for one in module.facts.comments):
            return None
        now = read(text)
        rows = None if now is None else moved_lines(module.facts, now)
        if rows is None:
            return None
        found.append(Edited(path, _lines(report.read(path)), _lines(text), rows))
    return tuple(found)


def _allows(comment: str, report: Report) -> bool:
    codes = tuple(_CODE.findall(comment.upper()))
    return "txlint" in comment or any(rule.code.startswith(codes) for rule in report.rules if codes)


def moved(report: Report, files: tuple[Edited, ...], texts: Mapping[str, bytes]) -> Report | None:
    """The report on the same project with these texts; None where it is not sure what it is.

    Fixes know lines: where some have moved, none is known until the next analysis.
    """
    by_path = {one.path: one for one in files}
    shifted = any(one.has_moved for one in files)
    try:
        findings = tuple(_finding(one, by_path, shifted) for one in report.findings)
    except _Unsure:
        return None
    ordered = tuple(sorted(findings, key=lambda one: (one.location, one.code, one.message)))

    def read(path: str) -> bytes:
        return texts[path] if path in texts else report.read(path)

    repairs = {} if shifted else report.repairs
    return dataclasses.replace(report, findings=ordered, read=read, repairs=repairs)


def _finding(one: Finding, files: Mapping[str, Edited], shifted: bool) -> Finding:
    steps = (*one.trace, *one.related)
    if not any(place.path in files for place in (one.location, *(step.location for step in steps))):
        places: tuple[str, ...] = ()
    else:
        places = tuple(files)
    said = (one.message, one.remedy, one.cause, *(step.message for step in steps)) if shifted else ()
    if any(f"{path}:" in text for text in said for path in files):
        raise _Unsure  # a line is named in words
    if not places:
        return one
    trace, related = tuple(_steps(one.trace, files)), tuple(_steps(one.related, files))
    return replace(one, location=_location(one.location, files), trace=trace, related=related)


def _steps(steps: tuple[Step, ...], files: Mapping[str, Edited]) -> Iterator[Step]:
    for one in steps:
        yield replace(one, location=_location(one.location, files))


def _location(one: Location, files: Mapping[str, Edited]) -> Location:
    file = files.get(one.path)
    if file is None:
        return one
    end_row = file.row(one.end_row) if one.end_row > one.row else 0
    row = file.row(one.row)
    return replace(one, row=row, end_row=end_row or (row if one.end_row else 0))


def _lines(text: bytes) -> tuple[bytes, ...]:
    return tuple(text.splitlines())
