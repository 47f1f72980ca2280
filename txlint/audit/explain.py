"""One operation in detail: the states that it is entered in, what commits separately, and the findings in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from txlint.audit.coverage import Audit, Judged, concerns
from txlint.audit.units import Unit
from txlint.errors import UserError, did_you_mean
from txlint.findings import Finding, Step
from txlint.transactions.analysis import Analysis
from txlint.transactions.states import StateHere, state_here

_LISTED = 5


@dataclass(frozen=True, slots=True)
class Account:
    """An operation with all that its verdict rests on."""

    judged: Judged
    states: tuple[StateHere, ...]
    units: tuple[Step, ...]
    findings: tuple[Step, ...]


def account(analysis: Analysis, audit: Audit, findings: Sequence[Finding], wanted: str) -> Account:
    """The account of the operation that a name means. Raises UserError where it means none, or several."""
    return account_of(analysis, _meant(audit, wanted), findings)


def account_of(analysis: Analysis, one: Judged, findings: Sequence[Finding]) -> Account:
    """The account of an operation."""
    func = one.operation.func
    open_ones = (finding for finding in findings if finding.code in one.unsound and finding.suppressed is None)
    return Account(
        one,
        tuple(state_here(analysis, context) for context in analysis.contexts.of(func)),
        tuple(Step(analysis.location(unit.site), f"`{analysis.written(unit.site)}`{_how(unit)}") for unit in one.verdict.units),
        tuple(Step(found.location, f"{found.code} {found.message}") for found in open_ones if concerns(found, func)),
    )


def _how(unit: Unit) -> str:
    inside = f", which writes at {unit.writer.func.module.path}:{unit.writer.line}" if unit.writer is not unit.site else ""
    return inside + ", in a transaction of its own" * unit.protected + ", once a round" * unit.looped


def _meant(audit: Audit, wanted: str) -> Judged:
    """By qualified name (`Order.place`), with the path before it (`shop/orders.py:Order.place`), or by `path:line`."""
    names = {id(one): _names(one) for one in audit.judged}
    found = [one for one in audit.judged if wanted in names[id(one)]]
    found = found or [one for one in audit.judged if any(name.endswith(f".{wanted}") for name in names[id(one)])]
    if len(found) == 1:
        return found[0]
    if not found:
        close = did_you_mean(wanted, (name for every in names.values() for name in every))
        raise UserError(f"--explain {wanted}: no such operation{close or '; name its function, such as Order.place'}")
    listed = ", ".join(f"{one.location.path}:{one.name}" for one in found[:_LISTED])
    raise UserError(f"--explain {wanted}: {len(found)} operations are called so; say which: {listed}")


def _names(one: Judged) -> tuple[str, ...]:
    place = one.location
    return one.name, f"{place.path}:{one.name}", f"{place.path}:{place.row}", one.operation.func.name, one.operation.identity
