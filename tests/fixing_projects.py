"""Projects in memory, repaired as `txlint check --fix` repairs those on disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from txlint.api import Rule
from txlint.config import Config
from txlint.engine import Report, Request, analyse_sources
from txlint.repair import Repaired, repaired
from txlint.rulepack import builtin_pack, load_pack

RULES = load_pack(builtin_pack())
EVERYTHING = Config(select=("ALL",))


def analysed(sources: Mapping[str, bytes], config: Config = EVERYTHING, rules: tuple[Rule, ...] = RULES) -> Report:
    """The report on a project by its files, packages completed."""
    packages = {f"{folder}/__init__.py": b"" for path in sources for folder in map(str, Path(path).parents) if folder != "."}
    return analyse_sources(packages | dict(sources), rules, config)


def fixed(
    sources: Mapping[str, bytes], config: Config = EVERYTHING, *, unsafe: bool = True, focus: frozenset[str] | None = None
) -> tuple[Repaired, dict[str, bytes]]:
    """What becomes of a project, and its files afterwards."""
    config = config if config.select is not None else replace(config, select=("ALL",))
    done = repaired(analysed(sources, config), RULES, Request(Path(), config, focus), unsafe=unsafe)
    return done, dict(sources) | dict(done.texts)
