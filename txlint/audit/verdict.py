"""The statuses that an operation can have, and the verdict on one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from txlint.audit.units import Unit
from txlint.findings import Step


class Status(StrEnum):
    """Whether, and by whom, the decision about an operation's transaction has been taken."""

    OWN = "covered:own"
    CALLER = "covered:caller"
    REQUEST = "covered:request"
    FRAMEWORK = "covered:framework"
    DEFERRED = "covered:deferred"
    PARTIAL = "partial"
    MIXED = "mixed"
    UNCOVERED = "uncovered"
    UNKNOWN = "unknown"
    READ_ONLY = "exempt:read-only"
    SINGLE = "exempt:single"
    DISPATCH_ONLY = "exempt:dispatch-only"
    PATTERN = "exempt:pattern"
    DECLARED = "exempt:declared"

    @property
    def group(self) -> str:
        """`covered`, `partial`, `mixed`, `uncovered`, `unknown` or `exempt`."""
        return self.value.partition(":")[0]


MEANINGS = {
    Status.OWN: "all of its writes are inside one transaction that it opens itself",
    Status.CALLER: "it opens none; a transaction is open in every known caller",
    Status.REQUEST: "the request's transaction (ATOMIC_REQUESTS)",
    Status.FRAMEWORK: "the framework or the provider of the session opens and commits",
    Status.DEFERRED: "it writes and leaves the commit to its callers, all of which commit",
    Status.PARTIAL: "some of its writes are in a transaction and some are not, or it commits in pieces",
    Status.MIXED: "covered for some callers, not for others",
    Status.UNCOVERED: "two or more writes (or a row lock) with no transaction open; or it commits what others go on with",
    Status.UNKNOWN: "could not be decided; the reason is given",
    Status.READ_ONLY: "no write on any path",
    Status.SINGLE: "exactly one write, which is atomic by itself",
    Status.DISPATCH_ONLY: "only schedules work",
    Status.PATTERN: "a recognised right pattern",
    Status.DECLARED: "a comment in the source allows it",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """A status with its reason; `steps` counts the writes on the heaviest path, `units` are what commits separately."""

    status: Status
    reason: str
    steps: int = 0
    units: tuple[Unit, ...] = ()
    evidence: tuple[Step, ...] = ()
    unreached: bool = False
