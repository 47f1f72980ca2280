"""Repair: the fixes of a report are made, applied to the text, and kept only if the project, analysed again, is better for it.

A fix holds where the changed files can be parsed and compiled, its finding is gone, and nothing new is found anywhere in
the project. Fixes that do not touch each other are proved together; where that fails, the group is split until what is
wrong stands alone. What is left over or comes to light is tried in further rounds.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from msgspec.structs import replace

from txlint.api import Rule
from txlint.config import Config
from txlint.engine import Report, Request, changed
from txlint.errors import RuleFailure
from txlint.findings import Applicability, Edit, Finding, Fix
from txlint.fixing.edits import applied, collide
from txlint.fixing.repairs import Unfixable
from txlint.fixing.tree.source import Sources
from txlint.rulepack import chosen
from txlint.workers import deep

ROUNDS = 10
TRIALS = 40
"""Analyses in one round; what has not been told apart by then is refused unproved."""
Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A finding whose fix could not be made or did not hold, and why."""

    finding: Finding
    reason: str


@dataclass(frozen=True, slots=True)
class Repaired:
    """What became of the fixes of a report."""

    texts: Mapping[str, bytes]
    """The files that changed, with their new text."""
    fixed: tuple[Finding, ...]
    """The findings that are gone, with the edits that were made."""
    refused: tuple[Refusal, ...]
    report: Report
    """On the whole project as it is then."""
    unfinished: bool = False
    """Whether there was still something to do after the last round."""


def made(report: Report, findings: Iterable[Finding]) -> tuple[tuple[Finding, ...], tuple[Refusal, ...]]:
    """The findings with the edits of their fixes, and those for which none can be made."""
    sources = Sources(report.read)
    done: list[Finding] = []
    refused: list[Refusal] = []

    def make() -> None:
        for finding in findings:
            repair = report.repair(finding)
            if repair is not None:
                try:
                    edits = tuple(sorted(set(repair.make(sources))))
                    done.append(replace(finding, fix=Fix(repair.title, repair.applicability, edits)))
                except Unfixable as error:
                    refused.append(Refusal(finding, str(error)))
                except Exception as error:
                    raise RuleFailure(f"{finding.code} {finding.name} failed to fix {finding.location.path}") from error

    deep(make)
    return tuple(done), tuple(refused)


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
    refused: dict[Key, Refusal] = {}
    texts: dict[str, bytes] = {}
    for _ in range(ROUNDS):
        shown = (one for one in base.findings if one.suppressed is None and key(one) in hopes - set(refused))
        able, unable = made(base, [one for one in shown if one.fix and one.fix.applicability in wanted])
        refused |= {key(one.finding): one for one in unable}
        if not able:
            return Repaired(texts, tuple(fixed), tuple(refused.values()), base)
        trial = _Round(base, rules, config)
        trial.prove(_apart(able))
        refused |= {key(one.finding): one for one in trial.refused}
        fixed += trial.accepted
        texts |= trial.texts
        base = trial.after
    return Repaired(texts, tuple(fixed), tuple(refused.values()), base, unfinished=True)


def key(finding: Finding) -> Key:
    """What a finding keeps when lines move."""
    return finding.code, finding.location.path, finding.function, finding.subject


def _within(finding: Finding, focus: frozenset[str] | None) -> bool:
    """Whether the place itself is in focus, and not only on the way to it."""
    path = finding.location.path
    return focus is None or not focus.isdisjoint((path, *map(str, PurePosixPath(path).parents)))


def _apart(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """As many of the findings, in their order, as have edits that do not collide."""
    taken: dict[str, list[Edit]] = {}
    free: list[Finding] = []
    for finding in findings:
        edits = _edits(finding)
        if not any(collide(edit, other) for edit in edits for other in taken.get(edit.path, ())):
            free.append(finding)
            for edit in edits:
                taken.setdefault(edit.path, []).append(edit)
    return tuple(free)


def _edits(finding: Finding) -> tuple[Edit, ...]:
    assert finding.fix is not None
    return finding.fix.edits


@dataclass(slots=True)
class _Round:
    """One round: fixes on the same texts, proved together as far as possible."""

    base: Report
    rules: Sequence[Rule]
    config: Config
    accepted: tuple[Finding, ...] = ()
    refused: list[Refusal] = field(default_factory=list)
    texts: dict[str, bytes] = field(default_factory=dict)
    after: Report = field(init=False)
    trials: int = 0

    def __post_init__(self) -> None:
        self.after = self.base

    def prove(self, group: tuple[Finding, ...]) -> None:
        """Accept those of a group that hold together with what has been accepted."""
        if not group:
            return
        if self.trials == TRIALS:
            self.refused += [Refusal(one, "not proved: too many other fixes failed; select fewer") for one in group]
            return
        self.trials += 1
        texts = self._applied((*self.accepted, *group))
        after = changed(self.base, texts, self.rules, self.config)
        faults = self._faults(group, texts, after)
        if not faults:
            self.accepted, self.texts, self.after = (*self.accepted, *group), texts, after
        elif len(group) == 1:
            self.refused.append(Refusal(group[0], next(iter(faults.values()))))
        else:
            blamed = tuple(one for number, one in enumerate(group) if number in faults)
            rest = tuple(one for number, one in enumerate(group) if number not in faults)
            if not rest:
                blamed, rest = group[: len(group) // 2], group[len(group) // 2 :]
            self.prove(rest)
            self.prove(blamed)

    def _applied(self, findings: Iterable[Finding]) -> dict[str, bytes]:
        edits: dict[str, list[Edit]] = {}
        for edit in (edit for finding in findings for edit in _edits(finding)):
            edits.setdefault(edit.path, []).append(edit)
        return {path: applied(self.base.read(path), found) for path, found in edits.items()}

    def _faults(self, group: tuple[Finding, ...], texts: Mapping[str, bytes], after: Report) -> dict[int, str]:
        """What is wrong, by the number of the fix in the group that is to be blamed; all of them where none can be told."""
        faults: dict[int, str] = {}
        broken = {one.path for one in after.unanalysed} & set(texts)
        broken |= {path for path, text in texts.items() if _compiles(self.base.read(path)) and not _compiles(text)}
        had, has = _counts(self.base), _counts(after)
        fixes = Counter(key(one) for one in (*self.accepted, *group))
        new = [one for one in after.findings if one.suppressed is None and has[key(one)] > had[key(one)]]
        for number, finding in enumerate(group):
            paths = {edit.path for edit in _edits(finding)}
            if not paths:
                faults[number] = "the fix changes nothing"
            elif paths & broken:
                faults[number] = "the changed file would be no valid Python"
            elif has[key(finding)] > had[key(finding)] - fixes[key(finding)]:
                faults[number] = "the finding would still be there"
            elif found := next((one for one in new if paths & _places(one)), None):
                faults[number] = _would_be(found)
        if new and not faults:
            faults = dict.fromkeys(range(len(group)), _would_be(new[0]))
        return faults


def _places(finding: Finding) -> set[str]:
    """The files that a finding leads through."""
    return {finding.location.path, *(step.location.path for step in finding.trace)}


def _would_be(finding: Finding) -> str:
    return f"{finding.code} would be found in `{finding.function}` ({finding.location.path})"


def _counts(report: Report) -> Counter[Key]:
    """How often each finding is there that nothing allows."""
    return Counter(key(one) for one in report.findings if one.suppressed is None)


def _compiles(source: bytes) -> bool:
    """Whether the running Python takes the text; newer syntax than its own is for the parser alone to judge."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, "<source>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
