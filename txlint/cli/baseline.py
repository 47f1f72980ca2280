"""`txlint baseline`: the findings that a project starts with."""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import click

from txlint.baseline import FILE_NAME, Baseline, Entry, entries_of, risen, write
from txlint.cli.options import analysed, project_options
from txlint.cli.output import CLEAN, FINDINGS, say
from txlint.engine import Report, Request
from txlint.errors import UserError
from txlint.invocation import Options
from txlint.reporters.view import count, visible


@click.group()
def baseline() -> None:
    """Record the findings that are there already, so that only new ones are reported.

    The file (txlint-baseline.json at the top of the project, or as `baseline` in the configuration says) belongs into the
    repository. It holds no line numbers; an entry whose finding is gone is stale and reported.
    """


@baseline.command()
@click.option("--force", is_flag=True, help="Replace a baseline that is there already.")
@project_options
def create(force: bool, **given: Any) -> int:
    """Write every present finding into a new baseline."""
    request, report = _complete(given)
    file, former = _file(request), request.baseline
    if former and not force:
        raise UserError(f"{_name(file)}: there is a baseline already; use `txlint baseline update`, or --force")
    return _written(file, (), entries_of(report.findings))


@baseline.command()
@project_options
def update(**given: Any) -> int:
    """Write every present finding into the baseline; with `ratchet`, only if no rule has more of them."""
    request, report = _complete(given)
    former, present = _present(request), entries_of(report.findings)
    if request.config.ratchet and (more := risen(former.entries, present)):
        rules = ", ".join(f"{code} from {before} to {now}" for code, (before, now) in more.items())
        click.echo(f"error: {_name(former.file)}: `ratchet` lets no number rise, but {rules}; put the new ones right", err=True)
        return FINDINGS
    return _written(former.file, former.entries, present)


@baseline.command()
@project_options
def prune(**given: Any) -> int:
    """Remove the entries whose finding is gone."""
    request, report = _complete(given)
    former = _present(request)
    return _written(former.file, former.entries, tuple(one for one in former.entries if one not in report.stale))


@baseline.command()
@click.option("--stale", "stale_only", is_flag=True, help="Only the entries whose finding is gone.")
@project_options
def show(stale_only: bool, **given: Any) -> int:
    """List the entries, and which of them are stale."""
    request, report = analysed(Options(**given))
    former = _present(request)
    listed = report.stale if stale_only else former.entries
    lines = [_line(entry, entry in report.stale) for entry in listed]
    numbers = ", ".join(f"{code} {number}" for code, number in sorted(Counter(one.code for one in former.entries).items()))
    total = count(len(former.entries), "entry")
    lines.append(f"{_name(former.file)}: {total}{f' ({numbers})' if numbers else ''}, {len(report.stale)} stale\n")
    say(lambda stream: stream.writelines(lines), sys.stdout)
    return CLEAN


def _complete(given: dict[str, Any]) -> tuple[Request, Report]:
    """The analysis of the whole project. Raises UserError where a part is missing: its findings would be missing too."""
    request, report = analysed(Options(**given))
    if report.unanalysed:
        names = ", ".join(one.path for one in report.unanalysed[:3])
        raise UserError(f"{names}: not analysed, so the baseline would be incomplete; see `txlint check`, or `exclude` them")
    return request, report


def _file(request: Request) -> Path:
    return request.baseline.file if request.baseline else request.root / (request.config.baseline or FILE_NAME)


def _present(request: Request) -> Baseline:
    if request.baseline is None:
        raise UserError(f"{_name(_file(request))}: there is no baseline; `txlint baseline create` writes one")
    return request.baseline


def _written(file: Path, former: tuple[Entry, ...], present: tuple[Entry, ...]) -> int:
    write(file, present)
    added, removed = len({*present} - {*former}), len({*former} - {*present})
    click.echo(visible(f"{_name(file)}: {count(len(present), 'entry')}, {added} added, {removed} removed"))
    return CLEAN


def _line(entry: Entry, stale: bool) -> str:
    return visible(f"{'stale  ' if stale else ''}{entry.path}: {entry.code} in {entry.function}: {entry.message}") + "\n"


def _name(file: Path) -> str:
    return os.path.relpath(file)
