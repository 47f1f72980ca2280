"""What stands around a call in its function: the blocks that it is in, and the statements that come after it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.project.flow import blocks, ends
from txlint.project.model import expressions, walk


@dataclass(frozen=True, slots=True)
class Level:
    """A block around a call: the statement that holds the block (None: the function), and where in it the call is."""

    holder: r.Stmt | None
    block: tuple[r.Stmt, ...]
    at: int

    @property
    def rest(self) -> tuple[r.Stmt, ...]:
        """The statements of the block after the one with the call."""
        return self.block[self.at + 1 :]


def levels(body: tuple[r.Stmt, ...], call: r.Call, holder: r.Stmt | None = None) -> tuple[Level, ...]:
    """The blocks around a call, the outermost first."""
    for at, node in enumerate(body):
        here = Level(holder, body, at)
        if any(part is call for expr in expressions(node) for part in walk(expr)):
            return (here,)
        for block in blocks(node):
            if inner := levels(block, call, node):
                return (here, *inner)
    return ()


def comes_round(around: tuple[Level, ...], loop: r.Loop) -> bool:
    """Whether a loop around a call can go into another round after it."""
    for level in reversed(around):
        for node in level.rest:
            if isinstance(node, r.Return | r.Raise):
                return False
            if isinstance(node, r.Jump):
                if _nearest_loop(around, level) is loop:
                    return node.kind == "continue"
                break
        if level.holder is loop:
            return True
    return True


def _nearest_loop(around: tuple[Level, ...], level: Level) -> r.Stmt | None:
    upto = around[: around.index(level) + 1]
    return next((one.holder for one in reversed(upto) if isinstance(one.holder, r.Loop)), None)


def afterwards(around: tuple[Level, ...]) -> Iterator[r.Stmt]:
    """The statements that come after a call in its blocks on every path, up to one that ends the function."""
    for level in reversed(around):
        for node in level.rest:
            yield node
            if isinstance(node, r.Return | r.Raise | r.Jump):
                return


def raised_within(around: tuple[Level, ...], block: r.With | None) -> int | None:
    """The line of the `raise` that every path from a call comes to before the end of a block (None: of the function)."""
    for level in reversed(around):
        if isinstance(level.holder, r.Try) and level.block is level.holder.body and level.holder.handlers:
            return None  # it may be caught in here
        for node in level.rest:
            if isinstance(node, r.Raise):
                return node.line
            if ends((node,)) or not isinstance(node, r.Do | r.Assign | r.Import | r.Delete | r.Def):
                return None
        if block is not None and level.holder is block:
            return None
        if isinstance(level.holder, r.Loop):
            return None
    return None


def bound_by(node: r.Stmt) -> Iterator[str]:
    """The plain names that a statement gives a value."""
    match node:
        case r.Assign(targets, value) if value is not None:
            for target in targets:
                yield from names_of(target)
        case r.Loop(target) if target is not None:
            yield from names_of(target)
        case r.With():
            for one in node.targets:
                if one is not None:
                    yield from names_of(one)


def names_of(target: r.Expr) -> Iterator[str]:
    """The plain names in the target of an assignment or loop."""
    match target:
        case r.Name(path) if "." not in path:
            yield path
        case r.Seq(items) | r.Parts(items, _):
            for item in items:
                yield from names_of(item)


def run_of(body: tuple[r.Stmt, ...], calls: Sequence[r.Call]) -> tuple[r.Stmt, ...]:
    """The smallest run of statements of one block that holds some calls with the loops around them."""
    chains = [_outside_of_loops(levels(body, call)) for call in calls]
    for level in reversed(chains[0]):
        places = [next((one.at for one in chain if one.block is level.block), None) for chain in chains]
        found = [place for place in places if place is not None]
        if len(found) == len(places):
            return level.block[min(found) : max(found) + 1]
    return ()


def _outside_of_loops(around: tuple[Level, ...]) -> tuple[Level, ...]:
    looped = next((number for number, one in enumerate(around) if isinstance(one.block[one.at], r.Loop)), len(around))
    return around[: looped + 1]
