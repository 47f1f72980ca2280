"""The right patterns that were recognised in a project, for people in a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.audit.coverage import within
from txlint.reporters.terminal import FAINT, PLACE, Line
from txlint.reporters.view import View, visible
from txlint.transactions.recognised import NAMES, Pattern


def lines(view: View, found: tuple[Pattern, ...], focus: frozenset[str] | None) -> Iterator[Line]:
    """Each pattern with the functions that follow it, and what shows it there."""
    found = tuple(one for one in found if focus is None or any(within(one.location.path, folder) for folder in focus))
    kinds = {one.code for one in found}
    yield ((f"{len(kinds)} of {len(NAMES)} right patterns, {len(found)} times", "bold"),)
    for code, name in NAMES.items():
        listed = [one for one in found if one.code == code]
        if listed:
            yield ()
            yield (f"{code:<4}", "bold green"), (name, "bold"), (f"  {len(listed)}", FAINT)
            for one in listed:
                place = visible(f"{view.filename(one.location.path)}:{one.location.row}")
                yield (f"    {place}", PLACE), (f"  {visible(one.function)}", "")
                yield from (((f"        {step.location.row}: {visible(step.message)}", FAINT),) for step in one.evidence)
    if absent := [code for code in NAMES if code not in kinds]:
        yield ()
        yield ((f"not seen: {', '.join(absent)}", FAINT),)
