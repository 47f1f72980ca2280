"""What becomes of findings between the rules and the report: they are marked, identified and sorted, never dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, partial
from itertools import chain

from msgspec.structs import replace

from txlint import suppressions
from txlint.api import Rule
from txlint.baseline import BASELINED
from txlint.changes import Past, within
from txlint.config import Config
from txlint.discovery import excluding
from txlint.facts.records import ModuleFacts
from txlint.filekinds import is_test
from txlint.findings import Confidence, Finding, Fix, Severity, identified
from txlint.fixing.comments import shortened
from txlint.fixing.repairs import Repair
from txlint.locations import Location
from txlint.rulepack import matching, selected
from txlint.suppressions import Suppression

OUT_OF_FOCUS = "out of focus"
KNOWN = "known at"
"""What the mark of a finding starts with that the compared commit has too."""
_LINES = ("ignore", "file-ignore")
"""The comments that can go without another one."""
TEST_FILE = "test file"
IGNORED_HERE = "ignored for this path"
WEAK = "below the confidence that is shown"


@dataclass(frozen=True)
class Filters:
    """What decides whether a finding is to be reported."""

    rules: Sequence[Rule]
    on: frozenset[str]
    config: Config
    focus: frozenset[str] | None
    """Files and folders to report on; None for all."""
    past: Past | None
    """What the project is compared with."""
    baseline: frozenset[str]
    """Fingerprints of the known findings."""
    unanalysed: frozenset[str]
    """Files about which there is nothing but the news that they were not analysed; neither focus nor tests hide that."""

    today: date = field(default_factory=date.today)
    """Decides which comments are over."""

    def suppressions(self, facts: Mapping[str, ModuleFacts], sources: Mapping[str, bytes]) -> tuple[Suppression, ...]:
        """Every suppression that is written in the project."""
        known = tuple(identity for rule in self.rules for identity in (rule.code, rule.name))
        return tuple(
            suppression
            for path, module in facts.items()
            if module.comments  # Only then is the text of a file looked at.
            for suppression in (
                *suppressions.read(path, sources[path], module.comments, self._resolve, known),
                *suppressions.marked(path, sources[path], module, self._meant),
            )
        )

    def applied(self, findings: Sequence[Finding], written: Sequence[Suppression]) -> tuple[Finding, ...]:
        """The findings by place with the mark of whatever filters them, and findings about suppressions without effect."""
        by_path: dict[str, list[Suppression]] = {}
        for suppression in written:
            by_path.setdefault(suppression.path, []).append(suppression)
        used = {one for finding in findings for one in by_path.get(finding.location.path, ()) if self._covers(one, finding)}
        notices = (notice for one in written for notice in self._notices(one, one in used))
        return tuple(self._marked(self._weighed(finding), by_path) for finding in identified(chain(findings, notices)))

    def _notices(self, one: Suppression, used: bool) -> Iterator[Finding]:
        """What is to be said about a suppression itself."""
        if one.problem:
            yield from self._notice(suppressions.UNKNOWN, one, one.problem, "correct the comment")
            return
        if one.expired(self.today):
            message = f"`{one.selector}` was allowed until {one.until}, which is over"
            yield from self._notice(suppressions.EXPIRED, one, message, "put the finding right, or set another day")
            return
        if self.config.require_reason and not suppressions.says_why(one.reason):
            unkept = f": `{one.reason}` is none yet" if one.reason else ""
            message = f"`{one.selector}` is allowed here without a reason{unkept}"
            yield from self._notice(suppressions.UNREASONED, one, message, "write `# txlint: ignore[RULE] reason`")
        # Whether it has no effect is known only if all its rules have run, and these run last.
        if not used and one.codes <= self.on - suppressions.HOUSEKEEPING:
            message = f"`{one.selector}` is allowed here, but nothing of it is found"
            fix = _shortened(one.place, one.selector).promise if one.verb in _LINES else None
            yield from self._notice(suppressions.UNUSED, one, message, "remove the comment, or the rule from it", fix)

    def _notice(self, code: str, one: Suppression, message: str, remedy: str, fix: Fix | None = None) -> Iterator[Finding]:
        for rule in self.rules:
            if rule.code == code and code in self.on:
                yield Finding(
                    code,
                    rule.name,
                    message,
                    rule.severity,
                    Confidence.HIGH,
                    one.place,
                    "<module>",
                    remedy=remedy,
                    subject=one.selector,
                    fix=fix,
                )

    def _covers(self, suppression: Suppression, finding: Finding) -> bool:
        allowed = suppression.covers(finding.code, finding.location.path, finding.location.row)
        return allowed and not suppression.expired(self.today)

    @cached_property
    def _severities(self) -> dict[str, Severity]:
        return _by_code(self.rules, self.config.severity, "configuration: `severity`")

    @cached_property
    def _overrides(self) -> tuple[tuple[Callable[[str], bool], frozenset[str], dict[str, Severity]], ...]:
        """For each: which files it is about, the codes that it ignores and the severities that it gives."""
        where = "configuration: `overrides`"
        return tuple(
            (
                excluding(one.paths, where),
                selected(self.rules, one.ignore, where),
                _by_code(self.rules, one.severity, where),
            )
            for one in self.config.overrides
        )

    def _meant(self, marker: str) -> frozenset[str]:
        """The codes of the rules that a marker speaks about."""
        return frozenset(rule.code for rule in self.rules if marker in rule.markers)

    def _resolve(self, selector: str) -> frozenset[str]:
        return matching(self.rules, selector)

    def _weighed(self, finding: Finding) -> Finding:
        severity = self._severities.get(finding.code, finding.severity)
        for is_meant, _, severities in self._overrides:
            if finding.code in severities and is_meant(finding.location.path):
                severity = severities[finding.code]
        return finding if severity == finding.severity else replace(finding, severity=severity)

    def _marked(self, finding: Finding, written: Mapping[str, Sequence[Suppression]]) -> Finding:
        suppression = next((one for one in written.get(finding.location.path, ()) if self._covers(one, finding)), None)
        cause = self._cause(finding)
        return replace(finding, suppressed=suppression.because() if suppression else self._mark(finding, cause), cause=cause)

    def _mark(self, finding: Finding, cause: str) -> str | None:
        path = finding.location.path
        if path in self.unanalysed:
            return None
        if not self.config.include_tests and is_test(path):
            return TEST_FILE
        if any(finding.code in ignored and is_meant(path) for is_meant, ignored, _ in self._overrides):
            return IGNORED_HERE
        if self._is_weak(finding):
            return WEAK
        if finding.fingerprint in self.baseline:
            return BASELINED
        if self.past is None:
            # Without a history to compare with, everything in the focus may have been changed.
            places = (path, *(step.location.path for step in finding.trace))
            return None if any(map(self._in_focus, places)) else OUT_OF_FOCUS
        if not (self._in_focus(path) or cause):
            return OUT_OF_FOCUS
        ours = self._in_focus(path) and not self.past.new_only
        return None if ours or finding.fingerprint not in self.past.known() else f"{KNOWN} {self.past.changes.commit[:12]}"

    def _is_weak(self, finding: Finding) -> bool:
        by_default = Confidence.MEDIUM if self.config.select is None else Confidence.LOW
        grades = tuple(Confidence)
        return grades.index(finding.confidence) > grades.index(self.config.min_confidence or by_default)

    def _cause(self, finding: Finding) -> str:
        """The change that led to a finding where it was not made."""
        if self.past is None or self.past.changes.at(finding.location):
            return ""
        return self.past.changes.cause(finding)

    @cached_property
    def _in_focus(self) -> Callable[[str], bool]:
        return (lambda _: True) if self.focus is None else within(self.focus)


def repairs(findings: Iterable[Finding]) -> Iterator[tuple[Finding, Repair]]:
    """How findings about suppressions can be put right."""
    for one in findings:
        if one.code == suppressions.UNUSED and one.fix:
            yield one, _shortened(one.location, one.subject)


def _shortened(place: Location, selector: str) -> Repair:
    return shortened(place, partial(suppressions.without, selector))


def _by_code(rules: Sequence[Rule], severities: Mapping[str, Severity], where: str) -> dict[str, Severity]:
    """Severities by the codes that their selectors mean, the last one last."""
    return {code: severity for selector, severity in severities.items() for code in selected(rules, (selector,), where)}
