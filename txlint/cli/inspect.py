"""`txlint inspect`: what was inferred of a project."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import click

from txlint.cli.options import project_options
from txlint.cli.output import CLEAN, INCOMPLETE, colour, say
from txlint.engine import analyse
from txlint.invocation import Options, request_for, without_rules
from txlint.reporters import answer, terminal
from txlint.reporters import inspect as text
from txlint.reporters.view import View
from txlint.rulepack import builtin_pack, load_pack
from txlint.transactions.inferred import inferred


@click.command()
@click.argument("paths", nargs=-1)
@click.option("--output-format", type=click.Choice(["full", "json"]), default="full")
@project_options
def inspect(output_format: str, **given: Any) -> int:
    """Show what was inferred of the code in PATHS (default: here): its own openers, deferrals, tasks and sessions."""
    request = without_rules(request_for(Options(**given), load_pack(builtin_pack())))
    report = analyse(request, ())
    view, found = View(report, request.root, Path.cwd()), inferred(report.analysis, request.focus)
    if output_format == "json":
        say(lambda stream: stream.write(answer.document(view, found) + "\n"), sys.stdout)
    else:
        width = shutil.get_terminal_size((100, 24)).columns
        say(lambda stream: terminal.write(text.lines(view, found, width), stream, colour(stream)), sys.stdout)
    return INCOMPLETE if report.unanalysed else CLEAN
