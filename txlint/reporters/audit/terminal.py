"""The audit on one screen."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterable, Iterator, Mapping

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from txlint.audit.coverage import Audit, Judged
from txlint.audit.figures import Figures
from txlint.audit.suspects import Suspects
from txlint.audit.unresolved import entries
from txlint.reporters.audit import changes
from txlint.reporters.audit.shown import Shown
from txlint.reporters.audit.words import COLUMNS, DEFINITION, counts, figure, headline, settings, steps
from txlint.reporters.terminal import FAINT, PLACE, Line
from txlint.reporters.view import View, visible

COLOURS = {
    "covered": "bold green",
    "covered!": "bold yellow",
    "partial": "bold yellow",
    "mixed": "bold yellow",
    "uncovered": "bold red",
    "unknown": "bold magenta",
    "exempt": FAINT,
}
_SHORT = ("cov.", "cov.!", "part.", "mixed", "unc.", "unk.", "ex.")
_GLYPHS = ("█", "▓", "▒", "▒", "░", "?")
"""How a bar shows covered, covered!, partial, mixed, uncovered and unknown operations; told apart without colours too."""
_WIDE, _BARRED = 126, 90
"""Columns of the terminal from which on the table has whole words, and bars."""
_NAME = 26
_BAR = 16
_BESIDE = 62
"""The columns that the numbers take in short form."""
_WORST, _APPS, _CALLEES, _SUSPECTS = 8, 6, 4, 3


def lines(shown: Shown, width: int) -> Iterator[Line]:
    """The figures, the worst operations and what could not be followed."""
    view, found = shown.view, shown.audit
    yield from _headline(found.total, shown.silent)
    for note in settings(shown):
        yield from (((f"         {line}", FAINT),) for line in textwrap.wrap(note, min(width, 120) - 9, break_on_hyphens=False))
    yield ()
    yield from _table(found, width)
    yield from _worst(view, found)
    yield from _suspects(view, shown.suspects)
    yield from _unresolved(view, found)
    if shown.compared_with is not None:
        yield from changes.lines(shown.compared_with, shown.changes)
    yield from changes.trend(shown.runs)
    yield ()
    yield from (((line, FAINT),) for line in textwrap.wrap(DEFINITION, min(width, 120)))


def _headline(total: Figures, silent: tuple[str, ...]) -> Iterator[Line]:
    for line in headline(total):
        title, rest = line[:9], line[9:]
        yield (title, "bold"), (rest, "bold" if title.startswith("Coverage") else "")
    if silent:
        yield ((f"         not asked for soundness, because switched off: {', '.join(silent)}", COLOURS["unknown"]),)


def _table(found: Audit, width: int) -> Iterator[Line]:
    barred = width >= _BARRED
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True, max_width=min(_NAME, max(width, 60) - (_BESIDE + _BAR + 1 if barred else _BESIDE)))
    if barred:
        table.add_column("", no_wrap=True)
    for name in (*(COLUMNS if width >= _WIDE else _SHORT), "coverage"):
        table.add_column(name, justify="right", no_wrap=True)
    _rows(table, found.categories, barred)
    table.add_section()
    _rows(table, {"all": found.total}, barred)
    _rows(table, {f"  {band} steps": one for band, one in found.bands.items()}, barred)
    if len(found.apps) > 1:
        table.add_section()
        _rows(table, _apps(found), barred)
    yield from rendered(table, max(width, 60))


def _apps(found: Audit) -> Mapping[str, Figures]:
    """The apps that have the most to mend, and the others together."""
    apps = found.apps
    order = sorted(apps, key=lambda app: (apps[app].covered - apps[app].decided, -apps[app].unknown, app))
    shown = {visible(app): apps[app] for app in order[:_APPS]}
    if rest := order[_APPS:]:
        shown[f"{len(rest)} more apps"] = sum((apps[app] for app in rest), start=Figures())
    return shown


def _rows(table: Table, groups: Mapping[str, Figures], barred: bool) -> None:
    for name, one in groups.items():
        if one.needs or one.exempt:
            numbers = (str(number) if number else "·" for number in counts(one))
            table.add_row(name, *((_bar(one),) if barred else ()), *numbers, figure(one))


def _bar(one: Figures) -> RenderableType:
    """The shares of what needs a transaction, to scale; whatever there is gets at least one column."""
    parts = counts(one)[:-1]
    sizes = [max(1, _BAR * part // one.needs) if part else 0 for part in parts]
    sizes[sizes.index(max(sizes))] += (_BAR - sum(sizes)) if one.needs else 0
    return Text.assemble(*((glyph * size, COLOURS[name]) for glyph, size, name in zip(_GLYPHS, sizes, COLUMNS, strict=False)))


def rendered(what: RenderableType, width: int) -> Iterator[Line]:
    """Something of rich's as lines."""
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system="standard", legacy_windows=False)
    for segments in console.render_lines(what, pad=False):
        line = tuple((one.text, str(one.style) if one.style else "") for one in segments)
        if "".join(text for text, _ in line).strip():
            yield line


def _worst(view: View, found: Audit) -> Iterator[Line]:
    if bad := found.worst:
        yield ()
        number = min(len(bad), _WORST)
        yield ("Worst operations", "bold"), (f"  {number} of {len(bad)}, by risk; --explain OPERATION says why", FAINT)
        yield from (_brief(view, one) for one in bad[:_WORST])


def _brief(view: View, one: Judged) -> Line:
    place = visible(f"{view.filename(one.location.path)}:{one.location.row}")
    status: Line = ((f"  {one.group:<10}", COLOURS[one.group]), (f"{steps(one.verdict.steps):>9}  ", ""))
    return (*status, (place, PLACE), (f"  {visible(one.name)}", ""))


def _suspects(view: View, suspected: Iterable[Suspects]) -> Iterator[Line]:
    yield ()
    for one in suspected:
        asked = str(len(one.findings)) if one.asked else "n/a"
        silent = f" (not asked: {', '.join(one.silent)})" if one.silent else ""
        places = ", ".join(view.filename(found.location.path) + f":{found.location.row}" for found in one.findings[:_SUSPECTS])
        more = f" and {len(one.findings) - _SUSPECTS} more" if len(one.findings) > _SUSPECTS else ""
        yield (f"{one.title:<18}", "bold"), (f"{asked:>4}  ", ""), (visible(places) + more, PLACE), (silent, FAINT)


def _unresolved(view: View, found: Audit) -> Iterator[Line]:
    if not found.unresolved:
        return
    calls, first = sum(one.calls for one in found.unresolved), found.unresolved[:_CALLEES]
    yield ()
    yield ("Unresolved in transactions", "bold"), (f"  {calls} calls; what they do there is not known. The first:", FAINT)
    for one in first:
        yield (
            (f"{one.calls:>6}  ", ""),
            (visible(f"{view.filename(one.path)}:{one.line}"), PLACE),
            (f"  {visible(one.callee)}", ""),
        )
    if named := [one for one in first if one.nameable]:
        yield (("  If they write to the database, say so in pyproject.toml; else put in their effect:", FAINT),)
        yield from (((f"    {visible(line)}", ""),) for line in entries(named).splitlines())


def unknown(view: View, found: Audit) -> Iterator[Line]:
    """Every unknown operation with the reason."""
    doubtful = [one for one in found.judged if one.group == "unknown"]
    yield ((f"{len(doubtful)} of {found.total.needs} operations could not be decided", "bold"),)
    for one in doubtful:
        place = visible(f"{view.filename(one.location.path)}:{one.location.row}")
        yield (place, PLACE), (f" {visible(one.name)}", "bold"), (f"  {one.operation.category.value}", FAINT)
        yield ((f"    {visible(one.verdict.reason)}", ""),)
