"""Which of several bindings of a name can reach a call: those that nothing on every way to it overwrites."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.facts import records as r
from txlint.project.flow import blocks
from txlint.project.model import Binding, Func, expressions, walk

_Place = tuple[tuple[r.Stmt, ...], int]


def reaching(func: Func, name: str, call: r.Call) -> list[Binding]:
    """The bindings of a function's own name that can reach a call in it; all of them where the call was not found."""
    every = func.bindings[name]
    found: list[Binding] = []
    way = tuple(_way(func.record.body, call))
    for block, position in reversed(way):
        here = block[position]
        if block is not way[-1][0] and (own := [one for one in every if _binds(here, one)]) and not isinstance(here, r.Assign):
            return [*found, *own]  # the target of the loop, or of the `with`, around it
        inside = () if block is way[-1][0] else _earlier_blocks(here, call)
        found += [one for node in inside for one in _within(node, every)]
        for node in reversed(block[:position]):
            if over := [one for one in every if _binds(node, one)]:
                if not isinstance(node, r.Loop):
                    return [*found, *over]
                found += over
            found += [one for inner in blocks(node) for each in inner for one in _within(each, every)]
        if _repeats(way, block):
            found += [one for node in block[position:] for one in _within(node, every)]
    found += [one for one in every if one.how == "param"]
    return found or every


def _way(body: tuple[r.Stmt, ...], call: r.Call) -> Iterator[_Place]:
    """The statements around a call, the outermost first, each with its block."""
    for position, node in enumerate(body):
        if any(part is call for expr in expressions(node) for part in walk(expr)):
            yield body, position
            return
        for block in blocks(node):
            if inner := tuple(_way(block, call)):
                yield body, position
                yield from inner
                return


def _binds(node: r.Stmt, one: Binding) -> bool:
    """Whether a statement itself makes a binding."""
    match node:
        case r.Assign(_, value, _, _, operator):
            return value is not None and value is one.value and not operator
        case r.Loop():
            return one.value is node.iter and node.target is not None
        case r.With():
            return any(one.value is item for item in node.items)
    return isinstance(one.definition, r.Import) and one.definition is node


def _within(node: r.Stmt, every: list[Binding]) -> list[Binding]:
    """The bindings that a statement or one inside of it makes."""
    found = [one for one in every if _binds(node, one)]
    return found + [one for block in blocks(node) for inner in block for one in _within(inner, every)]


def _earlier_blocks(node: r.Stmt, call: r.Call) -> tuple[r.Stmt, ...]:
    """The statements of a `try` that may have run before the block of it in which a call stands."""
    if not isinstance(node, r.Try) or tuple(_way(node.body, call)):
        return ()
    return (*node.body, *(inner for one in node.handlers for inner in one.body), *node.orelse)


def _repeats(way: tuple[_Place, ...], block: tuple[r.Stmt, ...]) -> bool:
    """Whether a block is the body of a loop."""
    return any(isinstance(outer[at], r.Loop) and getattr(outer[at], "body", None) is block for outer, at in way)
