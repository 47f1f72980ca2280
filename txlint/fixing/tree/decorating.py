"""Decorators moved, taken out, and put on something else."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from txlint.facts import records as r
from txlint.findings import Edit
from txlint.fixing.repairs import Unfixable
from txlint.fixing.tree.names import named
from txlint.fixing.tree.source import Source
from txlint.project.model import Cls, Func


def _decorated(source: Source, func: Func, line: int) -> tuple[cst.FunctionDef, cst.Decorator]:
    function = source.at(cst.FunctionDef, func.record.line)
    found = [one for one in function.decorators if source.row(source.start(one)) == line]
    if len(found) != 1:
        raise Unfixable("the decorator stands elsewhere")
    return function, found[0]


def decorator_moved(source: Source, func: Func, line: int) -> tuple[Edit, ...]:
    """A decorator, moved below the others."""
    function, decorator = _decorated(source, func, line)
    return source.edit(*source.lines(decorator), ""), source.insert(source.lines(function)[0], _lines(source, decorator))


def decorator_removed(source: Source, func: Func, line: int) -> tuple[Edit, ...]:
    """A decorator, taken out."""
    _, decorator = _decorated(source, func, line)
    return (source.edit(*source.lines(decorator), ""),)


def decorators_exchanged(source: Source, func: Func, lines: tuple[int, int]) -> tuple[Edit, ...]:
    """Two decorators, each in the place of the other."""
    (_, one), (_, other) = (_decorated(source, func, line) for line in lines)
    return source.replace(one, source.written(other)), source.replace(other, source.written(one))


def put_on_functions(source: Source, func: Func, line: int, targets: Sequence[Func]) -> tuple[Edit, ...]:
    """A decorator of one method, taken from it and put directly above the `def` of others in the same class."""
    _, decorator = _decorated(source, func, line)
    text = _lines(source, decorator)
    places = [source.at(cst.FunctionDef, one.record.line) for one in targets]
    return source.edit(*source.lines(decorator), ""), *(source.insert(source.lines(one)[0], text) for one in places)


def put_on_methods(source: Source, decorator: r.Expr, names: Sequence[str]) -> tuple[Edit, ...]:
    """A class decorator that names a method, with others in its place: one line for each."""
    if not isinstance(decorator, r.Call):
        raise Unfixable("the decorator names no method")
    node = source.call(decorator)
    literals = [arg.value for arg in node.args if isinstance(arg.value, cst.SimpleString)]
    holder = source.parent(node)
    if len(literals) != 1 or not isinstance(holder, cst.Decorator):
        raise Unfixable("the name of the method is no plain string")
    quote = literals[0].quote
    first = source.replace(literals[0], f"{quote}{names[0]}{quote}")
    (start, end), at = source.lines(holder), source.start(literals[0])
    before, after = source.text[start:at], source.text[source.end(literals[0]) : end]
    more = "".join(f"{before}{quote}{name}{quote}{after}".replace("\r\n", "\n") for name in names[1:])
    return (first, source.insert(end, more)) if more else (first,)


def put_on_class(source: Source, cls: Cls, at: tuple[Func, int], applies: str | None, method: str) -> tuple[Edit, ...]:
    """A decorator of a method, taken from it and applied by its class to another; `applies` unless one does that already."""
    _, decorator = _decorated(source, *at)
    node, edits = decorator.decorator, tuple[Edit, ...]()
    if applies is not None:
        name = named(source, cls.parent, applies, bare=True)
        callee, inner, edits = name.text, source.written(node), name.edits
    elif isinstance(node, cst.Call) and len(node.args) == 1:
        callee, inner = source.written(node.func), source.written(node.args[0].value)
    else:
        raise Unfixable("the decorator is given more than the one that it applies")
    holder = source.at(cst.ClassDef, cls.record.line)
    text = f'{source.indent(holder)}@{callee}({inner}, name="{method}")\n'
    return source.edit(*source.lines(decorator), ""), source.insert(source.lines(holder)[0], text), *edits


def _lines(source: Source, decorator: cst.Decorator) -> str:
    """The whole lines of a decorator."""
    return source.text[slice(*source.lines(decorator))].replace("\r\n", "\n")
