"""Where each value of a configuration comes from: a line of a file, or the default."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import fields

from txlint.config import Config
from txlint.configfiles import Layer, Settings, is_tables

Key = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """One value, and the place that sets it; no file for a default."""

    key: str
    value: Any
    file: Path | None = None
    row: int = 0


def origins(settings: Settings) -> Iterator[Origin]:
    """Every key of the configuration in the order of the schema; tables by their keys, arrays of tables by their elements."""
    for field in fields(Config):
        key = field.encode_name
        said = [(layer, layer.table[key]) for layer in settings.layers if key in layer.table]
        if key == "extend":
            yield from (_origin(layer, (key,), value) for layer, value in said)
        elif said:
            yield from _said((key,), said)
        else:
            yield Origin(key, msgspec.to_builtins(getattr(settings.config, field.name)))


def _said(key: Key, said: Sequence[tuple[Layer, Any]]) -> Iterator[Origin]:
    """What counts of what the layers, nearest first, say under one key."""
    nearest, value = said[0]
    if isinstance(value, dict):
        tables = [(layer, one) for layer, one in said if isinstance(one, dict)]
        for inner in dict.fromkeys(name for _, one in tables for name in one):
            yield from _said((*key, inner), [(layer, one[inner]) for layer, one in tables if inner in one])
    elif is_tables(value):
        joined = [(layer, one) for layer, one in said if is_tables(one)]
        for layer, tables in reversed(joined):
            yield from (_origin(layer, (*key, number), one) for number, one in enumerate(tables))
    else:
        yield _origin(nearest, key, value)


def _origin(layer: Layer, key: Key, value: Any) -> Origin:
    name = ".".join(str(part) for part in key if isinstance(part, str))
    return Origin(name, value, layer.file, layer.row(key))
