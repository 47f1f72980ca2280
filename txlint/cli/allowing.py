"""`--add-suppressions`: comments that allow what is found now."""

from __future__ import annotations

from pathlib import Path

import click

from txlint.cli.options import analysed
from txlint.cli.output import CLEAN, FINDINGS, INCOMPLETE
from txlint.errors import UserError
from txlint.findings import Finding
from txlint.invocation import Options
from txlint.replacing import Change, replace_all
from txlint.reporters.view import View, count, visible
from txlint.suppressing import commented
from txlint.suppressions import HOUSEKEEPING


def allowed(options: Options, reason: str) -> int:
    """Write a comment above every statement that has findings, and say for which there is no place."""
    if not reason.isprintable() or not reason.strip():
        raise UserError("--add-suppressions: the reason is one line of text")
    request, report = analysed(options)
    view = View(report, request.root, Path.cwd())
    found: dict[str, list[Finding]] = {}
    for finding in view.shown:
        if finding.code not in HOUSEKEEPING and finding.location.path in report.files:
            found.setdefault(finding.location.path, []).append(finding)
    made = {path: commented(report.read(path), some, reason) for path, some in found.items()}
    changes = {path: Change(report.read(path), text) for path, (text, _) in made.items()}
    replace_all(request.root, {path: change for path, change in changes.items() if change.old != change.new})
    left = [one for _, rest in made.values() for one in rest]
    for one in left:
        place = f"{view.filename(one.location.path)}:{one.location.row}"
        click.echo(visible(f"{place}: {one.code} is not allowed: no comment can stand there"), err=True)
    click.echo(f"Allowed {count(sum(map(len, found.values())) - len(left), 'finding')} by comments.")
    return INCOMPLETE if report.unanalysed else FINDINGS if left else CLEAN
