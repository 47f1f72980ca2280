"""Rules and an analysis that say what a test wants them to, for the parts of the engine around them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from txlint.api import Location, Rule, Severity, Step, Violation
from txlint.config import Config
from txlint.engine import Report, analyse_sources
from txlint.errors import Unanalysed
from txlint.facts.records import ModuleFacts

UNUSED = Rule("TX001", "unused-suppression", Severity.INFO, lambda _: ())


def violation(place: str, message: str = "wrong", **fields: Any) -> Violation:
    """A violation at `path:row[:column[:end_row:end_column]]`."""
    path, *numbers = place.split(":")
    defaults: dict[str, Any] = {"function": "f", "remedy": "", "subject": "call"}
    return Violation(location=Location(path, *map(int, numbers)), message=message, **(defaults | fields))


def step(place: str, message: str) -> Step:
    """A step at `path:row`."""
    path, row = place.rsplit(":", 1)
    return Step(Location(path, int(row)), message)


def rule(code: str, name: str, *violations: Violation, severity: Severity = Severity.ERROR, opt_in: bool = False) -> Rule:
    """A rule that always finds the same."""
    return Rule(code, name, severity, lambda _: violations, opt_in)


def build(
    facts: Mapping[str, ModuleFacts],
    config: Config,
    read: Callable[[str], bytes],
    *,
    unanalysed: tuple[Unanalysed, ...],
    **_: object,
) -> Any:
    """An analysis that knows nothing but what it was given."""
    return SimpleNamespace(facts=facts, config=config, read=read, unanalysed=unanalysed)


def report(sources: Mapping[str, bytes], *rules: Rule, config: Config = Config()) -> Report:
    """What the engine reports of rules that always find the same."""
    return analyse_sources(sources, rules, config, build)
