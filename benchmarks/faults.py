"""Single faults of a Python file: a comparison turned around, a condition dropped, an answer not given."""

from __future__ import annotations

import ast
import copy
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
NAMED = {"any": "all", "all": "any", "min": "max", "max": "min"}


@dataclass(frozen=True)
class Fault:
    """One fault: the node in the tree of the file, and which of the node's it is."""

    file: Path
    number: int
    which: int
    lines: range
    """Of the statement that it is in; of a compound one, of its head."""

    def made(self) -> tuple[types.CodeType, str]:
        """The code of the file with the fault, and what the fault is."""
        tree = ast.parse(self.file.read_bytes())
        node = list(ast.walk(tree))[self.number]
        before = _shown(node)
        list(changes(node))[self.which]()
        return compile(ast.fix_missing_locations(tree), str(self.file), "exec"), f"{before} -> {_shown(node)}"

    def is_at(self, places: Sequence[str]) -> bool:
        """Whether it is at one of the places, each `file.py:LINE` or a file; without any, all are meant."""
        named = (one.partition(":")[::2] for one in places)
        return not places or any(file in str(self.file) and (not line or int(line) in self.lines) for file, line in named)


def faults(file: Path) -> Iterator[Fault]:
    """The faults that can be put into the functions of a file."""
    tree = ast.parse(file.read_bytes())
    lines = dict(_lines(tree, None))
    for number, node in enumerate(ast.walk(tree)):
        if around := lines[node]:
            for which, _ in enumerate(changes(node)):
                yield Fault(file, number, which, around)


def changes(node: ast.AST) -> Iterator[Callable[[], Any]]:
    """The faults that can be put into a node of a tree, each made by calling it."""
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in COMPARISONS:
            yield lambda: setattr(node, "ops", [COMPARISONS[type(operator)]()])
        case ast.BoolOp(op=operator, values=values):
            yield lambda: setattr(node, "op", ast.Or() if isinstance(operator, ast.And) else ast.And())
            yield lambda: values.__setitem__(-1, values[0])
        case ast.UnaryOp(op=ast.Not()):
            yield lambda: setattr(node, "operand", ast.UnaryOp(ast.Not(), node.operand))
        case ast.If(test=test) | ast.IfExp(test=test):
            yield lambda: setattr(node, "test", ast.UnaryOp(ast.Not(), test))
        case ast.comprehension(ifs=[_, *_]):
            yield lambda: node.ifs.pop()
        case ast.Constant(value=bool()):
            yield lambda: setattr(node, "value", not node.value)
        case ast.Constant(value=int()):
            yield lambda: setattr(node, "value", node.value + 1)
        case ast.Call(func=ast.Name(id=name)) if name in NAMED:
            yield lambda: setattr(node.func, "id", NAMED[name])
        case ast.Continue() | ast.Break():
            yield lambda: setattr(node, "__class__", ast.Pass)
        case ast.Return(value=ast.AST() as value) if not isinstance(value, ast.Constant) or value.value:
            yield lambda: setattr(node, "value", ast.Constant(None))


def _lines(node: ast.AST, around: range | None) -> Iterator[tuple[ast.AST, range | None]]:
    """For each node the lines of the statement that it is in; None for what runs while the module is loaded."""
    inside = around is not None
    if inside and isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):
        around = _head(node)
    yield node, around
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        for one in (*node.decorator_list, node.args, *filter(None, (node.returns,))):
            yield from _lines(one, around if inside else None)
        for one in node.body:
            yield from _lines(one, range(node.lineno, node.lineno + 1))
        return
    if isinstance(node, ast.Lambda) and not inside:
        around = range(node.lineno, node.end_lineno + 1 if node.end_lineno else node.lineno + 1)
    for child in ast.iter_child_nodes(node):
        yield from _lines(child, around)


def _head(node: ast.stmt | ast.ExceptHandler | ast.match_case) -> range:
    first = node.pattern.lineno if isinstance(node, ast.match_case) else node.lineno
    body = getattr(node, "body", None)
    if isinstance(node, ast.Match):
        return range(first, node.cases[0].pattern.lineno)
    last = body[0].lineno - 1 if body else getattr(node, "end_lineno", None) or first
    return range(first, max(first, last) + 1)


def _shown(node: ast.AST) -> str:
    text = ast.unparse(ast.fix_missing_locations(copy.deepcopy(node)))
    return " ".join(text.split())[:70]
