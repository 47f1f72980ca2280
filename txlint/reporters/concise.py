"""One line for each finding, as compilers write them: `path:row:column: CODE message`."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.reporters.view import View, visible


def lines(view: View) -> Iterator[str]:
    """The lines of the report."""
    for finding in view.shown:
        place = f"{view.filename(finding.location.path)}:{finding.location.row}:{finding.location.column}"
        yield visible(f"{place}: {finding.code} {finding.message}")
