"""`txlint check`: findings."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

import click

from txlint.cli.allowing import allowed
from txlint.cli.fixing import Fixing, fixed, offered
from txlint.cli.options import analysed, listing, project_options
from txlint.cli.output import CLEAN, FINDINGS, INCOMPLETE, links
from txlint.cli.outputs import Output, OutputFormat, needs_summary, outputs
from txlint.cli.outputs import report as write
from txlint.cli.watching import watched
from txlint.errors import UserError
from txlint.findings import Severity
from txlint.invocation import Options, settings_for
from txlint.reporters.formats import EDITABLE, FORMATS
from txlint.reporters.view import View, visible


@click.command()
@click.argument("paths", nargs=-1)
@listing("--select", "Run only these rules (TX301, TX3, dispatch-in-transaction, ALL), whatever is configured.")
@listing("--ignore", "Do not run these rules either.")
@click.option(
    "--output-format",
    multiple=True,
    type=OutputFormat(),
    envvar="TXLINT_OUTPUT_FORMAT",
    help=f"{', '.join(FORMATS)}; may be repeated, each with a file of its own: github, sarif=txlint.sarif.",
)
@click.option("-o", "--output-file", metavar="FILE", envvar="TXLINT_OUTPUT_FILE", help="Write the report to this file.")
@click.option("--stdin-filename", metavar="FILE", help="Analyse standard input (`-`) as the text of this file.")
@click.option("--fail-on", type=click.Choice([one.value for one in Severity]), help="The least severity that makes it fail.")
@click.option("--baseline", metavar="FILE", help="Known findings, if they are not where they usually are.")
@click.option("--no-baseline", is_flag=True, help="Report known findings too.")
@click.option("-e", "--exit-zero", is_flag=True, help="Exit with 0 even if there are findings.")
@click.option("--statistics", is_flag=True, help="Show how often each rule is violated instead of the findings.")
@click.option(
    "--diff",
    metavar="[REF]",
    is_flag=False,
    flag_value="",
    help="Alone: print what --fix would change. With REF (origin/main): report only what is not found where it was left.",
)
@click.option("--fix", is_flag=True, help="Write the safe fixes, each proved on the whole project, and report what is left.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: fixes that change what the program does, too.")
@click.option("--show-fixes", is_flag=True, help="With --fix or --diff: list what was fixed.")
@click.option("-v", "--verbose", is_flag=True, help="Say which project, configuration and cache are used.")
@click.option("-q", "--quiet", is_flag=True, help="Print findings and nothing else.")
@click.option("--add-suppressions", metavar="REASON", help="Write comments that allow what is found, for this reason.")
@click.option("-w", "--watch", is_flag=True, help="Check again after every change.")
@project_options
def check(
    output_format: tuple[Output, ...],
    output_file: str | None,
    stdin_filename: str | None,
    paths: tuple[str, ...],
    exit_zero: bool,
    statistics: bool,
    diff: str | None,
    fix: bool,
    unsafe_fixes: bool,
    show_fixes: bool,
    verbose: bool,
    quiet: bool,
    add_suppressions: str | None,
    watch: bool,
    **given: Any,
) -> int:
    """Analyse the project around PATHS (default: here) and report on PATHS."""
    text = _piped(stdin_filename, paths)
    if text is not None and (fix or diff == "" or watch or add_suppressions is not None):
        raise UserError("--stdin-filename: standard input is only reported on; save the file and name it")
    if show_fixes and not (fix or diff == ""):
        raise UserError("--show-fixes lists what was fixed; add --fix or --diff")
    fixing = Fixing(unsafe_fixes, diff == "", show_fixes, quiet) if fix or diff == "" else None
    how = How(outputs(output_format, output_file, statistics), statistics, quiet, verbose, fixing)
    options = Options(paths=(stdin_filename,) if stdin_filename else paths, text=text, diff=diff or None, **given)
    if add_suppressions is not None:
        return allowed(options, add_suppressions)
    if watch:
        return watched(settings_for(options.paths, options.config).root, lambda: _checked(options, how))
    code = _checked(options, how)
    return CLEAN if exit_zero and code == FINDINGS else code


class How(NamedTuple):
    """How to report."""

    outputs: tuple[Output, ...]
    statistics: bool
    quiet: bool
    verbose: bool
    fixing: Fixing | None


def _checked(options: Options, how: How) -> int:
    request, report = analysed(options, how.verbose, how.quiet)
    if how.fixing:
        report, differs = fixed(request, report, how.fixing)
        if how.fixing.diff:
            return INCOMPLETE if report.unanalysed else FINDINGS if differs else CLEAN
    if not (how.statistics or EDITABLE.isdisjoint(one.format for one in how.outputs)):
        report = offered(request, report)
    view = View(report, request.root, Path.cwd(), os.environ.get("GITHUB_ACTIONS") == "true", links(sys.stdout))
    for note in () if how.quiet else report.notes:
        click.echo(visible(f"note: {note}"), err=True)
    write(view, how.outputs, how.statistics, how.quiet)
    if not how.quiet and needs_summary(view, how.outputs):
        click.echo(visible(view.summary()), err=True)
    if report.unanalysed:
        return INCOMPLETE
    if worn := report.stale and request.config.ratchet:
        click.echo(visible(f"error: {view.stale()}; `ratchet` wants that gone: run `txlint baseline prune`"), err=True)
    return FINDINGS if view.fails or worn else CLEAN


def _piped(filename: str | None, paths: tuple[str, ...]) -> bytes | None:
    """Standard input, where it is meant."""
    if filename is None and "-" in paths:
        raise UserError("`-` reads standard input; say which file it is with --stdin-filename FILE")
    if filename is not None and paths not in ((), ("-",)):
        raise UserError("--stdin-filename: other PATHS cannot be given with it")
    return None if filename is None else sys.stdin.buffer.read()
