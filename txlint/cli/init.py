"""`txlint init`: a configuration to begin with."""

from __future__ import annotations

import tomllib
from pathlib import Path

import click

from txlint.beginnings import beginning
from txlint.cli.output import CLEAN
from txlint.engine import analyse
from txlint.errors import UserError
from txlint.invocation import Options, request_for, settings_for, without_rules
from txlint.reporters.view import visible
from txlint.rulepack import builtin_pack, load_pack
from txlint.storing import store
from txlint.transactions.inferred import inferred


@click.command()
@click.argument("path", default=".")
@click.option("--dry-run", is_flag=True, help="Print what would be written, and write nothing.")
def init(path: str, dry_run: bool) -> int:
    """Write a configuration for the project at PATH (default: here), from what is seen in it; nothing is overwritten."""
    settings = settings_for((path,))
    if settings.file is not None:
        raise UserError(f"{settings.file} configures this project already; `txlint config show` prints what counts")
    request = without_rules(request_for(Options(paths=(path,)), load_pack(builtin_pack())))
    report = analyse(request, ())
    file = request.root / "pyproject.toml"
    old = file.read_bytes() if file.exists() else b""
    if not file.exists():
        file = request.root / "txlint.toml"
    text = "\n".join(
        [*(["[tool.txlint]"] if old or file.name == "pyproject.toml" else []), *beginning(report, inferred(report.analysis))]
    )
    if dry_run:
        click.echo(f"# {visible(str(file))}\n{text}")
        return CLEAN
    _write(file, old, text)
    click.echo(visible(f"Wrote {file}; `txlint check` reads it"))
    return CLEAN


def _write(file: Path, old: bytes, text: str) -> None:
    """Add the text at the end of the file. Raises UserError, with the file as it was, where that makes no valid TOML."""
    newline = b"\r\n" if b"\r\n" in old else b"\n"
    gap = (b"" if old.endswith(b"\n") else newline) + newline if old else b""
    data = old + gap + text.encode().replace(b"\n", newline) + newline
    try:
        tomllib.loads(data.decode("utf-8"))
        store(file, data)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{file}: nothing can be added to it: {error}; write txlint.toml instead") from None
    except OSError as error:
        raise UserError(f"{file}: cannot be written: {error.strerror}") from None
