"""Findings for people: the message, the place in the source, the steps that lead there, and the remedy."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from typing import IO, NamedTuple

from txlint.api import Rule
from txlint.findings import Applicability, Finding, Severity, Step
from txlint.locations import Location
from txlint.reporters.view import View, end_column, visible

Span = tuple[str, str]
"""Text and its style; the styles are rich's."""
Line = tuple[Span, ...]


class Pen(NamedTuple):
    """What frames and underlines are drawn with."""

    corner: str
    bar: str
    mark: str


UNICODE, ASCII = Pen("╭─", "│", "━"), Pen("-->", "|", "^")
COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.INFO: "bold cyan"}
FAINT, PLACE, MARGIN, HELP = "dim", "cyan", "blue", "bold green"
WIDTH = 160
TAB = 4


def lines(view: View, unicode: bool = True) -> Iterator[Line]:
    """The findings of a report, each followed by an empty line."""
    for finding in view.shown:
        yield from _finding(view, finding, UNICODE if unicode else ASCII)
        yield ()


def summary(view: View) -> Line:
    """The last line of a report."""
    passed = not view.shown and not view.report.unanalysed
    return ((visible(view.summary()), "bold green" if passed else "bold red" if view.fails else "bold yellow"),)


def statistics(view: View) -> Iterator[Line]:
    """How often each rule was violated."""
    for count, code, name in view.statistics():
        yield ((f"{count:>6}  ", "bold"), (code, "bold red"), (f"  {name}", ""))


def write(lines: Iterable[Line], stream: IO[str], colour: bool) -> None:
    """Print lines, in colour or as plain text."""
    if not colour:
        stream.writelines("".join(text for text, _ in line).rstrip() + "\n" for line in lines)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, force_terminal=True, color_system="standard", no_color=False, highlight=False)
    for line in lines:
        console.print(Text.assemble(*line), soft_wrap=True)


def _finding(view: View, finding: Finding, pen: Pen) -> Iterator[Line]:
    place, colour = finding.location, COLOURS[finding.severity]
    margin = " " * (len(str(place.row + 1)) + 1)
    within = "" if finding.function == "<module>" else f" in {visible(finding.function)}"
    code = (f"{finding.severity}[{finding.code}]", colour + view.link_to_page(finding.code))
    yield code, (f" {visible(finding.message)}", "bold")
    here: Line = (" ", ""), (f"{_place(view, place)}:{place.column}", PLACE + view.link_to(place.path))
    yield (margin + pen.corner, MARGIN), *here, (f"{within}  {finding.name}", FAINT)
    if view.lines(place.path):
        yield from _excerpt(view, place, pen, colour)
    yield from _trace(view, finding.trace, margin)
    if finding.cause:
        yield (f"{margin}caused by your change in ", FAINT), (visible(view.cause(finding)), PLACE)
    for step in finding.related:
        linked = (_place(view, step.location), PLACE + view.link_to(step.location.path))
        yield (f"{margin}see ", FAINT), linked, (f"  {visible(step.message)}", "")
    for number, text in enumerate(finding.remedy.splitlines()):
        yield (margin + ("help: " if number == 0 else "      "), HELP), (visible(text), "")
    if finding.fix is not None:
        option = "--fix" if finding.fix.applicability is Applicability.SAFE else "--fix --unsafe-fixes"
        yield (margin + "fix:  ", HELP), (visible(f"{finding.fix.title} ({option})"), "")


def _place(view: View, location: Location) -> str:
    return visible(f"{view.filename(location.path)}:{location.row}")


def _excerpt(view: View, place: Location, pen: Pen, colour: str) -> Iterator[Line]:
    """The line of the finding between its neighbours, underlined where it is meant."""
    size = len(str(place.row + 1))
    yield (" " * size, ""), (f" {pen.bar}", MARGIN)
    for row in (place.row - 1, place.row, place.row + 1):
        source = view.line(place.path, row)
        begin = max(0, place.column - WIDTH // 2) if len(source) > WIDTH else 0
        text = _shown(source[begin : begin + WIDTH]).rstrip()
        if text or row == place.row:
            yield (f"{row:>{size}} {pen.bar} ", MARGIN), (text, "" if row == place.row else FAINT)
        if row == place.row:
            start, end = place.column - 1 - begin, min(end_column(source, place) - begin, WIDTH)
            before, under = (_width(_shown(source[begin : begin + at])) for at in (start, end))
            yield (f"{' ' * size} {pen.bar} ", MARGIN), (" " * before + pen.mark * max(1, under - before), colour)
    yield (" " * size, ""), (f" {pen.bar}", MARGIN)


def _trace(view: View, trace: tuple[Step, ...], margin: str) -> Iterator[Line]:
    """The steps by number, each with its line of source below what it says."""
    places = [_place(view, step.location) for step in trace]
    widest, digits = max(map(len, places), default=0), len(str(len(trace)))
    for number, (step, place) in enumerate(zip(trace, places, strict=True), start=1):
        linked = (place, PLACE + view.link_to(step.location.path))
        said = f"{' ' * (widest - len(place))}  {visible(step.message)}"
        yield (f"{margin}{number:>{digits}} ", "bold"), linked, (said, "")
        if source := _shown(view.line(step.location.path, step.location.row)).strip():
            yield ((" " * (len(margin) + digits + widest + 3) + source[:WIDTH], FAINT),)


def _shown(source: str) -> str:
    return visible(source.expandtabs(TAB))


def _width(text: str) -> int:
    """Columns that the text takes in a terminal."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.combining(character) > 0 for character in text)


def rules(pack: Iterable[Rule], on: frozenset[str]) -> Iterator[Line]:
    """The rules as a table: code, name, severity, on or off."""
    pack = tuple(pack)
    widest = max((len(rule.name) for rule in pack), default=0)
    for rule in pack:
        switch = ("on", "green") if rule.code in on else ("off", FAINT)
        severity = (f"  {rule.severity:<7}  ", COLOURS[rule.severity])
        yield (rule.code, "bold"), (f"  {rule.name:<{widest}}", ""), severity, switch


def write_page(text: str, stream: IO[str], colour: bool) -> None:
    """Print a rule page, laid out for a terminal or as it is."""
    if not colour:
        stream.write(text)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console(file=stream, force_terminal=True, color_system="standard")
    console.print(Markdown(text), width=min(console.width, 100))
