"""`txlint audit`: coverage by transactions."""

from __future__ import annotations

import dataclasses
import shutil
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from txlint.api import Rule
from txlint.audit import history, thresholds
from txlint.audit.comparison import compared, identified, moved, statuses
from txlint.audit.coverage import measure
from txlint.audit.explain import account
from txlint.audit.suspects import suspects, unjudged
from txlint.changes import commit, renames
from txlint.cli.options import Command, project_options
from txlint.cli.output import CLEAN, INCOMPLETE, colour, say
from txlint.config import Config, Limit
from txlint.engine import Report, Request, analyse, base_of, report_on
from txlint.errors import UserError, did_you_mean
from txlint.git import GitError
from txlint.invocation import Options, request_for
from txlint.reporters import terminal
from txlint.reporters.audit import account as answer
from txlint.reporters.audit import badge as picture
from txlint.reporters.audit import document, markdown, spreadsheet
from txlint.reporters.audit import patterns as listing
from txlint.reporters.audit import terminal as screen
from txlint.reporters.audit.html import page
from txlint.reporters.audit.shown import Shown
from txlint.reporters.view import View, visible
from txlint.rulepack import builtin_pack, chosen, load_pack
from txlint.transactions.patterns import patterns

_DOCUMENTS = {"json": document.document, "markdown": markdown.document, "csv": spreadsheet.document, "html": page.document}
_ASSUMABLE = ("atomic-requests", "boundary-commits")


def _limit(name: str, meaning: str) -> Command:
    return click.option(name, multiple=True, metavar="[GROUP=]N", help=meaning)


@click.command()
@click.argument("paths", nargs=-1)
@click.option("--explain", "operation", metavar="OPERATION", help="Say why an operation has its status: Order.place")
@click.option("--unknown", is_flag=True, help="List the operations that could not be decided, with the reason.")
@click.option("--patterns", "right", is_flag=True, help="List the right patterns that were recognised.")
@click.option("--format", "output_format", type=click.Choice(["table", *_DOCUMENTS]), default="table")
@click.option("--output-file", metavar="FILE", help="Write the report here.")
@click.option("--badge", metavar="FILE", help="Write a picture (SVG) of sound coverage here.")
@_limit("--fail-under", "Exit with 2 where coverage, in percent, is less; of a category or folder: task=90, shop/billing=100")
@_limit("--fail-under-sound", "The same for sound coverage.")
@_limit("--max-unknown", "Exit with 2 where more operations than this could not be decided.")
@click.option("--assume", multiple=True, metavar="SETTING", help="Show what would change: atomic_requests=false")
@click.option(
    "--diff", metavar="REF", help="Only the operations touched since REF was left (origin/main), with what they were."
)
@click.option("--history", "log", metavar="FILE", help="Add a line to this file, and show what has changed since the last.")
@project_options
def audit(
    operation: str | None,
    unknown: bool,
    right: bool,
    output_format: str,
    output_file: str | None,
    badge: str | None,
    fail_under: tuple[str, ...],
    fail_under_sound: tuple[str, ...],
    max_unknown: tuple[str, ...],
    assume: tuple[str, ...],
    diff: str | None,
    log: str | None,
    **given: Any,
) -> int:
    """Show how many of the operations in PATHS (default: here) are known to be covered by transactions."""
    pack = load_pack(builtin_pack())
    request = dataclasses.replace(request_for(Options(**given, diff=diff), pack), new_only=False)
    if log is not None and (request.focus is not None or assume or diff is not None):
        raise UserError("--history is about the whole project as it is: leave out paths, --assume and --diff")
    shown = _audited(request, pack, assume, diff)
    if log is not None:
        shown = _logged(shown, request.root, Path(log))
    wanted = _wanted(request.config, fail_under, fail_under_sound, max_unknown)
    shown = dataclasses.replace(shown, missed=thresholds.missed(shown.audit, wanted))
    report = shown.view.report
    if operation is not None:
        _print(answer.lines(shown.view, account(report.analysis, shown.audit, report.findings, operation)))
    elif unknown:
        _print(screen.unknown(shown.view, shown.audit))
    elif right and output_format == "table":
        _print(listing.lines(shown.view, patterns(report.analysis), request.focus))
    else:
        _write(shown, output_format, output_file)
    if badge is not None:
        _save(badge, picture.document(shown.audit.total))
    return _finished(shown, report)


def _audited(request: Request, pack: Sequence[Rule], assume: tuple[str, ...], diff: str | None) -> Shown:
    """The audit, compared with what it was at a commit or is without assumptions."""
    if assume and diff is not None:
        raise UserError("--assume and --diff each compare with something else: give one of them")
    report = analyse(assumed(dataclasses.replace(request, since=request.since if diff else ""), assume), pack)
    found = measure(report.analysis, report.findings, request.focus)
    ran = chosen(pack, request.config.select, request.config.ignore)
    view = View(report, request.root, Path.cwd())
    silent = unjudged([rule.code for rule in pack], ran)
    shown = Shown(view, found, suspects(report.findings, ran), silent)
    if assume:
        before = analyse(dataclasses.replace(request, since=""), pack)
        then = statuses(measure(before.analysis, before.findings, request.focus))
        return dataclasses.replace(shown, compared_with="what is configured", changes=compared(then, statuses(found)))
    return _since(shown, request, pack, diff) if diff is not None else shown


def _since(shown: Shown, request: Request, pack: Sequence[Rule], ref: str) -> Shown:
    """Only the operations that were touched since a commit, or whose status has changed."""
    whole, report = base_of(request), shown.view.report
    before = report_on(whole, request, pack)
    names = renames(whole.sources, {path: report.read(path) for path in report.files})
    then = moved(statuses(measure(before.analysis, before.findings, request.focus)), names)
    every = identified(shown.audit)
    touched = {name for name, one in every.items() if report.changes and report.changes.at(one.location)}
    changes = compared(then, statuses(shown.audit), touched)
    meant = {one.identity for one in changes}
    audit = dataclasses.replace(shown.audit, judged=tuple(one for name, one in every.items() if name in meant))
    return dataclasses.replace(shown, audit=audit, compared_with=ref, changes=changes)


def assumed(request: Request, settings: tuple[str, ...]) -> Request:
    """The request as if the configuration said so. Raises UserError for what is no such setting."""
    values: dict[str, Any] = {}
    for setting in settings:
        name, _, value = setting.partition("=")
        key = name.strip().replace("_", "-")
        if key not in _ASSUMABLE:
            raise UserError(f"--assume {setting}: `{name}` is none of {', '.join(_ASSUMABLE)}{did_you_mean(key, _ASSUMABLE)}")
        if value.lower() not in ("true", "false"):
            raise UserError(f"--assume {setting}: write {name}=true or {name}=false")
        values[key.replace("-", "_")] = value.lower() == "true"
    return dataclasses.replace(request, config=replace(request.config, **values))


def _wanted(config: Config, *options: tuple[str, ...]) -> thresholds.Thresholds:
    """The thresholds of the configuration, each overruled by the command line."""
    names = ("--fail-under", "--fail-under-sound", "--max-unknown")
    configured = (config.audit.fail_under, config.audit.fail_under_sound, config.audit.max_unknown)
    given = (thresholds.parsed(name, values) for name, values in zip(names, options, strict=True))
    return thresholds.Thresholds(*({**_limits(old), **new} for old, new in zip(configured, given, strict=True)))


def _limits(configured: Limit | dict[str, Limit]) -> thresholds.Limits:
    return configured if isinstance(configured, dict) else {thresholds.ALL: configured}


def _logged(shown: Shown, root: Path, file: Path) -> Shown:
    """With the history; the run is added to it."""
    runs, now = history.read(file), statuses(shown.audit)
    date = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    run = history.next_run(runs, shown.audit.total, now, date, _commit(root))
    history.append(file, run)
    shown = dataclasses.replace(shown, runs=(*runs, run))
    if not runs:
        return shown
    label = f"the run of {runs[-1].date}"
    return dataclasses.replace(shown, compared_with=label, changes=history.changes_since(runs, now))


def _commit(root: Path) -> str:
    """The commit that is checked out; empty where there is none."""
    try:
        return commit(root, "HEAD")
    except GitError:
        return ""


def _print(lines: Iterator[terminal.Line]) -> None:
    say(lambda stream: terminal.write(lines, stream, colour(stream)), sys.stdout)


def _write(shown: Shown, output_format: str, output_file: str | None) -> None:
    if output_format == "table" and output_file is None:
        _print(screen.lines(shown, shutil.get_terminal_size((100, 24)).columns))
        return
    if output_format == "table":
        text = "".join("".join(part for part, _ in line).rstrip() + "\n" for line in screen.lines(shown, 120))
    else:
        text = _DOCUMENTS[output_format](shown)
    if output_file is not None:
        _save(output_file, text)
    else:
        say(lambda stream: stream.write(text if text.endswith("\n") else f"{text}\n"), sys.stdout)


def _save(file: str, text: str) -> None:
    try:
        with Path(file).open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
            stream.write(text)
    except OSError as error:
        raise UserError(f"{file}: {error.strerror}") from None


def _finished(shown: Shown, report: Report) -> int:
    for sentence in shown.missed:
        click.echo(f"error: {visible(sentence)}", err=True)
    return INCOMPLETE if report.unanalysed or shown.missed else CLEAN
