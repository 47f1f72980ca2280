"""The right patterns of transactions by code and name, and the record of one that was recognised."""

from __future__ import annotations

from dataclasses import dataclass

from txlint.findings import Step
from txlint.locations import Location
from txlint.project.calls import Site
from txlint.project.model import Func
from txlint.transactions.analysis import Analysis

NAMES = {
    "P1": "error handler outside the transaction",
    "P2": "transaction per item, errors handled outside of it",
    "P3": "task that only schedules work",
    "P4": "rollup of upserts",
    "P5": "receiver that joins its sender's transaction",
    "P6": "savepoint around an expected database error",
    "P7": "lock taken before the transaction",
    "P8": "rows claimed under a lock, and the claim committed",
    "P9": "commit per item, with the error of each item handled",
    "P10": "session per task, surely closed",
    "P11": "transaction scope",
    "P12": "unit of work",
    "P13": "saga that compensates backwards, step by step",
    "P14": "repository that flushes and leaves the commit to its caller",
    "P15": "one commit at the boundary, with a rollback",
    "P16": "dispatch after the commit",
    "P17": "batch helper that opens the transaction around a callback",
    "P18": "outbox row in the same transaction",
    "P19": "failure recorded after the rollback or in a session of its own",
    "P20": "retry around the transaction",
    "P21": "retried task whose body is one transaction without outside effects",
    "P22": "lookup before create, by an identity that the caller supplies",
}


@dataclass(frozen=True, slots=True)
class Pattern:
    """A right pattern that a function follows, with the places that show it."""

    code: str
    name: str
    location: Location
    function: str
    evidence: tuple[Step, ...] = ()


def sighted(analysis: Analysis, code: str, func: Func, *shown: tuple[Site | int, str]) -> Pattern:
    """The pattern with its evidence: calls or lines of the function, each with what it shows; the first is its place."""
    steps = tuple(
        Step(analysis.location(where) if isinstance(where, Site) else analysis.place(func, where), text)
        for where, text in shown
    )
    place = steps[0].location if steps else analysis.place(func, func.record.line, func.record.name)
    return Pattern(code, NAMES[code], place, analysis.name(func), steps)
