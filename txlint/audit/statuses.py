"""The status of each operation: whether its transaction decision has been taken, by whom, or why that is not known."""

from __future__ import annotations

from collections.abc import Iterable

from txlint.audit.doubts import Reached
from txlint.audit.operations import Category, Operation
from txlint.audit.sessions import SessionStatuses
from txlint.audit.units import Unit, Units, pieces
from txlint.audit.verdict import Status, Verdict
from txlint.project.calls import Site
from txlint.project.model import Func
from txlint.transactions.analysis import Analysis
from txlint.transactions.contexts import FAMILY, Context
from txlint.transactions.gaps import base_gaps
from txlint.transactions.states import state_here

_OPENED_BY = {"request": Status.REQUEST, "framework": Status.FRAMEWORK}


class Statuses:
    """Decides about operations."""

    def __init__(self, analysis: Analysis, reached: Reached) -> None:
        self._analysis, self._reached = analysis, reached
        self.units = Units(analysis.project, analysis.steps)
        self._sessions = SessionStatuses(analysis)

    def of(self, operation: Operation) -> Verdict:
        """The status of an operation, with the reason."""
        func = operation.func
        steps, units = self.units.steps(func), self.units.of(func)
        if not steps and (found := self._sessions.of(operation)) is not None:
            return found
        if not steps and not _locks(self._analysis.calls(func)):
            return self._without_writes(func)
        if steps == 1 and operation.category is not Category.RECEIVER and not _locks(self._analysis.calls(func)):
            if unknown := self._might_write(func, units):
                return Verdict(Status.UNKNOWN, unknown, 1)
            return Verdict(Status.SINGLE, f"one write: `{self._analysis.written(units[0].site)}`" if units else "one write", 1)
        return self._decided(operation, steps, units)

    # --- nothing, or one thing, to decide --------------------------------------------------------------------------------

    def _without_writes(self, func: Func) -> Verdict:
        if unknown := self._might_write(func, ()):
            return Verdict(Status.UNKNOWN, unknown)
        sends = next((site for site in self._analysis.calls(func) if any(one.kind == "enqueue" for one in site.effects)), None)
        if sends is not None:
            return Verdict(Status.DISPATCH_ONLY, f"only schedules work: `{self._analysis.written(sends)}`")
        harmless = next((site for site in self._analysis.calls(func) if self._reached.writes(site)), None)
        if harmless is not None:
            reason = f"what it writes does no harm when it is left alone: `{self._analysis.written(harmless)}`"
            return Verdict(Status.PATTERN, reason)
        return Verdict(Status.READ_ONLY, "no write on any path")

    def _might_write(self, func: Func, units: Iterable[Unit]) -> str:
        """Why it is not known that there is no further write."""
        known = {id(one.site) for one in units}
        for site in self._analysis.calls(func):
            hidden = None if id(site) in known or site.opened else self._reached.doubt(site)
            if hidden is site:
                return f"{self._reached.why(site)}, and it could write"
            if hidden is not None:
                where = f"{hidden.func.module.path}:{hidden.line}"
                text = self._analysis.written(hidden)
                begin = f"`{self._analysis.written(site)}` reaches `{text}` ({where})"
                return f"{begin}: what that is could not be told, and it could write"
        return ""

    # --- several things --------------------------------------------------------------------------------------------------

    def _decided(self, operation: Operation, steps: int, units: tuple[Unit, ...]) -> Verdict:
        func = operation.func
        if units and all(one.protected for one in units) and pieces(units) == 1:
            return self._own(units[0], steps, func, units)
        contexts = self._analysis.contexts.of(func)
        opened = [one for one in contexts if one.state.status == "open"]
        bare = [one for one in contexts if one.state.status == "none" and one.state.kind not in ("unreached", "never")]
        doubtful = [one for one in contexts if one.state.status == "unknown"]
        if opened and not bare and not doubtful:
            return self._covered(opened, steps)
        if opened and bare:
            with_one, without = _from(self._analysis, opened[0]), _from(self._analysis, bare[0])
            message = f"open when called from {with_one}, not open from {without}"
            return Verdict(Status.MIXED, message, steps, units)
        if bare:
            return self._bare(operation, steps, units)
        if doubtful:
            return Verdict(Status.UNKNOWN, _doubt(doubtful[0]), steps, units)
        if any(one.state.status == "any" for one in contexts):
            return Verdict(Status.UNKNOWN, "no sender of the signal is known, so neither is its transaction", steps, units)
        return Verdict(Status.UNKNOWN, "nothing in the project is known to call it", steps, units, unreached=True)

    def _own(self, unit: Unit, steps: int, func: Func, units: tuple[Unit, ...]) -> Verdict:
        text = self._analysis.written(unit.site)
        if not unit.certain:
            return Verdict(Status.UNKNOWN, f"the transaction around `{text}` is opened only under a condition", steps, units)
        if unit.dynamic and len(self._analysis.project.settings.databases) > 1:
            reason = f"which of the databases the transaction around `{text}` is about is decided when it runs"
            return Verdict(Status.UNKNOWN, reason, steps, units)
        if unknown := self._might_write(func, units):
            return Verdict(Status.UNKNOWN, f"beside its transaction: {unknown}", steps, units)
        return Verdict(Status.OWN, "all of its writes are in one transaction of its own", steps, units)

    def _covered(self, opened: list[Context], steps: int) -> Verdict:
        uncertain = next((one for one in opened if not one.state.certain), None)
        if uncertain is not None:
            reason = f"{_from(self._analysis, uncertain)} opens a transaction only under a condition"
            return Verdict(Status.UNKNOWN, reason, steps)
        kinds = {one.state.kind for one in opened}
        status = _OPENED_BY.get(kinds.pop(), Status.CALLER) if len(kinds) == 1 else Status.CALLER
        message = state_here(self._analysis, opened[0]).message
        return Verdict(status, message, steps)

    def _bare(self, operation: Operation, steps: int, units: tuple[Unit, ...]) -> Verdict:
        func = operation.func
        for gap in base_gaps(self._analysis, func):
            return Verdict(Status.UNKNOWN, gap.message, steps, units)
        if _locks(self._analysis.calls(func)):
            return Verdict(Status.UNCOVERED, "locks rows where no transaction is open", steps, units)
        if operation.category is Category.RECEIVER and pieces(units) == 1:
            reason = "writes beside its sender's write, and some sender has no transaction"
            return Verdict(Status.UNCOVERED, reason, steps, units)
        if pieces(units) < 2:
            if self.units.databases(func) > 1:
                return Verdict(Status.PATTERN, "no transaction spans its databases", steps, units)
            return Verdict(Status.PATTERN, "each round is one write of its own, with its own error handler", steps, units)
        if all(one.protected for one in units):
            one_by_one = f"{len(units)} transactions, one after the other"
            each = one_by_one if len(units) > 1 else "a transaction for each round of a loop"
            return Verdict(Status.PARTIAL, each, steps, units)
        if any(one.protected for one in units):
            return Verdict(Status.PARTIAL, "some of its writes are in a transaction, some are not", steps, units)
        return Verdict(Status.UNCOVERED, _each(units), steps, units)


def _each(units: tuple[Unit, ...]) -> str:
    """What commits separately, in words."""
    if len(units) == 1:
        return "one write that a loop repeats, each time committed by itself"
    looped = ", some of them in a loop" if any(one.looped for one in units) else ""
    return f"{len(units)} writes{looped}, each committed by itself"


def _locks(sites: tuple[Site, ...]) -> bool:
    """Whether a function locks rows and opens nothing; a locking query built before a block may be run inside it."""
    if any(site.opened for site in sites):
        return False
    return any(effect.kind == "row-lock" and effect.family == FAMILY for site in sites for effect in site.effects)


def _from(analysis: Analysis, context: Context) -> str:
    """The function that decides about a state, as the start of its path."""
    start = context.start
    return f"`{analysis.name(start)}` ({start.module.path}:{start.record.line})"


def _doubt(context: Context) -> str:
    reasons = {
        "settings": "the settings do not say whether requests are atomic; set `atomic-requests` in the configuration",
        "callback": "it is handed over as a callable, and when it runs is not known",
        "asks": "it is reached by code that first asks whether a transaction is open",
        "migration": "the migration's database and its `atomic` attribute decide",
    }
    return reasons.get(context.state.kind, "the state in which it is entered is not known")
