"""`txlint check`: findings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO, Any

import click

from txlint.cli.options import analysed, listing, project_options
from txlint.cli.output import CLEAN, FINDINGS, INCOMPLETE, colour, opened, say
from txlint.invocation import Options
from txlint.reporters import concise, json, terminal
from txlint.reporters.terminal import Line
from txlint.reporters.view import View, visible


@click.command()
@click.argument("paths", nargs=-1)
@listing("--select", "Run only these rules (TX301, TX3, dispatch-in-transaction, ALL), whatever is configured.")
@listing("--ignore", "Do not run these rules either.")
@click.option("--output-format", type=click.Choice(["full", "concise", "json"]), default="full", envvar="TXLINT_OUTPUT_FORMAT")
@click.option("-o", "--output-file", metavar="FILE", help="Write the report to this file.")
@click.option("--diff", metavar="REF", help="Report only what is not found at the commit where REF was left: origin/main.")
@click.option("-e", "--exit-zero", is_flag=True, help="Exit with 0 even if there are findings.")
@click.option("--statistics", is_flag=True, help="Show how often each rule is violated instead of the findings.")
@click.option("-v", "--verbose", is_flag=True, help="Say which project, configuration and cache are used.")
@click.option("-q", "--quiet", is_flag=True, help="Print findings and nothing else.")
@project_options
def check(
    output_format: str, output_file: str | None, exit_zero: bool, statistics: bool, verbose: bool, quiet: bool, **given: Any
) -> int:
    """Analyse the project around PATHS (default: here) and report on PATHS."""
    request, report = analysed(Options(**given), verbose)
    view = View(report, request.root, Path.cwd())
    for note in () if quiet else report.notes:
        click.echo(visible(f"note: {note}"), err=True)
    if output_file:
        with opened(output_file) as stream:
            _report(view, output_format, statistics, quiet, stream)
    else:
        _report(view, output_format, statistics, quiet, sys.stdout)
    if report.unanalysed:
        return INCOMPLETE
    return FINDINGS if view.fails and not exit_zero else CLEAN


def _report(view: View, output_format: str, statistics: bool, quiet: bool, stream: IO[str]) -> None:
    unicode = (getattr(stream, "encoding", None) or "").lower().startswith("utf")
    lines: list[Line] = []
    if statistics:
        lines += terminal.statistics(view)
    elif output_format == "concise":
        lines += (((line, ""),) for line in concise.lines(view))
    elif output_format == "json":
        lines.append(((json.document(view), ""),))
    else:
        lines += terminal.lines(view, unicode)
    if not quiet and output_format != "json":
        lines.append(terminal.summary(view))
    elif not quiet and view.report.unanalysed:
        click.echo(visible(view.summary()), err=True)
    say(lambda out: terminal.write(lines, out, colour(out) and output_format != "json"), stream)
