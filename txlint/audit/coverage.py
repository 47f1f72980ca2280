"""Coverage: how many of the operations that need a transaction are known to have one, and how sure that number is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from txlint.audit.doubts import Reached
from txlint.audit.operations import Category, Operation, operations
from txlint.audit.statuses import Statuses
from txlint.audit.verdict import Status, Verdict
from txlint.findings import Finding
from txlint.locations import Location
from txlint.project.lineage import written
from txlint.project.model import Func
from txlint.suppressions import IGNORED
from txlint.transactions.analysis import Analysis
from txlint.transactions.endings import FAMILIES

UNSOUND = frozenset({"TX301", "TX302", "TX304", "TX305", "TX403", *(f"TX{number}" for number in range(601, 609))})
"""Open findings of these rules in a covered operation say that its transaction does not keep what it promises."""
_DECISIONS = ("TX1", "TX2", "TX5")
"""Families of rules about the decision itself: a comment that allows one of their findings declares the operation exempt."""
DOUBT = 0.1
"""From this share of unknown operations on, the headline is an interval."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A part of a whole; never shown without both numbers."""

    part: int
    whole: int

    def __str__(self) -> str:
        if not self.whole:
            return "n/a"
        if self.whole < 5:
            return f"{self.part}/{self.whole}"
        return f"{self.part}/{self.whole} ({100 * self.part // self.whole} %)"


@dataclass(frozen=True, slots=True)
class Figures:
    """The counts of some operations and the figures that follow from them."""

    covered: int = 0
    partial: int = 0
    mixed: int = 0
    uncovered: int = 0
    unknown: int = 0
    exempt: int = 0
    unsound: int = 0

    @property
    def decided(self) -> int:
        """Those that need a transaction and whose status is known."""
        return self.covered + self.partial + self.mixed + self.uncovered

    @property
    def needs(self) -> int:
        """Those that need a transaction, or may."""
        return self.decided + self.unknown

    @property
    def coverage(self) -> Ratio:
        """The headline; to be shown together with `unknown` only."""
        return Ratio(self.covered, self.decided)

    @property
    def lower(self) -> Ratio:
        """As if every unknown operation were uncovered."""
        return Ratio(self.covered, self.needs)

    @property
    def upper(self) -> Ratio:
        """As if every unknown operation were covered."""
        return Ratio(self.covered + self.unknown, self.needs)

    @property
    def sound(self) -> Ratio:
        """Covered ones without an open finding that makes the transaction unsound."""
        return Ratio(self.covered - self.unsound, self.decided)

    @property
    def in_doubt(self) -> bool:
        """Whether so much is unknown that only the bounds mean anything."""
        return self.unknown > DOUBT * self.needs


@dataclass(frozen=True, slots=True)
class Judged:
    """An operation with its verdict, and the open findings that make a covered one unsound."""

    operation: Operation
    verdict: Verdict
    name: str
    location: Location
    unsound: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        """`covered`, `covered!`, `partial`, `mixed`, `uncovered`, `unknown` or `exempt`."""
        return f"{self.verdict.status.group}{'!' if self.unsound else ''}"

    @property
    def band(self) -> str:
        """How many steps it takes: `6+`, `3-5` or `2`; empty where fewer."""
        steps = self.verdict.steps
        return "6+" if steps >= 6 else "3-5" if steps >= 3 else "2" if steps == 2 else ""


@dataclass(frozen=True)
class Audit:
    """The operations of a project, and what could not be followed in its transactions."""

    judged: tuple[Judged, ...]
    unresolved: tuple[tuple[str, int], ...]
    """Callees inside transactions that could not be resolved, those that could write first, then by frequency."""

    @cached_property
    def total(self) -> Figures:
        """The figures of all operations."""
        return figures(self.judged)

    def of(self, category: Category) -> Figures:
        """The figures of a category."""
        return figures(one for one in self.judged if one.operation.category is category)

    def of_band(self, band: str) -> Figures:
        """The figures of the operations with so many steps."""
        return figures(one for one in self.judged if one.band == band)

    @cached_property
    def weighted(self) -> Ratio:
        """Coverage with operations of 3 to 5 steps counted twice, of more three times."""
        weights = {"6+": 3, "3-5": 2}
        decided = [one for one in self.judged if one.verdict.status.group not in ("unknown", "exempt")]
        covered = sum(weights.get(one.band, 1) for one in decided if one.verdict.status.group == "covered")
        return Ratio(covered, sum(weights.get(one.band, 1) for one in decided))


def figures(judged: Iterable[Judged]) -> Figures:
    """The figures of some operations."""
    judged = tuple(judged)
    groups = Counter(one.verdict.status.group for one in judged)
    return Figures(
        groups["covered"],
        groups["partial"],
        groups["mixed"],
        groups["uncovered"],
        groups["unknown"],
        groups["exempt"],
        sum(one.group == "covered!" for one in judged),
    )


def measure(analysis: Analysis, findings: Sequence[Finding], focus: frozenset[str] | None = None) -> Audit:
    """The audit of a project; of a focus, of the operations in these files and folders."""
    reached = Reached(analysis.project)
    statuses = Statuses(analysis, reached)
    found = [one for one in operations(analysis, reached) if focus is None or _within(one.func.module.path, focus)]
    return Audit(tuple(_judged(analysis, one, statuses.of(one), findings) for one in found), unresolved(analysis, reached))


def _within(path: str, focus: frozenset[str]) -> bool:
    return any(path == one or path.startswith(f"{one}/") for one in focus)


def _judged(analysis: Analysis, one: Operation, verdict: Verdict, findings: Sequence[Finding]) -> Judged:
    inside = [finding for finding in findings if concerns(finding, one.func)]
    declared = next((finding for finding in inside if _declares(finding, one.func)), None)
    if declared is not None and verdict.status.group in ("partial", "mixed", "uncovered", "unknown"):
        verdict = Verdict(Status.DECLARED, f"{declared.code}, {declared.suppressed}", verdict.steps, verdict.units)
    covered = verdict.status.group == "covered"
    unsound = sorted({finding.code for finding in inside if finding.suppressed is None and finding.code in UNSOUND})
    return Judged(one, verdict, analysis.name(one.func), analysis.traces.function(one.func), tuple(unsound) if covered else ())


def concerns(finding: Finding, func: Func) -> bool:
    """Whether a finding is in a function, or its trace goes through it."""
    return any(_inside(one, func) for one in (finding.location, *(step.location for step in finding.trace)))


def _inside(location: Location, func: Func) -> bool:
    return location.path == func.module.path and func.record.line <= location.row <= func.record.end_line


def _declares(finding: Finding, func: Func) -> bool:
    allowed = finding.suppressed is not None and finding.suppressed.startswith(IGNORED)
    return allowed and finding.code.startswith(_DECISIONS) and _inside(finding.location, func)


def unresolved(analysis: Analysis, reached: Reached) -> tuple[tuple[str, int], ...]:
    """The callees that could not be resolved where a transaction is open: first those that could write, then by frequency."""
    counts: Counter[str] = Counter()
    harmless: dict[str, bool] = {}
    for site in analysis.sites():
        in_session = any(one.family in FAMILIES for one in site.opened)
        if site.unknown is None or not (in_session or any(one.state.status == "open" for one in analysis.contexts.at(site))):
            continue
        name = written(site.call.func)
        counts[name] += 1
        harmless[name] = harmless.get(name, True) and not reached.could_write(site)
    return tuple(sorted(counts.items(), key=lambda one: (harmless[one[0]], -one[1], one[0])))
