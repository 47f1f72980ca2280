"""Why one operation has its status, for people in a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.audit.explain import Account
from txlint.audit.operations import MEANINGS as CATEGORIES
from txlint.audit.verdict import MEANINGS as STATUSES
from txlint.reporters.audit.terminal import COLOURS
from txlint.reporters.terminal import FAINT, PLACE, Line
from txlint.reporters.view import View, visible
from txlint.reporters.why import state_lines, step_lines


def lines(view: View, found: Account) -> Iterator[Line]:
    """Why one operation has its status."""
    one = found.judged
    verdict, operation = one.verdict, one.operation
    place = visible(f"{view.filename(one.location.path)}:{one.location.row}")
    yield (place, PLACE), (f" {visible(one.name)}", "bold"), (f"  {operation.category.value}: {visible(operation.why)}", "")
    mark = f" (covered!: {', '.join(one.unsound)} open)" if one.unsound else ""
    yield ("Status     ", FAINT), (verdict.status.value, COLOURS[one.group]), (f"{mark}: {visible(verdict.reason)}", "")
    yield ("           ", ""), (STATUSES[verdict.status], FAINT)
    yield ("Category   ", FAINT), (CATEGORIES[operation.category], FAINT)
    if found.states:
        yield ("Entered in", "bold"), ("  one state for each way" if len(found.states) > 1 else "", FAINT)
        yield from ((("  ", ""), *line) for line in state_lines(view, found.states))
    parts = (("Commits separately", found.units), ("Evidence", verdict.evidence), ("Open findings", found.findings))
    for title, steps in parts:
        if steps:
            yield ((title, "bold"),)
            yield from ((("  ", ""), *line) for line in step_lines(view, steps, numbered=True))
