"""What the rules found in facts: while these are the same, it is not looked for again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from txlint.api import Analysis, Violation
from txlint.config import Config
from txlint.facts.records import ModuleFacts
from txlint.facts.sql import SqlScript
from txlint.transactions.suite import Suite

OF_TEXTS = frozenset({"TX004"})
"""Rules that speak of files without facts, and are asked each time."""


@dataclass(frozen=True, slots=True)
class Solved:
    """An analysis, what it was made of, and the violations of each rule that has run over it, by its code."""

    facts: Mapping[str, ModuleFacts]
    scripts: Mapping[str, SqlScript]
    config: Config
    read: Callable[[str], bytes]
    analysis: Analysis
    violations: dict[str, tuple[Violation, ...]] = field(default_factory=dict)

    def is_of(
        self,
        facts: Mapping[str, ModuleFacts],
        scripts: Mapping[str, SqlScript],
        config: Config,
        read: Callable[[str], bytes],
        suite: Suite,
    ) -> bool:
        """Whether it is the analysis of these facts, which a text that is broken now had before."""
        same = list(facts) == list(self.facts) and all(
            known is one or (known == one and self.read(path) == read(path))  # Columns are those of the text.
            for (path, one), known in zip(facts.items(), self.facts.values(), strict=True)
        )
        return same and scripts == self.scripts and config == self.config and self.analysis.suite.is_like(suite)
