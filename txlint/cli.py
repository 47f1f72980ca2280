"""The command line: arguments -> request -> reporter -> exit code."""

from __future__ import annotations

import os
import shutil
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import IO, Any

import click

from txlint import __version__
from txlint.engine import Report, Request, analyse
from txlint.errors import RuleFailure, UserError
from txlint.invocation import Options, cache_folder, request_for, settings_for, without_rules
from txlint.reporters import concise, json, terminal
from txlint.reporters.terminal import Line
from txlint.reporters.view import View, visible
from txlint.rulepack import builtin_pack, chosen, load_pack, matching, page, unknown

CLEAN, FINDINGS, INCOMPLETE, INTERRUPTED = 0, 1, 2, 130
Command = Callable[..., Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    try:
        code = commands.main(arguments, prog_name="txlint", standalone_mode=False)
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


def _split(_: click.Context, __: click.Parameter, values: Iterable[str]) -> tuple[str, ...]:
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


def _listing(name: str, meaning: str) -> Command:
    return click.option(name, multiple=True, callback=_split, metavar="LIST", help=meaning)


def project_options(command: Command) -> Command:
    """The options of every command that analyses a project."""
    for option in (
        click.option("--config", metavar="FILE", help="Use this configuration file instead of the nearest one."),
        click.option("--jobs", type=click.IntRange(1), metavar="N", help="Number of worker processes."),
        click.option("--cache-dir", metavar="FOLDER", help="Keep the cache here."),
        click.option("--no-cache", is_flag=True, help="Neither read nor write the cache."),
        _listing("--exclude", "Leave out these paths too (patterns as in .gitignore)."),
    ):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="txlint", message="%(prog)s %(version)s")
def commands() -> None:
    """Find database-transaction bugs across a whole Python project.

    Exit codes: 0 no findings, 1 findings of severity error or warning, 2 wrong use or incomplete analysis, 130 interrupted.
    """


@commands.command()
@click.argument("paths", nargs=-1)
@_listing("--select", "Run only these rules (TX301, TX3, dispatch-in-transaction, ALL), whatever is configured.")
@_listing("--ignore", "Do not run these rules either.")
@click.option("--output-format", type=click.Choice(["full", "concise", "json"]), default="full", envvar="TXLINT_OUTPUT_FORMAT")
@click.option("-o", "--output-file", metavar="FILE", help="Write the report to this file.")
@click.option("-e", "--exit-zero", is_flag=True, help="Exit with 0 even if there are findings.")
@click.option("--statistics", is_flag=True, help="Show how often each rule is violated instead of the findings.")
@click.option("-v", "--verbose", is_flag=True, help="Say which project, configuration and cache are used.")
@click.option("-q", "--quiet", is_flag=True, help="Print findings and nothing else.")
@project_options
def check(
    output_format: str, output_file: str | None, exit_zero: bool, statistics: bool, verbose: bool, quiet: bool, **given: Any
) -> int:
    """Analyse the project around PATHS (default: here) and report on PATHS."""
    request, report = _analysed(Options(**given), verbose)
    view = View(report, request.root, Path.cwd())
    for note in () if quiet else report.notes:
        click.echo(visible(f"note: {note}"), err=True)
    if output_file:
        with _opened(output_file) as stream:
            _report(view, output_format, statistics, quiet, stream)
    else:
        _report(view, output_format, statistics, quiet, sys.stdout)
    if report.unanalysed:
        return INCOMPLETE
    return FINDINGS if view.fails and not exit_zero else CLEAN


@commands.command()
@click.argument("rule")
def explain(rule: str) -> int:
    """Show the page of RULE, a code or a name."""
    rules = load_pack(builtin_pack())
    if len(codes := matching(rules, rule)) != 1:
        raise UserError(unknown(rules, rule))
    text = page(builtin_pack(), next(one for one in rules if one.code in codes))
    _say(lambda stream: terminal.write_page(text, stream, _colour(stream)), sys.stdout)
    return CLEAN


@commands.command()
@click.option("--output-format", type=click.Choice(["full", "json"]), default="full")
@click.option("--config", metavar="FILE", help="Use this configuration file instead of the nearest one.")
def rules(output_format: str, config: str | None) -> int:
    """List the rules, and which of them run here."""
    pack = load_pack(builtin_pack())
    settings = settings_for((), config)
    on = chosen(pack, settings.config.select, settings.config.ignore, str(settings.file))
    if output_format == "json":
        _say(lambda stream: stream.write(json.rules(pack, on) + "\n"), sys.stdout)
    else:
        _say(lambda stream: terminal.write(terminal.rules(pack, on), stream, _colour(stream)), sys.stdout)
    return CLEAN


@commands.command()
@click.argument("paths", nargs=-1)
@click.option("--explain", "operation", metavar="OPERATION", help="Say why an operation has its status: Order.place")
@click.option("--unknown", is_flag=True, help="List the operations that could not be decided, with the reason.")
@click.option("--format", "output_format", type=click.Choice(["table", "json"]), default="table")
@project_options
def audit(operation: str | None, unknown: bool, output_format: str, **given: Any) -> int:
    """Show how many of the operations in PATHS (default: here) are known to be covered by transactions."""
    from txlint.audit.coverage import measure
    from txlint.audit.explain import account
    from txlint.reporters import audit as figures

    request, report = _analysed(Options(**given))
    view, found = View(report, request.root, Path.cwd()), measure(report.analysis, report.findings, request.focus)
    if output_format == "json":
        text = figures.document(view, found)
        _say(lambda stream: stream.write(text + "\n"), sys.stdout)
    else:
        width = shutil.get_terminal_size((100, 24)).columns
        lines = figures.unknown(view, found) if unknown else figures.lines(view, found, width)
        if operation is not None:
            lines = figures.account(view, account(report.analysis, found, report.findings, operation))
        _say(lambda stream: terminal.write(lines, stream, _colour(stream)), sys.stdout)
    return INCOMPLETE if report.unanalysed else CLEAN


@commands.command()
@click.argument("place", metavar="FILE:LINE")
@click.option("--output-format", type=click.Choice(["full", "json"]), default="full")
@project_options
def why(place: str, output_format: str, **given: Any) -> int:
    """Explain which transactions are open at FILE:LINE, and how the program gets there."""
    from txlint.reporters import why as answer
    from txlint.transactions.why import explain

    path, _, line = place.rpartition(":")
    if not path or not line.isdigit():
        raise UserError(f"`{place}`: write FILE:LINE, such as shop/views.py:12")
    request = without_rules(request_for(Options(paths=(path,), **given), load_pack(builtin_pack())))
    report = analyse(request, ())
    inside = Path(path).resolve().relative_to(request.root).as_posix()
    view, found = View(report, request.root, Path.cwd()), explain(report.analysis, inside, int(line))
    if output_format == "json":
        _say(lambda stream: stream.write(answer.document(view, found) + "\n"), sys.stdout)
    else:
        _say(lambda stream: terminal.write(answer.lines(view, found), stream, _colour(stream)), sys.stdout)
    return CLEAN


@commands.command()
@click.argument("paths", nargs=-1)
@click.option("--output-format", type=click.Choice(["full", "json"]), default="full")
@project_options
def inspect(output_format: str, **given: Any) -> int:
    """Show what was inferred of the code in PATHS (default: here): its own openers, deferrals, tasks and sessions."""
    from txlint.reporters import inspect as answer
    from txlint.transactions.inferred import inferred

    request = without_rules(request_for(Options(**given), load_pack(builtin_pack())))
    report = analyse(request, ())
    view, found = View(report, request.root, Path.cwd()), inferred(report.analysis, request.focus)
    if output_format == "json":
        _say(lambda stream: stream.write(answer.document(view, found) + "\n"), sys.stdout)
    else:
        width = shutil.get_terminal_size((100, 24)).columns
        _say(lambda stream: terminal.write(answer.lines(view, found, width), stream, _colour(stream)), sys.stdout)
    return INCOMPLETE if report.unanalysed else CLEAN


@commands.command()
@click.option("--cache-dir", metavar="FOLDER", help="The cache to delete, if it is not where it usually is.")
def clean(cache_dir: str | None) -> int:
    """Delete the cache."""
    from txlint.cache import clean

    folder = cache_folder(settings_for(()), cache_dir)
    click.echo(visible(f"{'Deleted' if clean(folder) else 'There is no cache in'} {folder}"))
    return CLEAN


def _analysed(options: Options, verbose: bool = False) -> tuple[Request, Report]:
    pack = load_pack(builtin_pack())
    request = request_for(options, pack)
    if verbose:
        file = settings_for(options.paths, options.config).file
        for line in (f"project: {request.root}", f"configuration: {file or 'none'}", f"cache: {request.cache or 'none'}"):
            click.echo(visible(line), err=True)
    return request, analyse(request, pack)


def _report(view: View, output_format: str, statistics: bool, quiet: bool, stream: IO[str]) -> None:
    unicode = (getattr(stream, "encoding", None) or "").lower().startswith("utf")
    lines: list[Line] = []
    if statistics:
        lines += terminal.statistics(view)
    elif output_format == "concise":
        lines += (((line, ""),) for line in concise.lines(view))
    elif output_format == "json":
        lines.append(((json.document(view), ""),))
    else:
        lines += terminal.lines(view, unicode)
    if not quiet and output_format != "json":
        lines.append(terminal.summary(view))
    elif not quiet and view.report.unanalysed:
        click.echo(visible(view.summary()), err=True)
    _say(lambda out: terminal.write(lines, out, _colour(out) and output_format != "json"), stream)


def _colour(stream: IO[str]) -> bool:
    """NO_COLOR over FORCE_COLOR over what the stream is."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")


def _opened(path: str) -> IO[str]:
    try:
        return Path(path).open("w", encoding="utf-8", errors="backslashreplace", newline="\n")
    except OSError as error:
        raise UserError(f"--output-file {path}: {error.strerror}") from None


def _say(write: Callable[[IO[str]], object], stream: IO[str]) -> None:
    """Write to a stream that may not know every character, and whose reader may have gone."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")
    try:
        write(stream)
        stream.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
