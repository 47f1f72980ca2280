"""Statements as a whole: put under a `with`, taken out, added."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import libcst as cst

from txlint.findings import Edit
from txlint.fixing.repairs import Unfixable
from txlint.fixing.tree.layout import Change, reindented
from txlint.fixing.tree.source import Source, Statement


def range_of(source: Source, nodes: Sequence[cst.CSTNode]) -> tuple[Statement, ...]:
    """The smallest run of statements of one block that holds all of some nodes."""
    chains = [[one for one in source.around(node) if source.stands_in_block(one)] for node in nodes]
    for block in map(source.block, chains[0]):
        places = [next((i for i, one in enumerate(block) if any(one is each for each in chain)), None) for chain in chains]
        if all(place is not None for place in places):
            found = [place for place in places if place is not None]
            return block[min(found) : max(found) + 1]
    raise Unfixable("the statements stand in no common block")


def under(source: Source, run: Sequence[Statement], heads: Sequence[str], changes: Iterable[Change] = ()) -> Edit:
    """An edit that puts statements under the head of a compound statement (`with x:`), comments between them included."""
    indent, unit = source.indent(run[0]), source.tree.default_indent
    start, end = rows(source, run)
    text = reindented(source, start, end, unit * len(heads), changes)
    lines = "".join(f"{indent}{unit * depth}{head}\n" for depth, head in enumerate(heads))
    return source.edit(start, end, lines + text)


def rows(source: Source, run: Sequence[Statement]) -> tuple[int, int]:
    """Start and end of the whole lines that statements take, the decorators of the first one included."""
    return source.lines(decorated(run[0]))[0], source.line(source.row(_last(source, run[-1])))[1]


def decorated(statement: Statement) -> cst.CSTNode:
    """The node that a statement begins with: its first decorator, or itself."""
    decorators: Sequence[cst.Decorator] = getattr(statement, "decorators", ())
    return decorators[0] if decorators else statement


def _last(source: Source, statement: Statement) -> int:
    """An offset on the last line of a statement."""
    end = source.end(statement)
    while end > source.start(statement) and source.text[end - 1] in " \t\r\n":
        end -= 1
    return end - 1


def suspends(run: Iterable[Statement]) -> bool:
    """Whether statements hand control to somebody else in between: `await`, `yield`."""
    return any(_suspends(one) for one in run)


def _suspends(node: cst.CSTNode) -> bool:
    if isinstance(node, cst.FunctionDef | cst.Lambda | cst.ClassDef):
        return False
    if isinstance(node, cst.Await | cst.Yield) or getattr(node, "asynchronous", None):
        return True
    return any(_suspends(child) for child in node.children)


def removed(source: Source, statement: Statement) -> Edit:
    """An edit that takes a statement out; `pass` where the block would be empty."""
    start, end = rows(source, [statement])
    if len(source.block(statement)) == 1:
        return source.edit(start, end, f"{source.indent(statement)}pass\n")
    return source.edit(start, end, "")


def before(source: Source, statement: Statement, line: str) -> Edit:
    """An edit that adds a line above a statement, below the comments there."""
    return source.insert(source.lines(decorated(statement))[0], f"{source.indent(statement)}{line}\n")


def after(source: Source, statement: Statement, lines: Sequence[str]) -> Edit:
    """An edit that adds lines below a statement."""
    end = source.line(source.row(_last(source, statement)))[1]
    text = "".join(f"{source.indent(statement)}{line}\n" for line in lines)
    return source.insert(end, text if source.text[end - 1 : end] == "\n" else f"\n{text.rstrip()}")
