"""`txlint config`: the configuration that counts, and its schema."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from txlint import configschema
from txlint.cli.output import CLEAN, colour, say
from txlint.invocation import Options, request_for, settings_for
from txlint.reporters import settings as answer
from txlint.reporters import terminal
from txlint.rulepack import builtin_pack, load_pack


@click.group()
def config() -> None:
    """Show the configuration, or its JSON schema."""


@config.command()
@click.argument("path", default=".")
@click.option("--config", "file", metavar="FILE", help="Use this configuration file instead of the nearest one.")
@click.option("--output-format", type=click.Choice(["full", "json"]), default="full")
def show(path: str, file: str | None, output_format: str) -> int:
    """Show every value of the configuration for PATH (default: here), and the file and line that it comes from."""
    request_for(Options(paths=(path,), config=file, no_cache=True), load_pack(builtin_pack()))  # It may be wrong.
    settings = settings_for((path,), file)
    if output_format == "json":
        say(lambda stream: stream.write(answer.document(settings, Path.cwd()) + "\n"), sys.stdout)
    else:
        say(lambda stream: terminal.write(answer.lines(settings, Path.cwd()), stream, colour(stream)), sys.stdout)
    return CLEAN


@config.command()
def schema() -> int:
    """Print the JSON schema of `[tool.txlint]` and txlint.toml."""
    say(lambda stream: stream.write(configschema.text()), sys.stdout)
    return CLEAN
