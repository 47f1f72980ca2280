"""Proving: fixes are made, applied to the text, and hold only if the project, analysed again, is better for it.

A fix holds where the changed files can be parsed and compiled, its finding is gone, and nothing new is found anywhere in
the project. What it brings out and can be fixed itself is fixed along with it, in the same change set: a transaction that is
put around a swallowed error asks for a savepoint. Fixes that do not touch each other are proved together, and what has been
accepted is the ground for what comes next; where a proof fails, what is wrong is refused, or split until it stands alone.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec.structs import replace

from txlint.api import Rule
from txlint.blame import blamed, edits_of, would_be
from txlint.config import Config
from txlint.engine import Report, changed
from txlint.errors import RuleFailure
from txlint.extraction import Reread
from txlint.findings import Applicability, Edit, Finding, Fix
from txlint.fixing.edits import applied, collide, compiles
from txlint.fixing.repairs import Unfixable
from txlint.fixing.tree.source import Sources
from txlint.workers import deep

TRIALS = 60
"""Groups tried in all; what has not been told apart by then is refused unproved."""
SECONDS = 600
"""After this time no further group is tried; one that has been begun is at most six analyses of what has changed."""
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


class Faults(NamedTuple):
    """What is wrong with the fixes of a group, by their number; `sure` where it is wrong with these alone."""

    reasons: dict[int, str]
    sure: bool


def made(report: Report, findings: Iterable[Finding], sources: Sources) -> tuple[tuple[Finding, ...], tuple[Refusal, ...]]:
    """The findings with the edits of their fixes, and those for which none can be made, or only some that ruin a file."""
    done: list[Finding] = []
    refused: list[Refusal] = []

    def make() -> None:
        for finding in findings:
            repair = report.repair(finding)
            if repair is not None:
                try:
                    edits = tuple(sorted(set(repair.make(sources))))
                except Unfixable as error:
                    refused.append(Refusal(finding, str(error)))
                    continue
                except Exception as error:
                    raise RuleFailure(f"{finding.code} {finding.name} failed to fix {finding.location.path}") from error
                one = replace(finding, fix=Fix(repair.title, repair.applicability, edits))
                if not edits:
                    refused.append(Refusal(finding, "the fix changes nothing"))
                elif any(_ruined(report, path, text) for path, text in _applied(report, (one,)).items()):
                    refused.append(Refusal(finding, "the changed file would be no valid Python"))
                else:
                    done.append(one)

    deep(make)
    return tuple(done), tuple(refused)


@dataclass(slots=True)
class Proof:
    """The fixes of a project that hold, each group proved on what the ones before have made of it."""

    base: Report
    rules: Sequence[Rule]
    config: Config
    wanted: frozenset[Applicability]
    """What may be fixed."""
    seconds: int = SECONDS
    texts: dict[str, bytes] = field(default_factory=dict)
    """The files that changed, with their new text."""
    fixed: list[Finding] = field(default_factory=list)
    along: list[Finding] = field(default_factory=list)
    refused: dict[Key, Refusal] = field(default_factory=dict)
    _trials: int = 0
    _until: float = field(init=False)
    _reread: Reread = field(default_factory=Reread)
    _sources: Sources = field(init=False)

    def __post_init__(self) -> None:
        self._until = time.monotonic() + self.seconds
        self._sources = Sources(self.base.read)

    def prove(self, wished: frozenset[Key]) -> bool:
        """Accept those fixes of findings that hold together, refuse the others; whether there was anything to do.

        What collides with another fix is left for the next time.
        """
        groups, began = [wished], len(self.fixed) + len(self.refused)
        while groups:
            self._prove(groups.pop(), groups)
        return len(self.fixed) + len(self.refused) > began

    def prove_one(self, finding: Finding) -> str:
        """Accept the fix of one finding of the report and of no other like it; else why it does not hold."""
        able, unable = made(self.base, [finding], self._sources)
        trial, faults = self._tried(able) if able else (None, Faults({}, True))
        if trial is None or faults.reasons:
            return next((one.reason for one in unable), next(iter(faults.reasons.values()), "it is not known how"))
        self._accept(able, trial)
        return ""

    def _prove(self, wished: frozenset[Key], groups: list[frozenset[Key]]) -> None:
        group = self._able(wished)
        if not group:
            return
        if bound := self._bound():
            self._refuse(group, dict.fromkeys(range(len(group)), f"not proved: {bound}; select fewer rules or files"))
            return
        self._trials += 1
        trial, faults = self._tried(group)
        if trial is not None and not faults.reasons:
            self._accept(group, trial)
            return
        if faults.sure or len(group) == 1:
            self._refuse(group, faults.reasons)
        groups += self._split(group, faults)

    def _bound(self) -> str:
        """Why no further group may be tried; empty where one may."""
        if time.monotonic() >= self._until:
            return f"all fixes together have taken more than {self.seconds} seconds"
        return "too many other fixes failed" if self._trials == TRIALS else ""

    def _accept(self, group: tuple[Finding, ...], trial: Trial) -> None:
        self.fixed += group
        self.along += trial.along
        self.texts |= trial.texts
        self.base, self._sources = trial.after, self._sources.reading(trial.after.read)

    def _able(self, wished: frozenset[Key]) -> tuple[Finding, ...]:
        """The findings with these keys that can be fixed at once, with the edits; those that cannot be fixed are refused."""
        shown = (one for one in self.base.findings if one.suppressed is None and key(one) in wished)
        promised = [one for one in shown if one.fix and one.fix.applicability in self.wanted and key(one) not in self.refused]
        able, unable = made(self.base, promised, self._sources)
        self.refused |= {key(one.finding): one for one in unable}
        return apart(able)

    def _refuse(self, group: tuple[Finding, ...], reasons: dict[int, str]) -> None:
        self.refused |= {key(group[number]): Refusal(group[number], reason) for number, reason in reasons.items()}

    def _split(self, group: tuple[Finding, ...], faults: Faults) -> Iterator[frozenset[Key]]:
        """What of a group is to be tried again, the last one first: the innocent together, the suspects in halves."""
        suspects = [] if faults.sure or len(group) == 1 else sorted({key(group[number]) for number in faults.reasons})
        rest = frozenset(map(key, group)).difference(suspects) - set(self.refused)
        size = len(suspects) if rest else (len(suspects) + 1) // 2
        yield from (frozenset(suspects[at : at + size]) for at in range(0, len(suspects), size or 1))
        if rest:
            yield rest

    def _tried(self, group: tuple[Finding, ...]) -> tuple[Trial | None, Faults]:
        texts = _applied(self.base, group)
        after = changed(self.base, texts, self.rules, self.config, self._reread)
        if plain := self._plain_faults(group, texts, after):
            return None, Faults(plain, True)
        along: tuple[Finding, ...] = ()
        for _ in range(_ALONG):
            known = (one for one in self._new(group, after) if one.fix and one.fix.applicability in self.wanted)
            more = apart(made(after, known, self._sources.reading(after.read))[0])
            if not more:
                break
            fresh = _applied(after, more)
            texts, along = texts | fresh, (*along, *more)
            after = changed(after, fresh, self.rules, self.config, self._reread)
        plain = self._plain_faults(group, texts, after)
        suspected: dict[int, str] = {}
        for one in self._new(group, after):
            near = blamed(group, one, self.base, after)
            suspected = (near or dict.fromkeys(range(len(group)), would_be(one))) | suspected
        return Trial(texts, along, after), Faults(plain or suspected, bool(plain))

    def _plain_faults(self, group: tuple[Finding, ...], texts: dict[str, bytes], after: Report) -> dict[int, str]:
        """What is wrong with the fixes themselves, whatever else is done: a file is ruined, or the finding still there."""
        faults: dict[int, str] = {}
        ruined = {one.path for one in after.unanalysed} & set(texts)
        ruined |= {path for path, text in texts.items() if _ruined(self.base, path, text)}
        has, had, fixes = _counts(after), _counts(self.base), Counter(map(key, group))
        for number, finding in enumerate(group):
            if ruined & {edit.path for edit in edits_of(finding)}:
                faults[number] = "the changed file would be no valid Python"
            elif has[key(finding)] > had[key(finding)] - fixes[key(finding)]:
                faults[number] = "the finding would still be there"
        return faults

    def _new(self, group: tuple[Finding, ...], after: Report) -> list[Finding]:
        """What was not found before; a finding that only has another subject now is none."""
        has, had, fixed = _counts(after), _counts(self.base), Counter(map(_room, group))
        in_room = Counter(_room(one) for one in after.findings if one.suppressed is None)
        were = Counter(_room(one) for one in self.base.findings if one.suppressed is None)
        left = [one for one in after.findings if one.suppressed is None and has[key(one)] > had[key(one)]]
        return [one for one in left if in_room[_room(one)] > were[_room(one)] - fixed[_room(one)]]


def _applied(report: Report, findings: Iterable[Finding]) -> dict[str, bytes]:
    edits: dict[str, list[Edit]] = {}
    for edit in (edit for finding in findings for edit in edits_of(finding)):
        edits.setdefault(edit.path, []).append(edit)
    return {path: applied(report.read(path), found) for path, found in edits.items()}


def key(finding: Finding) -> Key:
    """What a finding keeps when lines move."""
    return finding.code, finding.location.path, finding.function, finding.subject


def apart(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """As many of the findings, in their order, as have edits that do not collide.

    Change sets that have a part in common are about the same thing: the largest is tried alone, and with those that it holds.
    """
    taken: dict[str, list[Edit]] = {}
    replaced: dict[Edit, frozenset[Edit]] = {}
    free: list[Finding] = []
    for finding in sorted(findings, key=lambda one: -len(edits_of(one))):
        edits = frozenset(edits_of(finding))
        common = (replaced[edit] for edit in edits if edit in replaced)
        collides = any(collide(edit, other) for edit in edits for other in taken.get(edit.path, ()))
        if not collides and all(edits <= other for other in common):
            free.append(finding)
            replaced |= {edit: edits for edit in edits if edit.start < edit.end and edit not in replaced}
            for edit in edits:
                taken.setdefault(edit.path, []).append(edit)
    return tuple(free)


def _room(finding: Finding) -> tuple[str, str, str]:
    """The rule and the function of a finding."""
    return finding.code, finding.location.path, finding.function


def _counts(report: Report) -> Counter[Key]:
    """How often each finding is there that nothing allows."""
    return Counter(key(one) for one in report.findings if one.suppressed is None)


def _ruined(report: Report, path: str, text: bytes) -> bool:
    """Whether a file is no valid Python any more."""
    return not compiles(text) and compiles(report.read(path))
