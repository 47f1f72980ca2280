"""Everything that a rule may import."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from txlint.facts.records import Expr
from txlint.findings import Applicability, Confidence, Finding, Severity, Step
from txlint.fixing.decorating import keyword, moved_down, moved_inward, put_on_view, without_decorator
from txlint.fixing.deferring import deferral, deferrals
from txlint.fixing.grouping import grouping, regrouping
from txlint.fixing.guarding import kept_rolled_back, rolled_back_on_error, sealed
from txlint.fixing.local import (
    bound,
    named_database,
    removal,
    reraised,
    rolled_back,
    savepoint,
    set_rollback,
    switched_off,
    unpacked,
)
from txlint.fixing.moving import moved_into
from txlint.fixing.nesting import lock_first
from txlint.fixing.repairs import Repair
from txlint.fixing.scripts import without_commit
from txlint.fixing.wrapping import locking, whole, wrapping
from txlint.locations import Location
from txlint.project.calls import Effect, Opening, Site
from txlint.project.model import Func
from txlint.transactions.aliases import mismatches
from txlint.transactions.analysis import Analysis
from txlint.transactions.answers import careless_answers
from txlint.transactions.autocommit import left_off, removed_uses
from txlint.transactions.closures import late_name
from txlint.transactions.companions import unprotected_receiver
from txlint.transactions.compound import compound_saves
from txlint.transactions.concurrency import Concurrency
from txlint.transactions.contexts import Context
from txlint.transactions.dual_writes import DualWrites
from txlint.transactions.endings import Ending
from txlint.transactions.failed_flush import FailedFlush
from txlint.transactions.handling import Caught
from txlint.transactions.handovers import Handover
from txlint.transactions.hooks import Hooks
from txlint.transactions.lending import is_of_a_row, lender
from txlint.transactions.lingering import Handed
from txlint.transactions.locked import Use
from txlint.transactions.locks import crossed_locks, released_early, unclaimed, unordered
from txlint.transactions.loops import LoopCommit
from txlint.transactions.made import Made
from txlint.transactions.managed import Managed
from txlint.transactions.messages import before_commit, carried_rows, logged_success, written_before
from txlint.transactions.nesting import open_around
from txlint.transactions.operations import Operation, unprotected_async
from txlint.transactions.partial import cancelled_past, hidden_rollbacks, kept_errors
from txlint.transactions.pieces import Piece
from txlint.transactions.providers import Owner
from txlint.transactions.redundancy import Redundant
from txlint.transactions.refusals import refusals
from txlint.transactions.retries import RetryPolicy
from txlint.transactions.rows import asks_for, assigned, named
from txlint.transactions.sagas import faulty_sagas
from txlint.transactions.scopes import Leak
from txlint.transactions.sharing import KeptSession
from txlint.transactions.signals import Leading
from txlint.transactions.steps import WriteStep, step_confidence
from txlint.transactions.switched_off import commented_out
from txlint.transactions.view_decorators import around_error_answers, ineffective_opt_outs
from txlint.transactions.ways import downward, inside_too, leading_here

__all__ = [
    "SIDE_EFFECTS",
    "Analysis",
    "Applicability",
    "Caught",
    "Concurrency",
    "Confidence",
    "Context",
    "DualWrites",
    "Effect",
    "Ending",
    "Expr",
    "FailedFlush",
    "Finding",
    "Func",
    "Handed",
    "Handover",
    "Hooks",
    "KeptSession",
    "Leading",
    "Leak",
    "Location",
    "LoopCommit",
    "Made",
    "Managed",
    "Opening",
    "Owner",
    "Piece",
    "Redundant",
    "Repair",
    "RetryPolicy",
    "Rule",
    "Severity",
    "Site",
    "Step",
    "Use",
    "Violation",
    "WriteStep",
    "around_error_answers",
    "asks_for",
    "assigned",
    "before_commit",
    "bound",
    "cancelled_past",
    "careless_answers",
    "carried_rows",
    "commented_out",
    "compound_saves",
    "crossed_locks",
    "deferral",
    "deferrals",
    "downward",
    "faulty_sagas",
    "grouping",
    "hidden_rollbacks",
    "ineffective_opt_outs",
    "inside_too",
    "is_of_a_row",
    "kept_errors",
    "kept_rolled_back",
    "keyword",
    "late_name",
    "leading_here",
    "left_off",
    "lender",
    "lock_first",
    "locking",
    "logged_success",
    "mismatches",
    "moved_down",
    "moved_into",
    "moved_inward",
    "named",
    "named_database",
    "open_around",
    "put_on_view",
    "refusals",
    "regrouping",
    "released_early",
    "removal",
    "removed_uses",
    "reraised",
    "rolled_back",
    "rolled_back_on_error",
    "rule",
    "savepoint",
    "sealed",
    "set_rollback",
    "switched_off",
    "unclaimed",
    "unordered",
    "unpacked",
    "unprotected_async",
    "unprotected_operation",
    "unprotected_receiver",
    "whole",
    "without_commit",
    "without_decorator",
    "wrapping",
    "written_before",
]

SIDE_EFFECTS = ("email", "sms", "message", "external-call", "payment", "file-delete")
"""Effects that stay done when the transaction that they happened in is rolled back."""


@dataclass(frozen=True, slots=True)
class Violation:
    """What a rule finds; the rule's identity is added to it."""

    location: Location
    function: str
    message: str
    remedy: str
    subject: str = ""
    trace: tuple[Step, ...] = ()
    related: tuple[Step, ...] = ()
    severity: Severity | None = None
    confidence: Confidence = Confidence.HIGH
    fix: Repair | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its identity and the function that finds its violations in a finished analysis."""

    code: str
    name: str
    severity: Severity
    violations: Callable[[Analysis], Iterable[Violation]]
    opt_in: bool = False
    markers: tuple[str, ...] = ()
    """The comments of intent that allow what it finds: `partial-commit`."""

    def check(self, analysis: Analysis) -> Iterator[tuple[Finding, Repair | None]]:
        """The rule's findings, unfiltered, each with what puts it right where that is known."""
        for one in self.violations(analysis):
            finding = Finding(
                self.code,
                self.name,
                one.message,
                one.severity or self.severity,
                one.confidence,
                one.location,
                one.function,
                one.trace,
                one.related,
                one.remedy,
                one.subject,
                fix=one.fix.promise if one.fix else None,
            )
            yield finding, one.fix


def rule(
    code: str, *, severity: Severity = Severity.ERROR, opt_in: bool = False, markers: tuple[str, ...] = ()
) -> Callable[[Callable[[Analysis], Iterable[Violation]]], Rule]:
    """Make a function the rule with this code; its name is the function's, with dashes."""
    return lambda check: Rule(code, check.__name__.replace("_", "-"), severity, check, opt_in, markers)


def unprotected_operation(analysis: Analysis, operation: Operation) -> Violation:
    """The violation that an operation in several unprotected steps is, at the first of them."""
    first = operation.steps[0]
    name = analysis.name(operation.func)
    count = "a loop writes record by record" if operation.only_loop else f"{sum(one.weight for one in operation.steps)} writes"
    if not operation.only_loop and any(one.looped for one in operation.steps):
        count = "several writes, some of them in a loop,"
    steps = tuple(
        Step(analysis.location(one.site), _step(analysis, one, number)) for number, one in enumerate(operation.steps, 1)
    )
    sure = analysis.belonging.shows(operation) and not operation.context.doubted
    return Violation(
        analysis.location(first.site),
        name,
        f"{count} in `{name}` without a transaction: a failure in between leaves some of them done",
        f"put them into one transaction (`{analysis.opener}`)",
        analysis.written(first.site),
        (*analysis.way(operation.context), *steps),
        severity=Severity.INFO if operation.item_by_item else Severity.WARNING if operation.by_anybody else None,
        confidence=step_confidence(operation.steps) if sure else Confidence.LOW,
        fix=wrapping(analysis, operation),
    )


def _step(analysis: Analysis, one: WriteStep, number: int) -> str:
    loop = ", once a round" if one.looped else ""
    if one.writer is one.site:
        return f"write {number}: `{analysis.written(one.site)}`{loop}"
    where = f"{one.writer.func.module.path}:{one.writer.line}"
    return f"write {number}{loop}: `{analysis.written(one.site)}`, which writes at {where}"
