"""What a rule reports. Pure data: no printing, no syntax trees."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from txlint.locations import Location


class Severity(StrEnum):
    """How bad the reported defect is if it is one."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Confidence(StrEnum):
    """How sure the analysis is of what it rests on: types and imports (high), unique names (medium), guesses (low)."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


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
    suppressed: str | None = None
    """Why it is not to be reported (`ignore comment: reason`, `not selected`, `out of focus`), or None."""
