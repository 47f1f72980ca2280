"""The files that configure a project: the nearest one counts, with those that it extends."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import msgspec

from txlint.config import Config
from txlint.errors import UserError, did_you_mean
from txlint.filekinds import CONFIGURATION
from txlint.git import toplevel
from txlint.toml_places import line_of

MAX_BYTES = 1_000_000

Table = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Layer:
    """One file: its text, and the table in it that is for txlint."""

    file: Path
    text: str
    prefix: tuple[str, ...]
    table: Table

    def row(self, path: tuple[str | int, ...]) -> int:
        """The line of a key."""
        return line_of(self.text, (*self.prefix, *path))[0]


@dataclass(frozen=True, slots=True)
class Settings:
    """A configuration, where it was read (None for the defaults), and the project root that follows from it."""

    root: Path
    config: Config
    file: Path | None = None
    layers: tuple[Layer, ...] = ()
    """The file and what it extends, nearest first."""


def find(start: Path, explicit: Path | None = None) -> Settings:
    """The settings for an existing path: of the explicit file, else of the nearest one that configures txlint."""
    folder = start if start.is_dir() else start.parent
    if explicit:
        layers = tuple(_layers(explicit, None))
        return Settings(toplevel(folder) or folder, _merged(layers), explicit, layers)
    for above in (folder, *folder.parents):
        for file in (above / name for name in CONFIGURATION):
            if file.is_file() and (layers := tuple(_layers(file, toplevel(above) or above))):
                return Settings(above, _merged(layers), file, layers)
    return Settings(toplevel(folder) or folder, Config())


def read(file: Path) -> Config | None:
    """The configuration in a file and those that it extends; None for a pyproject.toml without `[tool.txlint]`."""
    layers = tuple(_layers(file, None))
    return _merged(layers) if layers else None


def _layers(file: Path, inside: Path | None) -> Iterator[Layer]:
    """The file and what it extends, each valid by itself; what a project extends must be `inside` its checkout."""
    seen: list[Path] = []
    extended: str | None = file.name
    while extended:
        seen.append(file)
        layer = _read(file)
        if layer is None and len(seen) == 1:
            return
        if layer is None:
            raise UserError(f"{file}: has no [tool.txlint]; `extend` in {seen[-2]} names it")
        yield layer
        extended = _convert(layer.table, layer.file, layer.text, layer.prefix).extend
        if extended:
            where, file = f"{file}:{layer.row(('extend',))}: `extend`", (file.parent / extended).resolve()
            if file in (one.resolve() for one in seen):
                raise UserError(f"{where}: {file} extends this file in turn")
            if inside and not file.is_relative_to(inside):
                raise UserError(f"{where}: {file} is outside of {inside}; name a file inside it")
            if not file.is_file():
                raise UserError(f"{where}: {file}: no such file")


def _read(file: Path) -> Layer | None:
    text = _text(file)
    try:
        table: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{file}: invalid TOML: {error}") from None
    except RecursionError:
        raise UserError(f"{file}: invalid TOML: nested too deeply") from None
    prefix: tuple[str, ...] = ()
    if file.name == "pyproject.toml":
        prefix = ("tool", "txlint")
        table = tool.get("txlint") if isinstance(tool := table.get("tool"), dict) else None
    return None if table is None else Layer(file, text, prefix, table)


def _merged(layers: tuple[Layer, ...]) -> Config:
    if not layers:
        return Config()
    table, nearest = merged_table(layers), layers[0]
    return _convert({key: value for key, value in table.items() if key != "extend"}, nearest.file, "", nearest.prefix)


def merged_table(layers: tuple[Layer, ...]) -> Table:
    """What the layers say together."""
    return reduce(_over, (layer.table for layer in reversed(layers)), {})


def _over(far: Table, near: Table) -> Table:
    """The far table with the near one over it: tables are merged, arrays of tables joined, other values replaced."""
    found = dict(far)
    for key, value in near.items():
        old = far.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            value = _over(old, value)
        elif is_tables(old) and is_tables(value):
            value = [*(old or ()), *value]
        found[key] = value
    return found


def is_tables(value: Any) -> bool:
    """Whether a value is an array of tables."""
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _text(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise UserError(f"{file}: larger than {MAX_BYTES} bytes; is this a configuration file?")
        return data.decode("utf-8")
    except OSError as error:
        raise UserError(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UserError(f"{file}: not UTF-8; save it as UTF-8") from None


def _convert(table: Any, file: Path, text: str, prefix: tuple[str, ...]) -> Config:
    if not isinstance(table, dict):
        raise UserError(f"{file}: `{'.'.join(prefix)}` must be a table")
    if isinstance(catalogue := table.get("catalogue"), dict):
        if "imports" in catalogue:  # The project's own entries are always active.
            raise _unknown(file, text, (*prefix, "catalogue", "imports"), ("catalogue",))
        table = table | {"catalogue": {"imports": []} | catalogue}
    try:
        return msgspec.convert(table, Config)
    except msgspec.ValidationError as error:
        raise _explained(str(error), file, text, prefix) from None


def _explained(message: str, file: Path, text: str, prefix: tuple[str, ...]) -> UserError:
    problem, _, where = message.partition(" - at `$.")
    path = tuple(int(part) if part.isdigit() else part for part in re.findall(r"[^.\[\]`]+", where.replace("[...]", "")))
    if unknown := re.fullmatch(r"Object contains unknown field `(.*)`", problem, re.DOTALL):
        return _unknown(file, text, (*prefix, *path, unknown[1]), path)
    row, _ = line_of(text, (*prefix, *path))
    key = ".".join(str(part) for part in path)
    problem = problem.replace(" | null", "").replace("object", "table")
    return UserError(f"{file}:{row}: `{key}`: {problem[0].lower()}{problem[1:]}")


def _unknown(file: Path, text: str, path: tuple[str | int, ...], table: tuple[str | int, ...]) -> UserError:
    key = str(path[-1])
    allowed = _keys(table)
    row, column = line_of(text, path)
    excerpt = (text.splitlines() or [""])[row - 1]
    return UserError(
        f"{file}:{row}: unknown key `{key}`{did_you_mean(key, allowed)}",
        f"  {excerpt}",
        f"  {' ' * (column - 1)}{'^' * len(key)}",
        f"  allowed here: {', '.join(allowed)}",
    )


def _keys(path: tuple[str | int, ...]) -> tuple[str, ...]:
    """The keys that the schema allows in the table at a path."""
    kind = msgspec.inspect.type_info(Config)
    for part in path:
        match kind:
            case msgspec.inspect.StructType(fields=fields):
                kind = next(one.type for one in fields if one.encode_name == part)
            case msgspec.inspect.VarTupleType(item_type=kind) | msgspec.inspect.DictType(value_type=kind):
                pass
        if isinstance(kind, msgspec.inspect.UnionType):
            kind = next((one for one in kind.types if isinstance(one, msgspec.inspect.StructType)), kind)
    fields = kind.fields if isinstance(kind, msgspec.inspect.StructType) else ()
    return tuple(one.encode_name for one in fields if one.encode_name != "imports")
