"""Commits added to the functions that own a session."""

from __future__ import annotations

from collections.abc import Iterable

import libcst as cst

from txlint.findings import Edit
from txlint.fixing.grouping import Commit
from txlint.fixing.repairs import Unfixable
from txlint.fixing.tree.source import Source, Sources, Statement
from txlint.fixing.tree.statements import after, range_of
from txlint.project.model import Func

_RESULT = ("result", "found", "value")


def committed(sources: Sources, commits: Iterable[Commit]) -> tuple[Edit, ...]:
    """One commit in each function, after the last of the calls that need it."""
    by_func: dict[Func, list[Commit]] = {}
    for one in commits:
        by_func.setdefault(one.site.func, []).append(one)
    return tuple(edit for func, group in by_func.items() for edit in _in_function(sources, func, group))


def _in_function(sources: Sources, func: Func, commits: list[Commit]) -> tuple[Edit, ...]:
    source = sources.of(func.module.path)
    if len({one.text for one in commits}) != 1:
        raise Unfixable("the caller has several sessions")
    run = range_of(source, [_whole(source, one) for one in commits])
    last, text = run[-1], commits[0].text
    for one in run[:-1]:
        if any(isinstance(node, cst.Return) and _within(source, node, one) for node in source.nodes(cst.Return)):
            raise Unfixable("the caller returns in between")
    if isinstance(last, cst.SimpleStatementLine) and isinstance(last.body[0], cst.Return):
        return _before_return(source, func, last, text)
    returns = [node for node in source.nodes(cst.Return) if _within(source, node, last)]
    if returns or isinstance(last, cst.FunctionDef | cst.ClassDef):
        raise Unfixable("the caller returns in between")
    return (after(source, last, [text]),)


def _before_return(source: Source, func: Func, line: cst.SimpleStatementLine, text: str) -> tuple[Edit, ...]:
    """`return f(session)` as an assignment, the commit, and the return of what was assigned."""
    name = next((one for one in _RESULT if func.binder(one) is None), None)
    value = line.body[0].value if isinstance(line.body[0], cst.Return) else None
    if name is None or value is None or len(line.body) != 1:
        raise Unfixable("what the caller returns cannot be kept until after the commit")
    return (
        source.edit(source.start(line), source.start(value), f"{name} = "),
        after(source, line, [text, f"return {name}"]),
    )


def _whole(source: Source, commit: Commit) -> cst.CSTNode:
    """The call, with the outermost loop of its function around it."""
    node: cst.CSTNode = source.call(commit.site.call)
    found = node
    for one in source.around(node):
        if isinstance(one, cst.FunctionDef | cst.Lambda):
            return found
        if isinstance(one, cst.For | cst.While):
            found = one
    raise Unfixable("the call stands outside of any function")


def _within(source: Source, node: cst.CSTNode, statement: Statement) -> bool:
    return source.start(statement) <= source.start(node) < source.end(statement) and any(
        one is statement for one in source.around(node)
    )
