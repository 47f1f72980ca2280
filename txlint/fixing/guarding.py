"""Sessions whose transaction nothing ends when an error passes: a `try` that rolls back, raises again, and closes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

from txlint.facts import records as r
from txlint.findings import Applicability, Edit
from txlint.fixing.local import reraised_at
from txlint.fixing.repairs import Repair
from txlint.project.calls import nested_statements
from txlint.transactions.analysis import Analysis
from txlint.transactions.endings import Ending
from txlint.transactions.made import Made
from txlint.transactions.scopes import Leak
from txlint.transactions.sharing import KeptSession
from txlint.transactions.surroundings import levels

if TYPE_CHECKING:
    from txlint.fixing.tree.source import Sources


@dataclass(frozen=True, slots=True)
class Cleanup:
    """What is done about an error: this session is rolled back, and the error raised again."""

    session: str
    awaited: bool

    @property
    def lines(self) -> tuple[str, str]:
        """The lines of the handler."""
        return f"{'await ' if self.awaited else ''}{self.session}.rollback()", "raise"


def rolled_back_on_error(analysis: Analysis, made: Made, commit: Ending) -> Repair | None:
    """Roll a session back where an error passes that is made in the same function; a close at its end is in any case.

    None where the session is closed on some ways only.
    """
    func, value = made.func, made.func.bindings[made.name][0].value
    cleanup = Cleanup(made.name, commit.site.call.awaited)
    cleaning = next((one for one in nested_statements(func.record.body) if _cleans(one, made)), None)
    closes = analysis.made.endings(made, "close")
    if not isinstance(value, r.Call) or (cleaning and (cleaning not in commit.site.tries or cleaning.handlers)):
        return None
    if cleaning is None and (len(closes) > 1 or (closes and not _is_last(value, made, closes[0]))):
        return None

    def make(sources: Sources) -> tuple[Edit, ...]:
        from txlint.fixing.tree.guarding import after_made, before_finally

        source = sources.of(func.module.path)
        if cleaning is not None:
            return before_finally(source, cleaning.line, cleanup)
        return after_made(source, source.call(value), cleanup, bool(closes))

    return Repair("roll back in an `except` and raise again", Applicability.UNSAFE, make)


def _cleans(node: r.Stmt, made: Made) -> TypeGuard[r.Try]:
    """Whether a statement is a `try` whose `finally` uses a session."""
    return isinstance(node, r.Try) and made.used_in(node.final)


def _is_last(value: r.Call, made: Made, close: Ending) -> bool:
    """Whether a close is the last statement, in the block in which a session is made, that uses the session."""
    used = [one for one in levels(made.func.record.body, value)[-1].rest if made.used_in((one,))]
    return bool(used) and isinstance(used[-1], r.Do) and used[-1].value is close.site.call


def kept_rolled_back(one: KeptSession) -> Repair:
    """Roll back a session that an object keeps, where an error passes from its first write to its commit."""
    site = one.commit.site
    cleanup = Cleanup(one.commit.session, site.call.awaited)

    def make(sources: Sources) -> tuple[Edit, ...]:
        from txlint.fixing.tree.guarding import around_calls

        return around_calls(sources.of(site.func.module.path), (*one.writes, site), cleanup)

    return Repair("roll back in an `except` and raise again", Applicability.UNSAFE, make)


def sealed(leak: Leak) -> Repair | None:
    """Close in a `finally`, roll back in an `except`, or raise again: whatever a scope does not do."""
    if leak.kind == "swallowed":
        return reraised_at(leak.func, leak.line) if leak.text == "except" else None

    def make(sources: Sources) -> tuple[Edit, ...]:
        from txlint.fixing.tree.guarding import around_yield, at_yield, until_close

        source = sources.of(leak.func.module.path)
        if leak.kind == "kept" or leak.close is None:
            return around_yield(source, at_yield(source, leak.func, leak.line), leak.func.record.is_async)
        first = source.call(leak.commit.call) if leak.commit else at_yield(source, leak.func, leak.line)
        return until_close(source, first, leak.close)

    title = "roll back in an `except` and raise again" if leak.kind == "kept" else "close in a `finally`"
    return Repair(title, Applicability.UNSAFE, make)
