"""Repair: the fixes of a report are made, proved and kept, in rounds: what is left over or comes to light is tried again.

A program that may apply edits itself is given those only that hold.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from msgspec.structs import replace

from txlint.api import Rule
from txlint.engine import Report, Request, changed
from txlint.findings import Applicability, Finding
from txlint.fixing.tree.source import Sources
from txlint.proving import SECONDS, Key, Proof, Refusal, key, made
from txlint.rulepack import chosen

ROUNDS = 10
_SAFE = frozenset({Applicability.SAFE})
_PATIENCE = 60
"""Seconds for which the fixes in a report are proved."""


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
    wanted = frozenset(Applicability) if unsafe else _SAFE
    proof, hopes = _begun(report, rules, request, wanted, SECONDS)
    unfinished = all(proof.prove(hopes) for _ in range(ROUNDS))
    refused = tuple(proof.refused.values())
    return Repaired(proof.texts, tuple(proof.fixed), tuple(proof.along), refused, proof.base, unfinished)


def offered(report: Report, rules: Sequence[Rule], request: Request) -> Report:
    """The report with the edits of those safe fixes that hold on its text, all of them together; the others stay promises."""
    safe = [one for one in report.findings if one.suppressed is None and one.fix and one.fix.applicability in _SAFE]
    proof, hopes = _begun(report, rules, request, _SAFE, _PATIENCE)
    proof.prove(hopes)
    left = {key(one) for one in proof.base.findings if one.suppressed is None}
    hold = {key(one) for one in proof.fixed if not proof.along} - left
    known = {one.fingerprint: one for one in made(report, [one for one in safe if key(one) in hold], Sources(report.read))[0]}
    return dataclasses.replace(report, findings=tuple(known.get(one.fingerprint, one) for one in report.findings))


def _begun(
    report: Report, rules: Sequence[Rule], request: Request, wanted: frozenset[Applicability], seconds: int
) -> tuple[Proof, frozenset[Key]]:
    """The beginning of a proof, and the findings that are to be fixed."""
    narrow = request.config
    on = chosen(rules, narrow.select, narrow.ignore)
    # Nothing new must be found by any rule that runs by default either, whatever was selected, in or out of focus.
    config = narrow if narrow.select is None else replace(narrow, select=tuple(on | chosen(rules, None, ())))
    whole = config is narrow and request.focus is None and report.changes is None
    hopes = frozenset(key(one) for one in report.findings if one.suppressed is None and _within(one, request.focus))
    base = report if whole or not hopes else changed(report, {}, rules, config)
    return Proof(base, rules, config, wanted, seconds), hopes


def _within(finding: Finding, focus: frozenset[str] | None) -> bool:
    """Whether the place itself is in focus, and not only on the way to it."""
    path = finding.location.path
    return focus is None or not focus.isdisjoint((path, *map(str, PurePosixPath(path).parents)))
