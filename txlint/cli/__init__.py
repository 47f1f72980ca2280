"""The command line: arguments -> request -> reporter -> exit code."""

from __future__ import annotations

import importlib
import traceback
from collections.abc import Sequence

import click

from txlint import __version__
from txlint.answers import Watch
from txlint.cli.output import CLEAN, INCOMPLETE, INTERRUPTED
from txlint.errors import RuleFailure, UserError

NAMES = ("check", "baseline", "audit", "why", "inspect", "explain", "rules", "config", "init", "lsp", "clean")


def main(arguments: Sequence[str] | None = None, watch: Watch | None = None) -> int:
    """Run a command and return its exit code; the watch is told of what an analysis rests on."""
    try:
        code = commands.main(arguments, prog_name="txlint", standalone_mode=False, obj=watch)
        return code if isinstance(code, int) else CLEAN
    except UserError as error:
        click.echo(f"error: {error}", err=True)
    except click.Abort:
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
    except RuleFailure as error:
        traceback.print_exception(error.__cause__)
        click.echo(f"error: rule {error}; this is a bug in the rule", err=True)
    except Exception:  # noqa: BLE001  A traceback alone would exit with 1, which means findings.
        traceback.print_exc()
        click.echo("error: a bug in txlint; please report it with the lines above", err=True)
    return INCOMPLETE


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
