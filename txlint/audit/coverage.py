"""Coverage: how many of the operations that need a transaction are known to have one, and how sure that number is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from txlint.audit.apps import Apps
from txlint.audit.doubts import Reached
from txlint.audit.figures import Figures, Ratio, counted
from txlint.audit.operations import Category, Operation, operations
from txlint.audit.statuses import Statuses
from txlint.audit.units import Units
from txlint.audit.unresolved import Unresolved, unresolved
from txlint.audit.verdict import Status, Verdict
from txlint.findings import Finding
from txlint.locations import Location
from txlint.project.model import Func
from txlint.suppressions import IGNORED
from txlint.transactions.analysis import Analysis
from txlint.transactions.gaps import Note, settings_notes

UNSOUND = frozenset({"TX301", "TX302", "TX304", "TX305", "TX403", *(f"TX{number}" for number in range(601, 609))})
"""Open findings of these rules in a covered operation say that its transaction does not keep what it promises."""
_DECISIONS = ("TX1", "TX2", "TX5")
"""Families of rules about the decision itself: a comment that allows one of their findings declares the operation exempt."""
BANDS = ("6+", "3-5", "2")
"""How many steps operations take, in bands."""
_WEIGHTS = {"6+": 3, "3-5": 2}
_RISKS = {"uncovered": 3, "partial": 2, "mixed": 2, "covered!": 1}


@dataclass(frozen=True, slots=True)
class Judged:
    """An operation with its verdict, and the open findings that make a covered one unsound."""

    operation: Operation
    verdict: Verdict
    name: str
    location: Location
    app: str
    callers: int
    """From how many places in the project it is called."""
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

    @property
    def risk(self) -> int:
        """Steps x severity (3 uncovered, 2 partial or mixed, 1 unsound) x the places that call it, at least one."""
        return max(self.verdict.steps, 1) * _RISKS.get(self.group, 0) * max(self.callers, 1)


@dataclass(frozen=True)
class Audit:
    """The operations of a project, and what could not be followed in its transactions."""

    judged: tuple[Judged, ...]
    unresolved: tuple[Unresolved, ...]
    units: Units
    reached: Reached
    settings: tuple[Note, ...] = ()
    """What the settings and the configuration say about transactions, with its place."""

    @cached_property
    def total(self) -> Figures:
        """The figures of all operations."""
        return figures(self.judged)

    @cached_property
    def categories(self) -> Mapping[str, Figures]:
        """The figures by category."""
        return self._by(lambda one: one.operation.category.value, [one.value for one in Category])

    @cached_property
    def apps(self) -> Mapping[str, Figures]:
        """The figures by app."""
        return self._by(lambda one: one.app, sorted({one.app for one in self.judged}))

    @cached_property
    def bands(self) -> Mapping[str, Figures]:
        """The figures by the number of steps."""
        return self._by(lambda one: one.band, BANDS)

    @cached_property
    def files(self) -> Mapping[str, Figures]:
        """The figures by file."""
        return self._by(lambda one: one.location.path, sorted({one.location.path for one in self.judged}))

    def _by(self, key: Callable[[Judged], str], labels: Iterable[str]) -> Mapping[str, Figures]:
        groups: defaultdict[str, list[Judged]] = defaultdict(list)
        for one in self.judged:
            groups[key(one)].append(one)
        return {label: figures(groups[label]) for label in labels if label in groups}

    @cached_property
    def worst(self) -> tuple[Judged, ...]:
        """The operations that want something done, by their risk."""
        return tuple(sorted((one for one in self.judged if one.risk), key=lambda one: (-one.risk, one.location)))

    @cached_property
    def by_request(self) -> int:
        """How many operations are covered by the request's transaction alone."""
        return sum(one.verdict.status is Status.REQUEST for one in self.judged)

    @cached_property
    def weighted(self) -> Ratio:
        """Coverage with operations of 3 to 5 steps counted twice, of more three times."""
        decided = [one for one in self.judged if one.verdict.status.group not in ("unknown", "exempt")]
        covered = sum(_WEIGHTS.get(one.band, 1) for one in decided if one.verdict.status.group == "covered")
        return Ratio(covered, sum(_WEIGHTS.get(one.band, 1) for one in decided))


def figures(judged: Iterable[Judged]) -> Figures:
    """The figures of some operations."""
    return counted(one.group for one in judged)


def measure(analysis: Analysis, findings: Sequence[Finding], focus: frozenset[str] | None = None) -> Audit:
    """The audit of a project; of a focus, of the operations in these files and folders."""
    reached = Reached(analysis.project)
    statuses = Statuses(analysis, reached)
    every = operations(analysis, reached)
    judge = _Judge(analysis, findings, Apps([one.func.module.path for one in every], _model_folders(analysis)))
    found = (one for one in every if focus is None or any(within(one.func.module.path, folder) for folder in focus))
    judged = tuple(judge.of(one, statuses.of(one)) for one in found)
    return Audit(judged, unresolved(analysis, reached), statuses.units, reached, _settings(analysis, judged))


def _settings(analysis: Analysis, judged: Iterable[Judged]) -> tuple[Note, ...]:
    funcs = [one.operation.func for one in judged]
    contexts = (context for func in funcs for context in analysis.contexts.of(func))
    return tuple(
        settings_notes(analysis, contexts, (one for func in funcs for site in analysis.calls(func) for one in site.effects))
    )


def _model_folders(analysis: Analysis) -> frozenset[str]:
    """The folders of modules with models (`shop` of `shop/models/order.py` too): what Django calls an app."""
    models = (cls for module in analysis.project.modules.values() for cls in module.classes if analysis.project.is_model(cls))
    folders = (cls.module.path.rpartition("/")[0] for cls in models)
    return frozenset(folder.removesuffix("/models") for folder in folders)


def within(path: str, folder: str) -> bool:
    """Whether a file is the one meant, or in the folder meant; `.` for all."""
    return folder == "." or path == folder or path.startswith(f"{folder}/")


class _Judge:
    """Puts operations, verdicts and findings together."""

    def __init__(self, analysis: Analysis, findings: Sequence[Finding], apps: Apps) -> None:
        self._analysis, self._apps = analysis, apps
        self._touching: defaultdict[str, dict[int, Finding]] = defaultdict(dict)
        for number, finding in enumerate(findings):
            for place in (finding.location, *(step.location for step in finding.trace)):
                self._touching[place.path][number] = finding

    def of(self, one: Operation, verdict: Verdict) -> Judged:
        inside = [found for found in self._touching[one.func.module.path].values() if concerns(found, one.func)]
        declared = next((found for found in inside if _declares(found, one.func)), None)
        if declared is not None and verdict.status.group in ("partial", "mixed", "uncovered", "unknown"):
            verdict = Verdict(Status.DECLARED, f"{declared.code}, {declared.suppressed}", verdict.steps, verdict.units)
        covered = verdict.status.group == "covered"
        unsound = sorted({found.code for found in inside if found.suppressed is None and found.code in UNSOUND})
        return Judged(
            one,
            verdict,
            self._analysis.name(one.func),
            self._analysis.traces.function(one.func),
            self._apps.of(one.func.module.path),
            len({id(site) for site, _ in self._analysis.project.callers.get(one.func, ())}),
            tuple(unsound) if covered else (),
        )


def concerns(finding: Finding, func: Func) -> bool:
    """Whether a finding is in a function, or its trace goes through it."""
    return any(_inside(one, func) for one in (finding.location, *(step.location for step in finding.trace)))


def _inside(location: Location, func: Func) -> bool:
    return location.path == func.module.path and func.record.line <= location.row <= func.record.end_line


def _declares(finding: Finding, func: Func) -> bool:
    allowed = finding.suppressed is not None and finding.suppressed.startswith(IGNORED)
    return allowed and finding.code.startswith(_DECISIONS) and _inside(finding.location, func)
