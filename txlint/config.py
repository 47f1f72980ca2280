"""The project's configuration: a closed schema, read from the nearest file above the analysed path."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from txlint.errors import UserError, did_you_mean
from txlint.filekinds import CONFIGURATION
from txlint.findings import Severity
from txlint.frameworks.catalog import Framework
from txlint.git import toplevel
from txlint.toml_places import line_of

MAX_BYTES = 1_000_000
DEFAULT_EXCLUDE = (
    ".git",
    ".venv",
    "venv",
    "node_modules",
    "site-packages",
    "build",
    "dist",
    ".tox",
    ".nox",
    "__pypackages__",
    "*.egg-info",
)


Limit = Annotated[float, Meta(ge=0)]


class AuditConfig(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """What `txlint audit` demands: one number for all operations, or numbers by `all`, category or folder."""

    fail_under: Limit | dict[str, Limit] = {}
    """Coverage in percent."""
    fail_under_sound: Limit | dict[str, Limit] = {}
    """Coverage in percent, without operations that have open findings which make their transaction unsound."""
    max_unknown: Limit | dict[str, Limit] = {}
    """How many operations may be undecided."""


class Config(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Everything that a project may set; rules are meant by code (`TX301`), prefix (`TX3`), name or `ALL`."""

    select: tuple[str, ...] | None = None
    """Rules that run; None for all that are on by default."""
    ignore: tuple[str, ...] = ()
    severity: dict[str, Severity] = {}
    """Severity of single rules instead of their own."""
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    """Patterns as in .gitignore of what is no part of the project."""
    extend_exclude: tuple[str, ...] = ()
    include_tests: bool = False
    """Report findings in test files too."""
    atomic_requests: bool | dict[str, bool] | None = None
    """ATOMIC_REQUESTS, for every database or by alias, where the settings cannot be read."""
    boundary_commits: bool | None = None
    """Whether the providers of sessions commit when the request or block ends well."""
    transactional_queues: tuple[str, ...] = ()
    """Full names of tasks or queues whose messages are part of the database transaction."""
    catalogue: Framework = Framework(imports=())
    """The project's own entries."""
    audit: AuditConfig = AuditConfig()
    jobs: Annotated[int, Meta(ge=1)] | None = None
    cache_dir: str | None = None
    max_file_size: Annotated[int, Meta(ge=0)] = 1_000_000
    """In bytes; 0 for no limit."""


@dataclass(frozen=True, slots=True)
class Settings:
    """A configuration, where it was read (None for the defaults), and the project root that follows from it."""

    root: Path
    config: Config
    file: Path | None = None


def find(start: Path, explicit: Path | None = None) -> Settings:
    """The settings for an existing path: of the explicit file, else of the nearest one that configures txlint."""
    folder = start if start.is_dir() else start.parent
    if explicit:
        return Settings(_toplevel(folder), read(explicit) or Config(), explicit)
    for above in (folder, *folder.parents):
        for file in (above / name for name in CONFIGURATION):
            if file.is_file() and (config := read(file)) is not None:
                return Settings(above, config, file)
    return Settings(_toplevel(folder), Config())


def read(file: Path) -> Config | None:
    """The configuration in a file; None for a pyproject.toml without `[tool.txlint]`."""
    text = _text(file)
    try:
        table: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{file}: invalid TOML: {error}") from None
    prefix: tuple[str, ...] = ()
    if file.name == "pyproject.toml":
        prefix = ("tool", "txlint")
        table = tool.get("txlint") if isinstance(tool := table.get("tool"), dict) else None
    return None if table is None else _convert(table, file, text, prefix)


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


def _toplevel(folder: Path) -> Path:
    return toplevel(folder) or folder


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
        f"{file}:{row}: unknown key `{key}`{did_you_mean(key, allowed)}\n"
        f"  {excerpt}\n"
        f"  {' ' * (column - 1)}{'^' * len(key)}\n"
        f"  allowed here: {', '.join(allowed)}"
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
