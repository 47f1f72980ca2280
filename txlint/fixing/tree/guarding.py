"""Statements put into a `try`, with what is done about an error in them and at their end."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from txlint.findings import Edit
from txlint.fixing.guarding import Cleanup
from txlint.fixing.repairs import Unfixable
from txlint.fixing.tree.layout import reindented
from txlint.fixing.tree.source import Source, Statement
from txlint.fixing.tree.statements import range_of, rows
from txlint.project.calls import Site
from txlint.project.model import Func


def after_made(source: Source, made: cst.Call, cleanup: Cleanup, closing: bool) -> tuple[Edit, ...]:
    """Everything after a session is made, up to its last use, in a `try`; where that is a close, it becomes the `finally`."""
    statement = source.statement(made)
    block = source.block(statement)
    rest = block[next(at for at, one in enumerate(block) if one is statement) + 1 :]
    used = [at for at, one in enumerate(rest) if _mentions(one, cleanup.session)]
    run = rest[: used[-1] + 1] if used else ()
    if len(run) < 1 + closing:
        raise Unfixable("nothing is done with the session")
    return (_tried(source, run[: len(run) - closing], run[len(run) - closing :], cleanup.lines),)


def around_calls(source: Source, sites: Sequence[Site], cleanup: Cleanup) -> tuple[Edit, ...]:
    """The smallest run of statements that holds some calls, in a `try`."""
    return (_tried(source, range_of(source, [source.call(one.call) for one in sites]), (), cleanup.lines),)


def until_close(source: Source, first: cst.CSTNode, close: Site) -> tuple[Edit, ...]:
    """The statements from one up to that with a close, in a `try` with the close in its `finally`."""
    run = range_of(source, [first, source.call(close.call)])
    if len(run) < 2:
        raise Unfixable("the close stands in the same statement")
    return (_tried(source, run[:-1], run[-1:], ()),)


def at_yield(source: Source, func: Func, line: int) -> cst.CSTNode:
    """The only `yield` of a function, or that on a line."""
    first, last = func.record.line, func.record.end_line
    found = [one for one in source.nodes(cst.Yield) if first <= source.row(source.start(one)) <= last]
    found = [one for one in found if source.row(source.start(one)) == line] or found
    if len(found) != 1:
        raise Unfixable("it yields in several places")
    return found[0]


def around_yield(source: Source, node: cst.CSTNode, awaited: bool) -> tuple[Edit, ...]:
    """A `yield` of a connection in a `try` that rolls it back."""
    value = node.value if isinstance(node, cst.Yield) else None
    if not isinstance(value, cst.Name | cst.Attribute):
        raise Unfixable("what is yielded has no name")
    return (_tried(source, (source.statement(node),), (), Cleanup(source.written(value), awaited).lines),)


def before_finally(source: Source, row: int, cleanup: Cleanup) -> tuple[Edit, ...]:
    """An `except` for a `try` that has only a `finally`."""
    node = source.at(cst.Try, row)
    if node.handlers or node.orelse or node.finalbody is None:
        raise Unfixable("the `try` has handlers of its own")
    indent, unit = source.indent(node), source.tree.default_indent
    clause = _clause(indent, unit, "except Exception:", cleanup.lines)
    return (source.insert(source.lines(node.finalbody)[0], clause),)


def _tried(source: Source, run: Sequence[Statement], final: Sequence[Statement], lines: Sequence[str]) -> Edit:
    indent, unit = source.indent(run[0]), source.tree.default_indent
    start, end = rows(source, run)
    body = reindented(source, start, end, unit)
    text = f"{indent}try:\n{body}{'' if body.endswith(chr(10)) else chr(10)}"
    text += _clause(indent, unit, "except Exception:", lines) if lines else ""
    if final:
        below, end = rows(source, final)
        between = source.text[rows(source, run)[1] : below].lstrip("\r\n")
        below -= len(between) if between.strip() else 0
        text += f"{indent}finally:\n{reindented(source, below, end, unit)}"
    return source.edit(start, end, text)


def _clause(indent: str, unit: str, head: str, lines: Sequence[str]) -> str:
    return f"{indent}{head}\n" + "".join(f"{indent}{unit}{one}\n" for one in lines)


def _mentions(node: cst.CSTNode, name: str) -> bool:
    if isinstance(node, cst.Name):
        return node.value == name
    return any(_mentions(child, name) for child in node.children)
