"""What `--output-format` and `--output-file` mean: documents, each for a file or for standard output."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import partial
from typing import IO, NamedTuple

import click

from txlint.cli.output import colour, opened, say
from txlint.errors import UserError, did_you_mean
from txlint.reporters import concise, formats, terminal
from txlint.reporters.formats import FORMATS, PEOPLE
from txlint.reporters.terminal import Line
from txlint.reporters.view import View


class Output(NamedTuple):
    """A format, and the file that gets it; standard output without."""

    format: str
    file: str | None = None


class OutputFormat(click.ParamType):  # type: ignore[type-arg]  # Generic from click 8.4 on only.
    """FORMAT or FORMAT=FILE."""

    name = "FORMAT[=FILE]"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Output:
        """The output that is meant. Raises BadParameter for a format that there is not."""
        name, _, file = value.partition("=")
        if name not in FORMATS:
            self.fail(f"`{name}` is no format{did_you_mean(name, FORMATS)} ({', '.join(FORMATS)})", param, ctx)
        return Output(name, file or None)


def outputs(asked: Iterable[Output], file: str | None, statistics: bool) -> tuple[Output, ...]:
    """Every output with its own place. Raises UserError where two would be mixed, or one cannot show statistics."""
    found = tuple(asked) or (Output("full"),)
    if statistics and (unable := [one.format for one in found if not formats.counts(one.format)]):
        able = ", ".join(filter(formats.counts, FORMATS))
        raise UserError(f"--statistics: {unable[0]} has no place for numbers; use one of {able}")
    if len(homeless := [one for one in found if not one.file]) > 1:
        names = ", ".join(one.format for one in homeless)
        raise UserError(f"--output-format: {names} in one stream; name a file for all but one: {homeless[-1].format}=FILE")
    if file and not homeless:
        raise UserError("--output-file: every format has a file already; leave it out")
    return tuple(one if one.file else one._replace(file=file) for one in found)


def report(view: View, wanted: Iterable[Output], statistics: bool, quiet: bool) -> None:
    """Write every output."""
    for one in wanted:
        if one.file:
            with opened(one.file) as stream:
                _write(view, one.format, statistics, quiet, stream)
        else:
            say(partial(_write, view, one.format, statistics, quiet), sys.stdout)


def needs_summary(view: View, wanted: Iterable[Output]) -> bool:
    """Whether nothing that goes to standard output tells a person how it went."""
    printed = {one.format for one in wanted if not one.file}
    return not printed & {*PEOPLE} and (bool(view.report.unanalysed) or not printed - {"github"})


def _write(view: View, name: str, statistics: bool, quiet: bool, stream: IO[str]) -> None:
    if name not in PEOPLE:
        stream.write(formats.statistics(name, view) if statistics else formats.document(name, view))
        return
    lines: list[Line] = []
    if statistics:
        lines += terminal.statistics(view)
    elif name == "concise":
        lines += (((line, ""),) for line in concise.lines(view))
    else:
        lines += terminal.lines(view, (getattr(stream, "encoding", None) or "").lower().startswith("utf"))
    if not quiet:
        lines.append(terminal.summary(view))
    terminal.write(lines, stream, colour(stream))
