"""What `txlint check` does about the fixes of its findings: try them, show them as a diff, write them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

from txlint.cli.output import colour, say
from txlint.engine import Report, Request, analyse
from txlint.findings import Applicability
from txlint.replacing import Change, replace_all
from txlint.reporters import terminal
from txlint.reporters.view import View
from txlint.rulepack import builtin_pack, load_pack


class Fixing(NamedTuple):
    """What the command line says about fixes."""

    unsafe: bool
    diff: bool
    each: bool
    quiet: bool


def offered(request: Request, report: Report) -> Report:
    """The report with the edits of the safe fixes that hold, for programs that apply what they find in a report."""
    if not any(one.suppressed is None and one.fix and one.fix.applicability is Applicability.SAFE for one in report.findings):
        return report
    from txlint import repair  # Imports libcst, which a report without safe fixes can do without.

    return repair.offered(report, load_pack(builtin_pack()), request)


def fixed(request: Request, report: Report, how: Fixing) -> tuple[Report, bool]:
    """The report on what is left, and whether anything changed or, for a diff, would. Raises UserError with nothing written."""
    from txlint.repair import repaired  # Imports libcst, which a run without fixes can do without.
    from txlint.reporters import fixes

    pack, view = load_pack(builtin_pack()), View(report, request.root, Path.cwd())
    done = repaired(report, pack, request, unsafe=how.unsafe)
    if how.diff:
        say(lambda out: terminal.write(fixes.diff(view, done, out.isatty()), out, colour(out)), sys.stdout)
    else:
        replace_all(request.root, {path: Change(report.read(path), text) for path, text in done.texts.items()})
        report = analyse(request, pack) if done.texts else report
    if not how.quiet:
        lines = fixes.account(view, done, not how.diff, how.each)
        say(lambda out: terminal.write(lines, out, colour(out)), sys.stderr)
    return report, bool(done.texts)
