"""Repair: the fixes of a report are made, proved and kept, in rounds: what is left over or comes to light is tried again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from msgspec.structs import replace

from txlint.api import Rule
from txlint.engine import Report, Request, changed
from txlint.findings import Applicability, Finding
from txlint.proving import Proof, Refusal, key
from txlint.rulepack import chosen

ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Repaired:
    """What became of the fixes of a report."""

    texts: Mapping[str, bytes]
    """The files that changed, with their new text."""
    fixed: tuple[Finding, ...]
    """The findings that are gone, with the edits that were made."""
    along: tuple[Finding, ...]
    """What only these fixes brought out, put right in the same change set."""
    refused: tuple[Refusal, ...]
    report: Report
    """On the whole project as it is then."""
    unfinished: bool = False
    """Whether there was still something to do after the last round."""


def repaired(report: Report, rules: Sequence[Rule], request: Request, *, unsafe: bool = False) -> Repaired:
    """Apply the fixes of the findings that are shown, the unsafe ones too where asked for, in rounds until none is left."""
    narrow = request.config
    on = chosen(rules, narrow.select, narrow.ignore)
    # Nothing new must be found by any rule that runs by default either, whatever was selected, in or out of focus.
    config = narrow if narrow.select is None else replace(narrow, select=tuple(on | chosen(rules, None, ())))
    whole = config is narrow and request.focus is None and report.changes is None
    hopes = frozenset(key(one) for one in report.findings if one.suppressed is None and _within(one, request.focus))
    base = report if whole or not hopes else changed(report, {}, rules, config)
    proof = Proof(base, rules, config, frozenset(Applicability) if unsafe else frozenset({Applicability.SAFE}))
    unfinished = all(proof.prove(hopes) for _ in range(ROUNDS))
    refused = tuple(proof.refused.values())
    return Repaired(proof.texts, tuple(proof.fixed), tuple(proof.along), refused, proof.base, unfinished)


def _within(finding: Finding, focus: frozenset[str] | None) -> bool:
    """Whether the place itself is in focus, and not only on the way to it."""
    path = finding.location.path
    return focus is None or not focus.isdisjoint((path, *map(str, PurePosixPath(path).parents)))
