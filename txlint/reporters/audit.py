"""The audit on one screen, for one operation, and for programs."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator
from typing import Any

import msgspec

from txlint.audit.coverage import Audit, Figures, Judged, Ratio
from txlint.audit.explain import Account
from txlint.audit.operations import MEANINGS as CATEGORIES
from txlint.audit.operations import Category
from txlint.audit.verdict import MEANINGS as STATUSES
from txlint.reporters.terminal import FAINT, PLACE, Line
from txlint.reporters.view import View, visible
from txlint.reporters.why import state_lines, step_lines

_COLOURS = {
    "covered": "bold green",
    "covered!": "bold yellow",
    "partial": "bold yellow",
    "mixed": "bold yellow",
    "uncovered": "bold red",
    "unknown": "bold magenta",
    "exempt": FAINT,
}
_COLUMNS = ("covered", "covered!", "partial", "mixed", "uncovered", "unknown", "exempt")
_SHORT = ("cov.", "cov.!", "part.", "mixed", "unc.", "unk.", "ex.")
_WIDE = 100
"""Columns of the terminal from which on the table has whole words."""
_BAD = ("uncovered", "partial", "mixed")
_BANDS = ("6+", "3-5", "2", "")
_WORST, _CALLEES = 8, 5


def lines(view: View, found: Audit, width: int) -> Iterator[Line]:
    """The figures, the worst operations and what could not be followed."""
    yield from _headline(found.total)
    yield ()
    yield from _table(found, width)
    yield ()
    yield from (((line, FAINT),) for line in textwrap.wrap(_DEFINITION, min(width, 120)))
    yield from _worst(view, found)
    yield from _unresolved(found)


def _headline(total: Figures) -> Iterator[Line]:
    if not total.needs:
        yield ("Coverage ", "bold"), ("n/a", ""), (": no operation needs a transaction", "")
        return
    if total.in_doubt:
        between = f"between {total.lower} and {total.upper}"
        yield ("Coverage ", "bold"), (between, "bold"), (f", because {total.unknown} are unknown", _COLOURS["unknown"])
    else:
        yield ("Coverage ", "bold"), (str(total.coverage), "bold"), (f", {total.unknown} unknown", _COLOURS["unknown"])
        if total.unknown:
            yield ((f"         at least {total.lower}, at most {total.upper}", FAINT),)
    yield ((f"Sound    {total.sound}, {total.unsound} covered with open findings", ""),)


def _table(found: Audit, width: int) -> Iterator[Line]:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    for name in (*(_COLUMNS if width >= _WIDE else _SHORT), "coverage"):
        table.add_column(name, justify="right", no_wrap=True)
    rows = [(category.value, found.of(category)) for category in Category]
    shown = [(name, one) for name, one in rows if one.needs or one.exempt]
    for name, one in shown:
        table.add_row(name, *_cells(one))
    table.add_section()
    table.add_row("all", *_cells(found.total))
    for band in _BANDS[:3]:
        if (one := found.of_band(band)).needs:
            table.add_row(f"  {band} steps", *_cells(one))
    text = io.StringIO()
    Console(file=text, width=max(width, 60), color_system=None).print(table)
    yield from (((line.rstrip(), ""),) for line in text.getvalue().splitlines() if line.strip())


def _cells(one: Figures) -> tuple[str, ...]:
    counts = (one.covered - one.unsound, one.unsound, one.partial, one.mixed, one.uncovered, one.unknown, one.exempt)
    return (*(str(number) if number else "·" for number in counts), str(one.coverage))


_DEFINITION = (
    "An operation is a callable in which a transaction decision is due, counted once where it is defined: views and their "
    "hooks, admin methods, tasks, receivers, commands, functions that write in a borrowed session, and public functions "
    "that write and are called by one of these. Tests and migrations are not counted. Coverage is covered / (covered + "
    "partial + mixed + uncovered); exempt ones (no write, one write, dispatch only, declared) and unknown ones are not in it. "
    "covered! has a transaction that does not keep its promise: an open finding of TX301/302/304/305/403/601-608."
)


def _worst(view: View, found: Audit) -> Iterator[Line]:
    bad = [one for one in found.judged if one.verdict.status.group in _BAD]
    bad.sort(key=lambda one: (_BANDS.index(one.band), _BAD.index(one.group), -one.verdict.steps, one.location))
    if not bad:
        return
    yield ()
    yield ("Worst operations", "bold"), (f"  {min(len(bad), _WORST)} of {len(bad)}; --explain OPERATION says why", FAINT)
    for one in bad[:_WORST]:
        yield from _brief(view, one)


def _brief(view: View, one: Judged) -> Iterator[Line]:
    place = visible(f"{view.filename(one.location.path)}:{one.location.row}")
    steps = f"{one.verdict.steps} steps" if one.verdict.steps != 1 else "1 step"
    status: Line = ((f"  {one.verdict.status.group:<10}", _COLOURS[one.group]), (f"{steps:>9}  ", ""))
    yield (*status, (place, PLACE), (f"  {visible(one.name)}", ""))


def _unresolved(found: Audit) -> Iterator[Line]:
    if found.unresolved:
        calls = sum(count for _, count in found.unresolved)
        yield ()
        yield ("Unresolved in transactions", "bold"), (f"  {calls} calls; what they do there is not known", FAINT)
        yield ((f"  {visible(', '.join(f'{name} ({count})' for name, count in found.unresolved[:_CALLEES]))}", ""),)


def unknown(view: View, found: Audit) -> Iterator[Line]:
    """Every unknown operation with the reason."""
    doubtful = [one for one in found.judged if one.verdict.status.group == "unknown"]
    yield ((f"{len(doubtful)} of {found.total.needs} operations could not be decided", "bold"),)
    for one in doubtful:
        place = visible(f"{view.filename(one.location.path)}:{one.location.row}")
        yield (place, PLACE), (f" {visible(one.name)}", "bold"), (f"  {one.operation.category.value}", FAINT)
        yield ((f"    {visible(one.verdict.reason)}", ""),)


def account(view: View, found: Account) -> Iterator[Line]:
    """Why one operation has its status."""
    one = found.judged
    verdict, operation = one.verdict, one.operation
    place = visible(f"{view.filename(one.location.path)}:{one.location.row}")
    yield (place, PLACE), (f" {visible(one.name)}", "bold"), (f"  {operation.category.value}: {visible(operation.why)}", "")
    mark = f" (covered!: {', '.join(one.unsound)} open)" if one.unsound else ""
    yield ("Status     ", FAINT), (verdict.status.value, _COLOURS[one.group]), (f"{mark}: {visible(verdict.reason)}", "")
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


def document(view: View, found: Audit) -> str:
    """The audit as JSON: integers, and every operation with its status."""
    data = {
        "total": _figures(found.total) | {"weighted": _ratio(found.weighted)},
        "categories": {category.value: _figures(found.of(category)) for category in Category},
        "steps": {band: _figures(found.of_band(band)) for band in _BANDS[:3]},
        "operations": [_operation(view, one) for one in found.judged],
        "unresolved_in_transactions": [{"callee": name, "calls": count} for name, count in found.unresolved],
        "unanalysed": [view.filename(one.path) for one in view.report.unanalysed],
    }
    return msgspec.json.format(msgspec.json.encode(data), indent=2).decode()


def _figures(one: Figures) -> dict[str, Any]:
    counts = ("covered", "partial", "mixed", "uncovered", "unknown", "exempt", "unsound", "decided", "needs", "in_doubt")
    ratios = ("coverage", "lower", "upper", "sound")
    return {name: getattr(one, name) for name in counts} | {name: _ratio(getattr(one, name)) for name in ratios}


def _ratio(one: Ratio) -> dict[str, Any]:
    return {"covered": one.part, "total": one.whole, "text": str(one)}


def _operation(view: View, one: Judged) -> dict[str, Any]:
    return {
        "identity": one.operation.identity,
        "name": one.name,
        "category": one.operation.category.value,
        "why": one.operation.why,
        "status": one.verdict.status.value,
        "reason": one.verdict.reason,
        "steps": one.verdict.steps,
        "unsound": list(one.unsound),
        "unreached": one.verdict.unreached,
        "filename": view.filename(one.location.path),
        "location": {"row": one.location.row, "column": one.location.column},
    }
