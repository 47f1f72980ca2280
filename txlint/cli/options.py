"""The options that commands share, and the analysis that they ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import click

from txlint.answers import Watch
from txlint.cli.progress import followed
from txlint.engine import Report, Request, unseen
from txlint.invocation import Options, request_for, settings_for
from txlint.reporters.view import visible
from txlint.rulepack import builtin_pack, load_pack

Command = Callable[..., Any]


def _split(_: click.Context, __: click.Parameter, values: Iterable[str]) -> tuple[str, ...]:
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


def listing(name: str, meaning: str) -> Command:
    """An option that may be repeated and takes a list with commas."""
    return click.option(name, multiple=True, callback=_split, metavar="LIST", help=meaning)


def project_options(command: Command) -> Command:
    """The options of every command that analyses a project."""
    for option in (
        click.option("--config", metavar="FILE", help="Use this configuration file instead of the nearest one."),
        click.option("--jobs", type=click.IntRange(1), metavar="N", help="Number of worker processes."),
        click.option("--cache-dir", metavar="FOLDER", help="Keep the cache here."),
        click.option("--no-cache", is_flag=True, help="Neither read nor write the cache."),
        listing("--exclude", "Leave out these paths too (patterns as in .gitignore)."),
    ):
        command = option(command)
    return command


def analysed(options: Options, verbose: bool = False, quiet: bool = False) -> tuple[Request, Report]:
    """The request that the options mean, and its report."""
    pack = load_pack(builtin_pack())
    request = request_for(options, pack)
    if verbose:
        file = settings_for((str(request.root),), options.config).file
        for line in (f"project: {request.root}", f"configuration: {file or 'none'}", f"cache: {request.cache or 'none'}"):
            click.echo(visible(line), err=True)
    report = followed(request, pack, quiet)
    if watch := click.get_current_context().find_object(Watch):
        unread = (request.root / one.path for one in report.unanalysed)
        watch.analysed(unread, not report.notes, report, lambda: unseen(request, report))
    return request, report
