"""Sagas: functions that collect steps to take back what was done elsewhere, and run them when a later step fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.project.calls import nested_statements
from txlint.project.model import Func, nested, walk


@dataclass(frozen=True, slots=True)
class Saga:
    """A loop over collected undo steps: where they are collected, where they run, and what is wrong with that."""

    steps: str
    collected: int
    line: int
    fault: str


def faulty_sagas(func: Func) -> Iterator[Saga]:
    """The loops of a function that run undo steps in the order of the work, or stop at the first that fails."""
    collected = _collected(func)
    for node in nested_statements(func.record.body) if collected else ():
        for handler in node.handlers if isinstance(node, r.Try) else ():
            for loop in nested_statements(handler.body):
                if isinstance(loop, r.Loop) and (name := _over(loop, collected)) and _calls_target(loop):
                    several = len(collected[name]) > 1
                    if several and not _backwards(loop.iter):
                        yield Saga(name, collected[name][0], loop.line, "in the order of the work, not backwards")
                    elif not any(isinstance(one, r.Try) and one.handlers for one in nested_statements(loop.body)):
                        yield Saga(
                            name, collected[name][0], loop.line, "and the first that fails keeps the others from running"
                        )


def _collected(func: Func) -> dict[str, list[int]]:
    """The local lists that callables are appended to, with the lines."""
    found: dict[str, list[int]] = {}
    for call in func.calls:
        name, _, method = call.func.path.rpartition(".") if isinstance(call.func, r.Name) else ("", "", "")
        value = call.args[0].value if call.args else None
        starts_empty = any(one.value == r.Seq(()) for one in func.bindings.get(name, ()))
        if method == "append" and starts_empty and value is not None and _is_callable(value):
            found.setdefault(name, []).append(call.line)
    return found


def _is_callable(value: r.Expr) -> bool:
    match value:
        case r.Lambda():
            return True
        case r.Call(r.Name(path)):
            return path.rpartition(".")[2] == "partial"
        case r.Seq((first, *_)):
            return isinstance(first, r.Lambda | r.Name)
    return False


def _over(loop: r.Loop, collected: dict[str, list[int]]) -> str:
    names = (part.path for part in walk(loop.iter) if isinstance(part, r.Name))
    return next((one for one in names if one in collected), "")


def _backwards(iterated: r.Expr) -> bool:
    called = isinstance(iterated, r.Call) and iterated.func == r.Name("reversed")
    return called or isinstance(iterated, r.Item)


def _calls_target(loop: r.Loop) -> bool:
    names = {part.path for part in walk(loop.target) if isinstance(part, r.Name)} if loop.target is not None else set()
    return any(isinstance(call.func, r.Name) and call.func.path in names for call in nested(loop.body))
