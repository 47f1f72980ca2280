"""Repair: the fixes of a report are made, proved and kept, in rounds: what is left over or comes to light is tried again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from msgspec.structs import replace

from txlint.api import Rule
from txlint.engine import Report, Request, changed
from txlint.findings import Applicability, Finding
from txlint.proving import Key, Refusal, Round, apart, key, made
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
    base = report if whole else changed(report, {}, rules, config)
    hopes = frozenset(key(one) for one in report.findings if one.suppressed is None and _within(one, request.focus))
    wanted = frozenset(Applicability) if unsafe else frozenset({Applicability.SAFE})
    fixed: list[Finding] = []
    along: list[Finding] = []
    refused: dict[Key, Refusal] = {}
    texts: dict[str, bytes] = {}
    for _ in range(ROUNDS):
        shown = (one for one in base.findings if one.suppressed is None and key(one) in hopes - set(refused))
        able, unable = made(base, [one for one in shown if one.fix and one.fix.applicability in wanted])
        refused |= {key(one.finding): one for one in unable}
        if not able:
            return Repaired(texts, tuple(fixed), tuple(along), tuple(refused.values()), base)
        now = Round(base, rules, config, wanted)
        now.prove(apart(able))
        refused |= {key(one.finding): one for one in now.refused}
        fixed += now.accepted
        along += now.done.along
        texts |= now.done.texts
        base = now.done.after
    return Repaired(texts, tuple(fixed), tuple(along), tuple(refused.values()), base, unfinished=True)


def _within(finding: Finding, focus: frozenset[str] | None) -> bool:
    """Whether the place itself is in focus, and not only on the way to it."""
    path = finding.location.path
    return focus is None or not focus.isdisjoint((path, *map(str, PurePosixPath(path).parents)))
