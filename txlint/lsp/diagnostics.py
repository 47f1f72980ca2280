"""Findings as an editor shows them: spans in its units, and the path as related places."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from lsprotocol import types as lsp
from pygls.workspace import PositionCodec

from txlint.findings import Finding, Severity, Step
from txlint.locations import Location
from txlint.reporters.view import View, end_column
from txlint.suppressions import UNUSED

SOURCE = "txlint"
_SEVERITIES = {
    Severity.ERROR: lsp.DiagnosticSeverity.Error,
    Severity.WARNING: lsp.DiagnosticSeverity.Warning,
    Severity.INFO: lsp.DiagnosticSeverity.Information,
}


@dataclass(frozen=True, slots=True)
class Sight:
    """A report as one editor sees it."""

    view: View
    codec: PositionCodec
    uri: Callable[[str], str]
    """The name that the editor has for a file of the project."""
    related: bool
    """Whether the editor shows related places of a diagnostic; else the message names them."""

    def of(self, path: str) -> tuple[Finding, ...]:
        """What is to be shown in a file. Of one that cannot be analysed now, old findings say nothing."""
        broken = {one.path: (one.row, one.column) for one in self.view.report.unanalysed}
        found = (one for one in self.view.shown if one.location.path == path)
        return tuple(one for one in found if broken.get(path) in (None, (one.location.row, one.location.column)))

    def diagnostics(self, path: str) -> list[lsp.Diagnostic]:
        """The findings of a file."""
        return [self._diagnostic(one) for one in self.of(path)]

    def range(self, location: Location) -> lsp.Range:
        """A span in the editor's units, which start at 0."""
        row, source = location.row - 1, self.view.line(location.path, location.row)
        if location.end_row > location.row:
            end = self._position(location.path, location.end_row, location.end_column - 1)
        else:
            end = lsp.Position(row, self.codec.client_num_units(source[: end_column(source, location)]))
        return lsp.Range(self._position(location.path, location.row, location.column - 1), end)

    def span(self, data: bytes, start: int, end: int) -> lsp.Range:
        """A span of bytes of a text in the editor's units."""
        before, inside = data[:start].decode("utf-8", "replace"), data[start:end].decode("utf-8", "replace")
        return lsp.Range(self._after(before), self._after(before + inside))

    def _after(self, text: str) -> lsp.Position:
        return lsp.Position(text.count("\n"), self.codec.client_num_units(text.rpartition("\n")[2]))

    def _position(self, path: str, row: int, column: int) -> lsp.Position:
        return lsp.Position(row - 1, self.codec.client_num_units(self.view.line(path, row)[:column]))

    def _diagnostic(self, finding: Finding) -> lsp.Diagnostic:
        steps = tuple(_steps(finding))
        return lsp.Diagnostic(
            self.range(finding.location),
            "\n".join(self._message(finding, () if self.related else steps)),
            _SEVERITIES[finding.severity],
            finding.code,
            lsp.CodeDescription(address) if (address := self.view.address(finding.code)) else None,
            SOURCE,
            tags=[lsp.DiagnosticTag.Unnecessary] if finding.code == UNUSED else None,
            related_information=[self._related(one) for one in steps] if self.related else None,
            data={"name": finding.name, "confidence": finding.confidence.value, "fingerprint": finding.fingerprint},
        )

    def _message(self, finding: Finding, steps: tuple[Step, ...]) -> Iterator[str]:
        yield finding.message
        yield from (f"{one.location.path}:{one.location.row}  {one.message}" for one in steps)
        if finding.remedy:
            yield f"help: {finding.remedy}"

    def _related(self, step: Step) -> lsp.DiagnosticRelatedInformation:
        place = lsp.Location(self.uri(step.location.path), self.range(step.location))
        return lsp.DiagnosticRelatedInformation(place, step.message)


def plain(given: Any) -> Any:
    """What pygls makes of a JSON object without a type, as a dictionary."""
    return given._asdict() if hasattr(given, "_asdict") else given


def _steps(finding: Finding) -> Iterator[Step]:
    """The path by number, then what else there is to see."""
    for number, one in enumerate(finding.trace, start=1):
        yield Step(one.location, f"{number}. {one.message}")
    yield from finding.related
