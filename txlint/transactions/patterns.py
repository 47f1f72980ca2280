"""The recognised right patterns of a project, P1 to P22: read off by the same predicates by which rules stay silent."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from txlint.project.model import Func
from txlint.transactions.analysis import Analysis
from txlint.transactions.blocks import block_patterns
from txlint.transactions.ownership import session_patterns
from txlint.transactions.recognised import NAMES, Pattern
from txlint.transactions.workers import worker_patterns

__all__ = ["NAMES", "Pattern", "patterns"]

_SOURCES: tuple[Callable[[Analysis, Func], Iterator[Pattern]], ...] = (block_patterns, session_patterns, worker_patterns)


def patterns(analysis: Analysis) -> tuple[Pattern, ...]:
    """Every pattern of a project, by place; one function shows each of them once."""
    found: dict[tuple[str, str, str], Pattern] = {}
    for func in analysis.functions():
        for source in _SOURCES:
            for one in source(analysis, func):
                found.setdefault((one.code, one.location.path, one.function), one)
    return tuple(sorted(found.values(), key=lambda one: (one.location, int(one.code[1:]))))
