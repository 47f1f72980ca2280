"""A configuration for people: each value, and where it was set."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from txlint.configfiles import Settings
from txlint.origins import origins
from txlint.reporters.terminal import FAINT, PLACE, Line
from txlint.reporters.view import text_of, visible

_WIDTH = 60


def lines(settings: Settings, cwd: Path) -> Iterator[Line]:
    """The project, its files, and a line for each value."""
    yield ("project        ", FAINT), (visible(text_of(str(settings.root))), "")
    files = " extends ".join(_name(layer.file, cwd) for layer in settings.layers)
    yield ("configuration  ", FAINT), (files or "none, these are the defaults", "")
    yield ()
    found = tuple(origins(settings))
    widest = max(len(one.key) for one in found)
    for one in found:
        value = visible(msgspec.json.encode(one.value).decode()) if one.value is not None else "not set"
        short = value if len(value) <= _WIDTH or one.file else value[: _WIDTH - 4] + " ..."
        place = f"{_name(one.file, cwd)}:{one.row}" if one.file else "default"
        yield (f"{visible(one.key):<{widest}}  ", "bold"), (short, ""), (f"  {place}", PLACE if one.file else FAINT)


def document(settings: Settings, cwd: Path) -> str:
    """The same for programs."""
    items = [
        {"key": one.key, "value": one.value, "file": _name(one.file, cwd) if one.file else None, "row": one.row or None}
        for one in origins(settings)
    ]
    return msgspec.json.format(msgspec.json.encode(items), indent=2).decode()


def _name(file: Path, cwd: Path) -> str:
    return visible(text_of(os.path.relpath(file, cwd).replace(os.sep, "/")))
