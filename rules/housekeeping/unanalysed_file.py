"""TX004: a file of the project that the analysis had to do without."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Finding, Location, Severity, rule


@rule("TX004")
def unanalysed_file(analysis: Analysis) -> Iterator[Finding]:
    for file in analysis.unanalysed:
        yield Finding(
            "TX004",
            "unanalysed-file",
            f"not analysed: {file.reason}",
            Severity.ERROR,
            Confidence.HIGH,
            Location(file.path, file.row, file.column),
            "<module>",
            remedy="make it readable, or leave it out with `exclude`",
        )
