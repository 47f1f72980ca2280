"""What a rule reports. Pure data: no printing, no syntax trees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from hashlib import blake2b

from msgspec import Struct
from msgspec.structs import replace

from txlint.locations import Location


class Severity(StrEnum):
    """How bad the reported defect is if it is one."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Confidence(StrEnum):
    """How sure a finding is: known by types and imports (high), partly by names (medium), or possibly no defect (low)."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Applicability(StrEnum):
    """Whether a fix keeps what the program does (safe), or changes it in a way that somebody should look at (unsafe)."""

    SAFE = "safe"
    UNSAFE = "unsafe"


class Edit(Struct, frozen=True, order=True):
    """A span of a file, in bytes from its start, and the text in its place; a mere insertion starts where it ends."""

    path: str
    start: int
    end: int
    replacement: str


class Fix(Struct, frozen=True):
    """One change set that puts a finding right: all of its edits, which may be in several files, or none."""

    title: str
    applicability: Applicability
    edits: tuple[Edit, ...] = ()
    """Made when they are asked for; until then a fix is a promise that one is known and will be tried and proved."""


class Step(Struct, frozen=True):
    """One line of the explanation that leads from the cause to the finding."""

    location: Location
    message: str


class Finding(Struct, frozen=True):
    """One defect at one place, with the evidence for it and the remedy."""

    code: str
    name: str
    message: str
    severity: Severity
    confidence: Confidence
    location: Location
    function: str
    """Qualified name of the function (`Order.place`) that holds the place; `<module>` at module level."""
    trace: tuple[Step, ...] = ()
    """From where the state comes from (the transaction opened, the entry point), over the calls, to the place."""
    related: tuple[Step, ...] = ()
    remedy: str = ""
    subject: str = ""
    """The effect or call that the finding is about, as written; part of the fingerprint."""
    fingerprint: str = ""
    """Stable identity: code + path + function + subject + ordinal; no line numbers. Filled in by the engine."""
    fix: Fix | None = None
    suppressed: str | None = None
    """Why it is not to be reported (`ignore comment: reason`, `in the baseline`, `out of focus`), or None."""
    cause: str = ""
    """`FILE:function`, changed by the user, that leads to this finding in a file outside of the focus."""


def identified(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings by place, each once, with its fingerprint."""
    seen: dict[tuple[object, ...], Finding] = {}
    for finding in findings:
        seen.setdefault((finding.code, finding.location, finding.function, finding.message), finding)
    ordered = sorted(seen.values(), key=lambda one: (one.location, one.code, one.message))
    prints = fingerprints(ordered)
    return tuple(replace(finding, fingerprint=print_) for finding, print_ in zip(ordered, prints, strict=True))


def fingerprints(findings: Iterable[Finding], moved: Mapping[str, str] = {}) -> tuple[str, ...]:
    """The stable identities of findings in order of place: code, path (as moved), function, subject and ordinal; no rows."""
    counts: Counter[tuple[str, ...]] = Counter()
    found = []
    for finding in findings:
        path = finding.location.path
        identity = (finding.code, moved.get(path, path), finding.function, finding.subject)
        counts[identity] += 1
        found.append(blake2b(repr((*identity, counts[identity])).encode(), digest_size=16).hexdigest())
    return tuple(found)
