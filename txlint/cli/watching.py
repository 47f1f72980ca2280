"""`--watch`: the same check again after every change of the project."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from txlint.baseline import FILE_NAME
from txlint.cli.output import CLEAN
from txlint.errors import UserError
from txlint.filekinds import CONFIGURATION
from txlint.reporters.view import visible

CLEAR = "\x1b[2J\x1b[3J\x1b[H"


def watched(root: Path, check: Callable[[], int]) -> int:
    """Check now and after every change until interrupted. Raises UserError where the library for it is not installed."""
    try:
        from watchfiles import DefaultFilter, watch
    except ImportError:
        raise UserError("--watch: needs watchfiles; install it by `pip install 'txlint[watch]'`") from None

    folders = DefaultFilter()
    _again(root, check)
    for _ in watch(root, watch_filter=lambda change, path: folders(change, path) and _matters(path), raise_interrupt=True):
        if sys.stdout.isatty():
            click.echo(CLEAR, nl=False)
        _again(root, check)
    return CLEAN


def _matters(path: str) -> bool:
    name = Path(path).name
    return name.endswith(".py") or name in (*CONFIGURATION, FILE_NAME, ".gitignore")


def _again(root: Path, check: Callable[[], int]) -> None:
    try:
        check()
    except UserError as error:  # Half-typed configuration is no reason to stop.
        click.echo("error: " + "\n".join(map(visible, error.lines)), err=True)
    click.echo(f"Watching {root}; Ctrl-C ends it.", err=True)
