"""Proving: fixes are made, applied to the text, and hold only if the project, analysed again, is better for it.

A fix holds where the changed files can be parsed and compiled, its finding is gone, and nothing new is found anywhere in
the project. What it brings out and can be fixed itself is fixed along with it, in the same change set: a transaction that is
put around a swallowed error asks for a savepoint. Fixes that do not touch each other are proved together; where that fails,
the group is split until what is wrong stands alone.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec.structs import replace

from txlint.api import Rule
from txlint.config import Config
from txlint.engine import Report, changed
from txlint.errors import RuleFailure
from txlint.findings import Applicability, Edit, Finding, Fix, Step
from txlint.fixing.edits import applied, collide
from txlint.fixing.repairs import Unfixable
from txlint.fixing.tree.source import Sources
from txlint.locations import Location
from txlint.workers import deep

TRIALS = 40
"""Groups tried in one round; what has not been told apart by then is refused unproved."""
_ALONG = 4
"""How often what has come to light is fixed along."""
Key = tuple[str, str, str, str]


class Refusal(NamedTuple):
    """A finding whose fix could not be made or did not hold, and why."""

    finding: Finding
    reason: str


class Trial(NamedTuple):
    """A project with fixes applied: the files that changed, what was fixed along, and the report on it."""

    texts: dict[str, bytes]
    along: tuple[Finding, ...]
    after: Report


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


@dataclass(slots=True)
class Round:
    """One round: fixes on the same texts, proved together as far as possible."""

    base: Report
    rules: Sequence[Rule]
    config: Config
    wanted: frozenset[Applicability]
    """What may be fixed along."""
    accepted: tuple[Finding, ...] = ()
    refused: list[Refusal] = field(default_factory=list)
    trials: int = 0
    done: Trial = field(init=False)
    """The project with what has been accepted."""
    _had: Counter[Key] = field(init=False)

    def __post_init__(self) -> None:
        self.done = Trial({}, (), self.base)
        self._had = _counts(self.base)

    def prove(self, group: tuple[Finding, ...]) -> None:
        """Accept those of a group that hold together with what has been accepted."""
        if not group:
            return
        if self.trials == TRIALS:
            self.refused += [Refusal(one, "not proved: too many other fixes failed; select fewer") for one in group]
            return
        self.trials += 1
        trial = self._tried(group)
        faults = self._faults(group, trial)
        if not faults:
            self.accepted, self.done = (*self.accepted, *group), trial
        elif len(group) == 1:
            self.refused.append(Refusal(group[0], next(iter(faults.values()))))
        else:
            blamed = tuple(one for number, one in enumerate(group) if number in faults)
            rest = tuple(one for number, one in enumerate(group) if number not in faults)
            if not rest:
                blamed, rest = group[: len(group) // 2], group[len(group) // 2 :]
            self.prove(rest)
            self.prove(blamed)

    def _tried(self, group: tuple[Finding, ...]) -> Trial:
        texts = _applied(self.base, (*self.accepted, *group))
        after = changed(self.base, texts, self.rules, self.config)
        along: tuple[Finding, ...] = ()
        for _ in range(_ALONG):
            known = (one for one in self._new(group, after) if one.fix and one.fix.applicability in self.wanted)
            more = apart(made(after, known)[0])
            if not more:
                break
            fresh = _applied(after, more)
            texts, along, after = texts | fresh, (*along, *more), changed(after, fresh, self.rules, self.config)
        return Trial(texts, along, after)

    def _new(self, group: tuple[Finding, ...], after: Report) -> list[Finding]:
        """What was not found before; a finding that only has another subject now is none."""
        has, fixed = _counts(after), Counter(map(_room, (*self.accepted, *group)))
        in_room = Counter(_room(one) for one in after.findings if one.suppressed is None)
        had = Counter(_room(one) for one in self.base.findings if one.suppressed is None)
        left = [one for one in after.findings if one.suppressed is None and has[key(one)] > self._had[key(one)]]
        return [one for one in left if in_room[_room(one)] > had[_room(one)] - fixed[_room(one)]]

    def _faults(self, group: tuple[Finding, ...], trial: Trial) -> dict[int, str]:
        """What is wrong, by the number of the fix in the group that is to be blamed; all of them where none can be told."""
        faults: dict[int, str] = {}
        broken = {one.path for one in trial.after.unanalysed} & set(trial.texts)
        broken |= {path for path, text in trial.texts.items() if _compiles(self.base.read(path)) and not _compiles(text)}
        has, fixes = _counts(trial.after), Counter(key(one) for one in (*self.accepted, *group))
        new = self._new(group, trial.after)
        for number, finding in enumerate(group):
            paths = {edit.path for edit in edits_of(finding)}
            if not paths:
                faults[number] = "the fix changes nothing"
            elif paths & broken:
                faults[number] = "the changed file would be no valid Python"
            elif has[key(finding)] > self._had[key(finding)] - fixes[key(finding)]:
                faults[number] = "the finding would still be there"
        for one in new:
            faults = _blamed(group, one, trial.after) | faults
        if (new or broken) and not faults:
            faults = dict.fromkeys(range(len(group)), _would_be(new[0]) if new else "another file would be no valid Python")
        return faults


def _blamed(group: tuple[Finding, ...], new: Finding, after: Report) -> dict[int, str]:
    """The fixes that may have brought a finding out: of the function that its state comes from, of those that it leads through,
    or else in their files."""
    steps = (*new.trace, Step(new.location, ""))
    for places in ({_function(after, steps[0].location)}, {_function(after, one.location) for one in steps}):
        if near := [number for number, one in enumerate(group) if (one.location.path, one.function) in places]:
            return dict.fromkeys(near, _would_be(new))
    paths = {one.location.path for one in steps}
    near = [number for number, one in enumerate(group) if any(edit.path in paths for edit in edits_of(one))]
    return dict.fromkeys(near, _would_be(new))


def _function(report: Report, place: Location) -> tuple[str, str]:
    """The path and the name of the innermost function around a place."""
    module = report.analysis.project.modules.get(place.path)
    around = [one for one in module.functions if one.record.line <= place.row <= one.record.end_line] if module else []
    innermost = max(around, key=lambda one: one.record.line, default=None)
    return place.path, report.analysis.name(innermost) if innermost else ""


def _applied(report: Report, findings: Iterable[Finding]) -> dict[str, bytes]:
    edits: dict[str, list[Edit]] = {}
    for edit in (edit for finding in findings for edit in edits_of(finding)):
        edits.setdefault(edit.path, []).append(edit)
    return {path: applied(report.read(path), found) for path, found in edits.items()}


def key(finding: Finding) -> Key:
    """What a finding keeps when lines move."""
    return finding.code, finding.location.path, finding.function, finding.subject


def apart(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """As many of the findings, in their order, as have edits that do not collide."""
    taken: dict[str, list[Edit]] = {}
    free: list[Finding] = []
    for finding in findings:
        edits = edits_of(finding)
        if not any(collide(edit, other) for edit in edits for other in taken.get(edit.path, ())):
            free.append(finding)
            for edit in edits:
                taken.setdefault(edit.path, []).append(edit)
    return tuple(free)


def edits_of(finding: Finding) -> tuple[Edit, ...]:
    """The edits of a finding whose fix has been made."""
    assert finding.fix is not None
    return finding.fix.edits


def _room(finding: Finding) -> tuple[str, str, str]:
    """The rule and the function of a finding."""
    return finding.code, finding.location.path, finding.function


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
