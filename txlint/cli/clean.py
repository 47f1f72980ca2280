"""`txlint clean`: delete the cache."""

from __future__ import annotations

import sys

import click

from txlint.cache import clean as delete
from txlint.cli.output import CLEAN, say
from txlint.invocation import cache_folder, settings_for
from txlint.reporters.view import visible


@click.command()
@click.option("--cache-dir", metavar="FOLDER", help="The cache to delete, if it is not where it usually is.")
def clean(cache_dir: str | None) -> int:
    """Delete the cache."""
    folder = cache_folder(settings_for(()), cache_dir)
    found = visible(f"{'Deleted' if delete(folder) else 'There is no cache in'} {folder}")
    say(lambda stream: stream.write(f"{found}\n"), sys.stdout)
    return CLEAN
