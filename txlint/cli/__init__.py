"""The command line: arguments -> request -> reporter -> exit code."""

from __future__ import annotations

import importlib
import itertools
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress

import click

from txlint import __version__
from txlint.answers import Watch
from txlint.cli.output import CLEAN, INCOMPLETE, INTERRUPTED
from txlint.errors import RuleFailure, UserError
from txlint.reporters.view import visible

NAMES = ("check", "baseline", "audit", "why", "inspect", "explain", "rules", "config", "init", "lsp", "clean")
RECURSION = 20_000
"""Calls within calls that the deepest facts and longest call paths may need; as many fit the usual stack of a process."""


def main(arguments: Sequence[str] | None = None, watch: Watch | None = None) -> int:
    """Run a command and return its exit code; the watch is told of what an analysis rests on."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), RECURSION))
    try:
        _refuse_files(sys.argv[1:] if arguments is None else arguments)
        code = commands.main(arguments, prog_name="txlint", standalone_mode=False, obj=watch)
        return code if isinstance(code, int) else CLEAN
    except UserError as error:
        _tell("error: " + "\n".join(map(visible, error.lines)))
    except click.Abort:
        return INTERRUPTED
    except click.ClickException as error:
        _tell(f"error: {visible(error.format_message())}; see `txlint --help`")
    except RuleFailure as error:
        _tell("".join(traceback.format_exception(error.__cause__)) + f"error: rule {error}; this is a bug in the rule")
    except Exception:  # noqa: BLE001  A traceback alone would exit with 1, which means findings.
        _tell(f"{traceback.format_exc()}error: a bug in txlint; please report it with the lines above")
    return INCOMPLETE


def _refuse_files(arguments: Sequence[str]) -> None:
    """Raise UserError where a file could give orders by its name: shells and hooks pass names without a look at them."""
    for one in itertools.takewhile(lambda one: one != "--", arguments):
        if one.startswith("-") and len(one) > 1 and os.path.lexists(one):
            raise UserError(f"{one}: an option, or the file of that name? Write `--` before the files, or `./` before the name")


def _tell(text: str) -> None:
    with suppress(OSError):  # Nobody can be told where the error output is broken too; the exit code still says it.
        click.echo(text, err=True)


class Commands(click.Group):
    """One module a command, `txlint/cli/NAME.py`, imported when it is asked for: `txlint --version` needs none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of `--help`."""
        return list(NAMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in NAMES:
            return None
        found: click.Command = getattr(importlib.import_module(f"txlint.cli.{cmd_name}"), cmd_name)
        return found


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="txlint", message="%(prog)s %(version)s")
def commands() -> None:
    """Find database-transaction bugs across a whole Python project.

    Exit codes: 0 no findings, 1 findings of severity error or warning, 2 wrong use or incomplete analysis, 130 interrupted.
    """
