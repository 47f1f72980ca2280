"""Half of the work: errors that end where they should have taken work back, or that nobody hears of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.project.calls import Opening, Site, nested_statements
from txlint.project.flow import blocks
from txlint.project.lineage import written
from txlint.project.model import Func, nested, walk
from txlint.project.project import Project
from txlint.transactions.contexts import FAMILY
from txlint.transactions.endings import FAMILIES, Ending
from txlint.transactions.handling import Handling, catches_everything
from txlint.transactions.order import Order

_QUIET = frozenset({"log"})
_ABSENT = ("DoesNotExist", "NotFound", "MultipleObjectsReturned", "KeyError", "IndexError", "AttributeError", "StopIteration")


@dataclass(frozen=True, slots=True)
class Kept:
    """A handler inside a transaction that keeps an error of `later`, after `done` was written, which is then committed."""

    node: r.Try
    handler: r.Handler
    done: Site
    later: Site


@dataclass(frozen=True, slots=True)
class Hidden:
    """A handler around a transaction that says nothing of the rollback; the function answers as if all were well."""

    handler: r.Handler
    block: Opening
    line: int
    answer: str


def kept_errors(project: Project, handling: Handling, order: Callable[[Func], Order], func: Func) -> Iterator[Kept]:
    """The handlers of a function that commit half of what was tried."""
    sites = project.bodies[func].sites
    for node in _tries(func):
        inside = [site for site in sites if node in site.tries]
        block = next((one for site in inside for one in site.opened if one.family == FAMILY and one.line < node.line), None)
        saved = any(one.line >= node.line for site in inside for one in site.opened)
        handler = next((one for one in node.handlers if not _expected(one, handling, func)), None)
        if block is None or saved or handler is None or not handling.keeps(handler, func):
            continue
        for done in inside:
            later = next((one for one in order(func).following(done) if node in one.tries and _fails(one, handling)), None)
            if handling.writes(done) and later is not None and later is not done and not done.loops:
                yield Kept(node, handler, done, later)
                break


def _expected(handler: r.Handler, handling: Handling, func: Func) -> bool:
    """Whether a handler is for something else: a row that is not there, a database error (which breaks the transaction)."""
    names = [part.path for one in handler.types for part in walk(one) if isinstance(part, r.Name)]
    absent = bool(names) and all(name.endswith(_ABSENT) for name in names)
    return absent or any(handling.is_database_error(one, func) for one in handler.types)


def _fails(site: Site, handling: Handling) -> bool:
    """Whether a call is one that can fail and leave the transaction usable: it talks to another machine, or refuses."""
    if any(one.kind in ("external-call", "remote-read", "email", "sms", "payment", "message") for one in site.effects):
        return True
    return any(edge.when == "now" and not edge.guessed and _refuses(edge.func) for edge in site.edges)


def _refuses(func: Func) -> bool:
    return any(isinstance(node, r.Raise) and node.value is not None for node in nested_statements(func.record.body))


def hidden_rollbacks(project: Project, handling: Handling, func: Func) -> Iterator[Hidden]:
    """The handlers of a function that only log the error which has rolled a block back, before the answer of success."""
    sites = project.bodies[func].sites
    for node in _tries(func):
        blocks = [one for site in sites if node in site.tries for one in site.opened if one.family == FAMILY]
        block = next((one for one in blocks if one.func is func and one.line > node.line), None)
        wrote = any(block in site.opened and handling.writes(site) for site in sites) if block is not None else False
        for handler in node.handlers if block is not None and wrote else ():
            answer = _answer(func, node, handler) if _only_logs(project, handler, func) else None
            if block is not None and answer is not None:
                yield Hidden(handler, block, answer.line, written(answer.value) if answer.value is not None else "")


def _only_logs(project: Project, handler: r.Handler, func: Func) -> bool:
    by_call = project.bodies[func].by_call
    plain = all(isinstance(one, r.Do) for one in handler.body)
    calls = [by_call[id(call)] for call in nested(handler.body) if id(call) in by_call]
    return plain and all(any(one.kind in _QUIET for one in site.effects) for site in calls)


def _answer(func: Func, node: r.Try, handler: r.Handler) -> r.Return | None:
    """The `return True`, or of an answer, that a function comes to after a `try` whatever happened in it."""
    for block in _bodies(func.record.body):
        if node in block:
            rest = block[block.index(node) + 1 :]
            last = next((one for one in rest if isinstance(one, r.Return)), None)
            says_yes = last is not None and (last.value == r.Const(True) or isinstance(last.value, r.Call))
            return last if says_yes and not any(isinstance(one, r.If) for one in rest) else None
    return None


def _bodies(body: tuple[r.Stmt, ...]) -> Iterator[tuple[r.Stmt, ...]]:
    yield body
    for node in body:
        for block in blocks(node):
            yield from _bodies(block)


def _tries(func: Func) -> Iterator[r.Try]:
    return (node for node in nested_statements(func.record.body) if isinstance(node, r.Try) and node.handlers)


# --- cancellation --------------------------------------------------------------------------------------------------------


def cancelled_past(endings: tuple[Ending, ...], func: Func) -> Iterator[tuple[Ending, r.Handler]]:
    """The rollbacks of a coroutine that a cancellation passes by, because they stand under `except Exception` alone."""
    if not func.record.is_async:
        return
    for node in _tries(func):
        handler = next((one for one in node.handlers if one.types and catches_everything(one)), None)
        if handler is None or any(not one.types or _names(one) & {"BaseException", "CancelledError"} for one in node.handlers):
            continue
        done = {one.session for one in endings if one.kind in ("close", "rollback") and _in(node.final, one.site)}
        for ending in endings:
            if ending.kind == "rollback" and handler in ending.site.handlers and ending.session not in done:
                entered = any(one.family in FAMILIES for one in ending.site.opened)
                if not entered and _awaits(node.body):
                    yield ending, handler


def _names(handler: r.Handler) -> set[str]:
    return {part.path.rpartition(".")[2] for one in handler.types for part in walk(one) if isinstance(part, r.Name)}


def _in(body: tuple[r.Stmt, ...], site: Site) -> bool:
    return any(call is site.call for call in nested(body))


def _awaits(body: tuple[r.Stmt, ...]) -> bool:
    return any(call.awaited for call in nested(body))
