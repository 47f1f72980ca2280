"""TX004: a file of the project that the analysis had to do without."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Location, Violation, rule


@rule("TX004")
def unanalysed_file(analysis: Analysis) -> Iterator[Violation]:
    for file in analysis.unanalysed:
        place = Location(file.path, file.row, file.column)
        yield Violation(place, "<module>", f"not analysed: {file.reason}", "make it readable, or leave it out with `exclude`")
