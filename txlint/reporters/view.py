"""What every reporter shows: a report with its paths as the user would write them, and text that is safe to print."""

from __future__ import annotations

import io
import os
import re
import tokenize
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from txlint.baseline import BASELINED
from txlint.engine import Report
from txlint.filters import KNOWN, WEAK
from txlint.findings import Applicability, Finding, Severity
from txlint.git import toplevel
from txlint.locations import Location
from txlint.rulepack import addresses, builtin_pack
from txlint.suppressions import IGNORED

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NAMED = 5
_NAME = re.compile(r"[\w.]+")


@dataclass(frozen=True)
class View:
    """A report as seen from a working directory."""

    report: Report
    root: Path
    cwd: Path
    on_github: bool = False
    """Whether it is made for GitHub, which opens an alert for a SARIF result even if that says it is suppressed."""
    links: bool = False
    """Whether what shows it can open the places and pages that are named."""

    def filename(self, path: str) -> str:
        """A path of the project relative to the working directory, with forward slashes; bytes that are no text as `\\xNN`."""
        relative = os.path.relpath(self.root / path, self.cwd).replace(os.sep, "/")
        return text_of(relative)

    def cause(self, finding: Finding) -> str:
        """The change that led to a finding, as `FILE:function`."""
        path, _, function = finding.cause.rpartition(":")
        return f"{self.filename(path)}:{function}"

    def repository_path(self, path: str) -> str:
        """A path of the project relative to the top of its repository, which is what GitHub and GitLab call a file."""
        return text_of(os.path.relpath(self.root / path, self._top).replace(os.sep, "/"))

    @cached_property
    def _top(self) -> Path:
        return toplevel(self.root) or self.root

    def address(self, code: str) -> str:
        """Where the page of a rule that ran is on the web; empty for a rule that txlint does not come with."""
        return self._addresses.get(code, "")

    def link_to(self, path: str) -> str:
        """The end of a style that makes text a link to a file of the project; empty where links are not wanted."""
        return f" link {(self.root / path).absolute().as_uri()}" if self.links else ""

    def link_to_page(self, code: str) -> str:
        """The same for the page of a rule on the web."""
        return f" link {self.address(code)}" if self.links and self.address(code) else ""

    @cached_property
    def _addresses(self) -> dict[str, str]:
        return addresses(builtin_pack(), self.report.rules)

    @cached_property
    def worst_first(self) -> tuple[Finding, ...]:
        """The shown findings by severity: whoever shows a part of them shows the worst."""
        return tuple(sorted(self.shown, key=lambda one: list(Severity).index(one.severity)))

    @cached_property
    def shown(self) -> tuple[Finding, ...]:
        """The findings that no filter has marked."""
        return tuple(finding for finding in self.report.findings if finding.suppressed is None)

    @cached_property
    def allowed(self) -> tuple[Finding, ...]:
        """The findings that a comment allows."""
        return tuple(finding for finding in self.report.findings if (finding.suppressed or "").startswith(IGNORED))

    @cached_property
    def fails(self) -> bool:
        """Whether a finding is as severe as `fail-on`; what is less is only told."""
        severities = tuple(Severity)
        least = severities.index(self.report.analysis.config.fail_on)
        return any(severities.index(finding.severity) <= least for finding in self.shown)

    def lines(self, path: str) -> tuple[str, ...]:
        """The lines of a file as text; none where it has not been read."""
        if path not in self._lines:
            self._lines[path] = self._read(path)
        return self._lines[path]

    def line(self, path: str, row: int) -> str:
        """One line of a file, empty where there is none."""
        lines = self.lines(path)
        return lines[row - 1] if 0 < row <= len(lines) else ""

    def position(self, path: str, offset: int) -> tuple[int, int]:
        """Row and column, from 1, of a place in a file given in bytes from its start."""
        source = self.report.read(path)
        row = source.count(b"\n", 0, offset) + 1
        start = source.rfind(b"\n", 0, offset) + 1
        return row, len(source[start:offset].decode(_encoding(source), "replace").removeprefix("\ufeff")) + 1

    @cached_property
    def _lines(self) -> dict[str, tuple[str, ...]]:
        return {}

    def _read(self, path: str) -> tuple[str, ...]:
        try:
            source = self.report.read(path)
        except KeyError:
            return ()
        text = source.decode(_encoding(source), "replace")
        return tuple(line.rstrip("\r") for line in text.removeprefix("\ufeff").split("\n"))

    def summary(self) -> str:
        """The last line of a report: how much was found in how much, and what is missing."""
        analysed = count(len(self.report.files), "file") + " analysed"
        if self.report.tests:
            analysed += f", {count(self.report.tests, 'test file')} left out"
        if unanalysed := self.report.unanalysed:
            names = [f"{self.filename(one.path)}: {one.reason}" for one in unanalysed[:_NAMED]]
            more = [f"and {len(unanalysed) - _NAMED} more"] if len(unanalysed) > _NAMED else []
            analysed += f", {len(unanalysed)} not analysed: {'; '.join(names + more)}"
        if self.shown:
            where = count(len({finding.location.path for finding in self.shown}), "file")
            found = f"Found {count(len(self.shown), 'finding')} in {where}"
        else:
            found = "Incomplete: no findings in what could be analysed" if unanalysed else "All checks passed"
        allowed = f", {len(self.allowed)} allowed by comments" if self.allowed else ""
        baselined = [finding for finding in self.report.findings if finding.suppressed == BASELINED]
        allowed += f", {len(baselined)} in the baseline" if baselined else ""
        allowed += f", {count(len(self.report.stale), 'baseline entry')} stale" if self.report.stale else ""
        known = [finding for finding in self.report.findings if (finding.suppressed or "").startswith(KNOWN)]
        earlier = f", {len(known)} {known[0].suppressed} already" if known else ""
        return f"{found}{self._fixable()}{allowed}{earlier}{self._weak()} ({analysed})"

    def _weak(self) -> str:
        """How many findings are less sure than what is shown, and what shows them."""
        codes = Counter(finding.code for finding in self.report.findings if finding.suppressed == WEAK)
        return f", {codes.total()} less sure (--select {','.join(sorted(codes))})" if codes else ""

    def _fixable(self) -> str:
        """For how many of the findings a fix is known, which `--fix` will prove before it writes it."""
        counts = Counter(one.fix.applicability for one in self.shown if one.fix)
        safe, unsafe = counts[Applicability.SAFE], counts[Applicability.UNSAFE]
        if unsafe and not safe:
            return f", a fix is known for {unsafe} (--fix --unsafe-fixes)"
        more = f" and for {unsafe} more (--unsafe-fixes)" if unsafe else ""
        return f", a fix is known for {safe} (--fix){more}" if safe else ""

    def stale(self) -> str:
        """What there is to say about entries of the baseline whose finding is gone."""
        stale = self.report.stale
        names = [f"{one.code} in {self.filename(one.path)}:{one.function}" for one in stale[:_NAMED]]
        more = f" and {len(stale) - _NAMED} more" if len(stale) > _NAMED else ""
        return f"{count(len(stale), 'baseline entry')} stale ({', '.join(names)}{more})"

    def statistics(self) -> tuple[tuple[int, str, str], ...]:
        """Number, code and name of the shown findings, the most frequent first."""
        counts = Counter((finding.code, finding.name) for finding in self.shown)
        return tuple((count, code, name) for (code, name), count in sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def _encoding(source: bytes) -> str:
    try:
        return tokenize.detect_encoding(io.BytesIO(source).readline)[0]
    except SyntaxError:
        return "utf-8"


def is_allowed(finding: Finding) -> bool:
    """Whether a comment in the source or the baseline allows the finding."""
    return (finding.suppressed or "").startswith((IGNORED, BASELINED))


def text_of(path: str) -> str:
    """A path as text; bytes in it that are none as `\\xNN`."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def end_column(source: str, location: Location) -> int:
    """Where a place ends on its first line, in code points from 0: with the span, the line, or the name that starts there."""
    if location.end_row == location.row and location.end_column > location.column:
        return location.end_column - 1
    if location.end_row > location.row:
        return len(source.rstrip())
    name = _NAME.match(source, location.column - 1)
    return name.end() if name else location.column


def visible(text: str) -> str:
    """The text with everything made visible that a terminal would obey: control characters, newlines, bidi controls."""
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if character in _BIDI or unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
        return f"\\u{code:04x}"
    return character


def count(number: int, noun: str) -> str:
    """A number of things: `1 file`, `2 files`, `2 entries`."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"
