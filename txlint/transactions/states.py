"""States in words: in which transaction a place is reached, from where, and what that rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from txlint.filekinds import is_test
from txlint.findings import Step
from txlint.frameworks import spelling
from txlint.project.calls import OWN, Opening
from txlint.transactions.analysis import Analysis
from txlint.transactions.contexts import FAMILY, Context, State

_NONE = {
    "module": "none: runs when the file is imported, or run as a script",
    "after-commit": "none: runs after the commit",
    "thread": "none: runs in another thread, with a connection of its own",
    "after-response": "none: runs after the response",
    "never": "none: is never run",
}
_UNKNOWN = {
    "settings": "unknown: the settings do not say whether requests are atomic",
    "callback": "unknown: it is handed over, and when it is called is not known",
    "asks": "unknown: reached by code that first asks whether a transaction is open",
    "migration": "unknown: the database and the migration's `atomic` decide",
}


@dataclass(frozen=True, slots=True)
class StateHere:
    """One state in which a transaction can be: `open`, `none`, `any` (the caller decides) or `unknown`, and the way to it."""

    status: str
    kind: str
    database: str
    certain: bool
    message: str
    way: tuple[Step, ...]
    also: tuple[Step, ...] = ()
    """Where other ways to it begin, as far as they were asked for."""


def state_here(analysis: Analysis, context: Context, also: tuple[Step, ...] = ()) -> StateHere:
    """A context as a state, with its evidence, and where other ways to that state begin."""
    state = context.state
    way = analysis.way(context)
    if not uses_django(analysis):  # A state of Django's says nothing about the sessions of others.
        way = tuple(Step(one.location, one.message.partition(":")[0]) for one in way)
    return StateHere(state.status, state.kind, state.alias, state.certain, _state_message(analysis, context), way, also)


def uses_django(analysis: Analysis) -> bool:
    """Whether the project has transactions of Django's at all."""
    return spelling.deferral(analysis.project.catalog, FAMILY) is not None


def _state_message(analysis: Analysis, context: Context) -> str:
    state = context.state
    entry = f"entered as {context.entry.why}" if context.entry else _begun(analysis, context)
    match state.status:
        case "open":
            return f"open{'' if state.certain else ' under a condition'}: {_open_message(context)}"
        case "any":
            return f"open or not: it runs in whatever its {'caller' if state.kind == 'framework-hook' else 'sender'} has open"
        case "unknown":
            return _UNKNOWN.get(state.kind, f"unknown: {state.kind}")
    if not uses_django(analysis):
        return f"{entry}; the session that it uses decides what is open"
    return _NONE.get(state.kind) or (f"none: {entry}, without a transaction" if context.entry else f"none known: {entry}")


def _begun(analysis: Analysis, context: Context) -> str:
    """Where a path begins that no entry point is known for."""
    if context.start.parent is None:
        return "runs when its file is imported, or run as a script"
    name = analysis.name(context.start)
    if context.start.record.name.startswith("test_") or is_test(context.start.module.path):
        return f"the way begins in a test, `{name}`"
    return f"the way begins in `{name}`, of which no call was found in the project"


def _open_message(context: Context) -> str:
    state, origin = context.state, context.origin
    if state.kind == "request":
        return "the request's transaction (ATOMIC_REQUESTS)"
    if state.kind == OWN:
        return "a transaction that the call which leads here opens itself"
    if isinstance(origin, Opening) and state.kind == "framework":
        return origin.text
    if isinstance(origin, Opening):
        database = "" if state.alias == "default" else f" on database {state.alias}"
        return f"`{origin.text}` at {origin.func.module.path}:{origin.line}{database}"
    return state.kind


def distinct(contexts: Iterable[Context]) -> tuple[Context, ...]:
    """One context for each state, the first (shortest) of each."""
    found: dict[State, Context] = {}
    for one in contexts:
        found.setdefault(one.state, one)
    return tuple(found.values())
