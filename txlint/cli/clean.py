"""`txlint clean`: delete the cache."""

from __future__ import annotations

import click

from txlint.cache import clean as delete
from txlint.cli.output import CLEAN
from txlint.invocation import cache_folder, settings_for
from txlint.reporters.view import visible


@click.command()
@click.option("--cache-dir", metavar="FOLDER", help="The cache to delete, if it is not where it usually is.")
def clean(cache_dir: str | None) -> int:
    """Delete the cache."""
    folder = cache_folder(settings_for(()), cache_dir)
    click.echo(visible(f"{'Deleted' if delete(folder) else 'There is no cache in'} {folder}"))
    return CLEAN
