"""`txlint why`: what is open at a line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from txlint.cli.options import project_options
from txlint.cli.output import CLEAN, colour, say
from txlint.engine import analyse
from txlint.errors import UserError
from txlint.invocation import Options, request_for, without_rules
from txlint.reporters import answer, terminal
from txlint.reporters import why as text
from txlint.reporters.view import View
from txlint.rulepack import builtin_pack, load_pack
from txlint.transactions.why import explain


@click.command()
@click.argument("place", metavar="FILE:LINE")
@click.option("--output-format", type=click.Choice(["full", "json"]), default="full")
@project_options
def why(place: str, output_format: str, **given: Any) -> int:
    """Explain which transactions are open at FILE:LINE, and how the program gets there."""
    path, _, line = place.rpartition(":")
    if not path or not line.isdigit():
        raise UserError(f"`{place}`: write FILE:LINE, such as shop/views.py:12")
    request = without_rules(request_for(Options(paths=(path,), **given), load_pack(builtin_pack())))
    report = analyse(request, ())
    inside = Path(path).resolve().relative_to(request.root).as_posix()
    view, found = View(report, request.root, Path.cwd()), explain(report.analysis, inside, int(line))
    if output_format == "json":
        say(lambda stream: stream.write(answer.document(view, found) + "\n"), sys.stdout)
    else:
        say(lambda stream: terminal.write(text.lines(view, found), stream, colour(stream)), sys.stdout)
    return CLEAN
