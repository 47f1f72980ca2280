"""`txlint audit`: coverage by transactions."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import click

from txlint.audit.coverage import measure
from txlint.audit.explain import account
from txlint.cli.options import analysed, project_options
from txlint.cli.output import CLEAN, INCOMPLETE, colour, say
from txlint.invocation import Options
from txlint.reporters import audit as figures
from txlint.reporters import terminal
from txlint.reporters.view import View


@click.command()
@click.argument("paths", nargs=-1)
@click.option("--explain", "operation", metavar="OPERATION", help="Say why an operation has its status: Order.place")
@click.option("--unknown", is_flag=True, help="List the operations that could not be decided, with the reason.")
@click.option("--format", "output_format", type=click.Choice(["table", "json"]), default="table")
@project_options
def audit(operation: str | None, unknown: bool, output_format: str, **given: Any) -> int:
    """Show how many of the operations in PATHS (default: here) are known to be covered by transactions."""
    request, report = analysed(Options(**given))
    view, found = View(report, request.root, Path.cwd()), measure(report.analysis, report.findings, request.focus)
    if output_format == "json":
        text = figures.document(view, found)
        say(lambda stream: stream.write(text + "\n"), sys.stdout)
    else:
        width = shutil.get_terminal_size((100, 24)).columns
        lines = figures.unknown(view, found) if unknown else figures.lines(view, found, width)
        if operation is not None:
            lines = figures.account(view, account(report.analysis, found, report.findings, operation))
        say(lambda stream: terminal.write(lines, stream, colour(stream)), sys.stdout)
    return INCOMPLETE if report.unanalysed else CLEAN
