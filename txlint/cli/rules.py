"""`txlint rules`: the list of rules."""

from __future__ import annotations

import sys

import click

from txlint.cli.output import CLEAN, colour, say
from txlint.invocation import settings_for
from txlint.reporters import json, terminal
from txlint.rulepack import builtin_pack, chosen, load_pack


@click.command()
@click.option("--output-format", type=click.Choice(["full", "json"]), default="full")
@click.option("--config", metavar="FILE", help="Use this configuration file instead of the nearest one.")
def rules(output_format: str, config: str | None) -> int:
    """List the rules, and which of them run here."""
    pack = load_pack(builtin_pack())
    settings = settings_for((), config)
    on = chosen(pack, settings.config.select, settings.config.ignore, str(settings.file))
    if output_format == "json":
        say(lambda stream: stream.write(json.rules(pack, on)), sys.stdout)
    else:
        say(lambda stream: terminal.write(terminal.rules(pack, on), stream, colour(stream)), sys.stdout)
    return CLEAN
