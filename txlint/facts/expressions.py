"""Expressions of a libcst tree as records."""

from __future__ import annotations

import ast
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any

import libcst as cst

from txlint.facts.positions import Lines
from txlint.facts.records import (
    Arg,
    Attr,
    Bind,
    Call,
    Choice,
    Comp,
    Const,
    Expr,
    Item,
    Lambda,
    Map,
    Name,
    Parts,
    Seq,
    Yield,
)
from txlint.facts.strings import STRING_LIMIT, interpolated, travelling

_ESCAPE = re.compile(r"\\(?:[0-7]{1,3}|x..|u.{4}|U.{8}|N\{[^}]*\}|.)", re.DOTALL)
_CONSTANTS = {"True": True, "False": False, "None": None}


class ExpressionReader(ABC):
    """Turns expression nodes into records; functions and generators are the business of whoever reads statements."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines

    @abstractmethod
    def lambda_(self, node: cst.Lambda) -> int:
        """Record a lambda and give its place among the functions."""

    @abstractmethod
    def yielded(self) -> None:
        """Note that the function being read yields."""

    def expr(self, node: cst.BaseExpression) -> Expr:
        """The record of an expression; one that says nothing of use becomes empty `Parts`."""
        read = _READERS.get(node.__class__)
        return read(self, node) if read else Parts(())

    def arg(self, node: cst.Arg) -> Arg:
        """The record of one argument."""
        return Arg(self.expr(node.value), node.keyword.value if node.keyword else None, node.star)

    def _name(self, node: cst.Name) -> Expr:
        return Const(_CONSTANTS[node.value]) if node.value in _CONSTANTS else Name(node.value)

    def _attribute(self, node: cst.Attribute) -> Expr:
        value = self.expr(node.value)
        return Name(f"{value.path}.{node.attr.value}") if isinstance(value, Name) else Attr(value, node.attr.value)

    def _call(self, node: cst.Call, awaited: bool = False) -> Expr:
        func = self.expr(node.func)
        last = node.func.attr if isinstance(node.func, cst.Attribute) else node.func
        line, at = self.lines.start[id(node)], self.lines.start.get(id(last), 0)
        return Call(func, tuple(self.arg(one) for one in node.args), line, at or line, self.lines.end[id(node)], awaited)

    def _await(self, node: cst.Await) -> Expr:
        return self._call(node.expression, True) if isinstance(node.expression, cst.Call) else self.expr(node.expression)

    def _string(self, node: cst.SimpleString) -> Expr:
        return Const(_text(node)[:STRING_LIMIT])

    def _concatenated(self, node: cst.ConcatenatedString) -> Expr:
        pieces = list(self._pieces(node))
        if all(isinstance(one, cst.SimpleString) for one in _strings(node)):
            return Const("".join(one for one in pieces if isinstance(one, str))[:STRING_LIMIT])
        return interpolated(pieces)

    def _formatted(self, node: cst.FormattedString | cst.TemplatedString) -> Expr:
        return interpolated(self._pieces(node))

    def _pieces(self, node: cst.BaseExpression) -> Iterator[str | Expr]:
        """The texts of a string and the expressions between them, in order."""
        for string in _strings(node):
            if isinstance(string, cst.SimpleString):
                yield _text(string)
                continue
            for part in string.parts:
                if isinstance(part, cst.FormattedStringText | cst.TemplatedStringText):
                    yield _unescaped(part.value, string)
                elif isinstance(part, cst.FormattedStringExpression | cst.TemplatedStringExpression):
                    if part.equal:
                        yield _echoed(part)
                    yield self.expr(part.expression)

    def _integer(self, node: cst.Integer) -> Expr:
        digits = node.value.replace("_", "")
        return Const(int(digits) if digits.isdecimal() and len(digits) < 16 else digits)

    def _number(self, node: cst.Float | cst.Imaginary) -> Expr:
        return Const(node.value)

    def _subscript(self, node: cst.Subscript) -> Expr:
        keys = tuple(self.expr(one.slice.value) if isinstance(one.slice, cst.Index) else Parts((), ":") for one in node.slice)
        alone = len(keys) == 1 and not isinstance(node.slice[0].comma, cst.Comma)
        return Item(self.expr(node.value), keys[0] if alone else Seq(keys))

    def _sequence(self, node: cst.List | cst.Tuple | cst.Set) -> Expr:
        return Seq(tuple(self._element(one) for one in node.elements))

    def _element(self, node: cst.BaseElement) -> Expr:
        value = self.expr(node.value)
        return Parts((value,), "*") if isinstance(node, cst.StarredElement) else value

    def _dict(self, node: cst.Dict) -> Expr:
        keys = tuple(self.expr(one.key) if isinstance(one, cst.DictElement) else None for one in node.elements)
        return Map(keys, tuple(self.expr(one.value) for one in node.elements))

    def _conditional(self, node: cst.IfExp) -> Expr:
        return Choice((self.expr(node.body), self.expr(node.orelse)), self.expr(node.test))

    def _boolean(self, node: cst.BooleanOperation) -> Expr:
        return Choice((self.expr(node.left), self.expr(node.right)), None, node.operator.__class__.__name__)

    def _lambda(self, node: cst.Lambda) -> Expr:
        return Lambda(self.lambda_(node))

    def _comprehension(self, node: cst.GeneratorExp | cst.ListComp | cst.SetComp | cst.DictComp) -> Expr:
        targets, iters, parts = [], [], []
        loop: cst.CompFor | None = node.for_in
        while loop:
            targets.append(self.expr(loop.target))
            iters.append(self.expr(loop.iter))
            parts += [self.expr(one.test) for one in loop.ifs]
            loop = loop.inner_for_in
        first = node.key if isinstance(node, cst.DictComp) else node.elt
        parts += [self.expr(first), self.expr(node.value)] if isinstance(node, cst.DictComp) else [self.expr(first)]
        kind = {cst.GeneratorExp: "generator", cst.ListComp: "list", cst.SetComp: "set", cst.DictComp: "dict"}[node.__class__]
        return Comp(tuple(targets), tuple(iters), tuple(parts), self.lines.start[id(first)], kind)

    def _yield(self, node: cst.Yield) -> Expr:
        self.yielded()
        value = node.value.item if isinstance(node.value, cst.From) else node.value
        return Yield(self.expr(value) if value else None, self.lines.start[id(node)])

    def _bind(self, node: cst.NamedExpr) -> Expr:
        value = self.expr(node.value)
        return Bind(node.target.value, value) if isinstance(node.target, cst.Name) else value

    def _unary(self, node: cst.UnaryOperation) -> Expr:
        return Parts((self.expr(node.expression),), node.operator.__class__.__name__)

    def _binary(self, node: cst.BinaryOperation) -> Expr:
        return Parts((self.expr(node.left), self.expr(node.right)), node.operator.__class__.__name__)

    def _comparison(self, node: cst.Comparison) -> Expr:
        operands = (self.expr(node.left), *(self.expr(one.comparator) for one in node.comparisons))
        return Parts(operands, node.comparisons[0].operator.__class__.__name__)


def _strings(node: Any) -> Iterator[cst.SimpleString | cst.FormattedString | cst.TemplatedString]:
    """The strings that stand side by side."""
    while isinstance(node, cst.ConcatenatedString):
        yield from _strings(node.left)
        node = node.right
    yield node


def _text(node: cst.SimpleString) -> str:
    try:
        return travelling(ast.literal_eval(node.value))
    except (ValueError, SyntaxError, MemoryError):
        return node.value


def _unescaped(text: str, string: cst.FormattedString | cst.TemplatedString) -> str:
    """The text between the expressions of a string as the program sees it."""
    text = text.replace("{{", "{").replace("}}", "}")
    if "\\" not in text or "r" in string.start.lower():
        return text
    try:
        return _ESCAPE.sub(lambda one: travelling(ast.literal_eval(f'"{one[0]}"')), text)
    except (ValueError, SyntaxError, MemoryError):
        return text


def _echoed(part: cst.FormattedStringExpression | cst.TemplatedStringExpression) -> str:
    """The text that an expression with an equals sign begins with: itself."""
    before, after = part.whitespace_before_expression, part.whitespace_after_expression
    return "".join(cst.Module([]).code_for_node(one) for one in (before, part.expression, part.equal, after) if one)


_READERS: dict[type, Callable[[ExpressionReader, Any], Expr]] = {
    cst.Name: ExpressionReader._name,
    cst.Attribute: ExpressionReader._attribute,
    cst.Call: ExpressionReader._call,
    cst.Await: ExpressionReader._await,
    cst.SimpleString: ExpressionReader._string,
    cst.ConcatenatedString: ExpressionReader._concatenated,
    cst.FormattedString: ExpressionReader._formatted,
    cst.TemplatedString: ExpressionReader._formatted,
    cst.Integer: ExpressionReader._integer,
    cst.Float: ExpressionReader._number,
    cst.Imaginary: ExpressionReader._number,
    cst.Subscript: ExpressionReader._subscript,
    cst.List: ExpressionReader._sequence,
    cst.Tuple: ExpressionReader._sequence,
    cst.Set: ExpressionReader._sequence,
    cst.Dict: ExpressionReader._dict,
    cst.IfExp: ExpressionReader._conditional,
    cst.BooleanOperation: ExpressionReader._boolean,
    cst.Lambda: ExpressionReader._lambda,
    cst.GeneratorExp: ExpressionReader._comprehension,
    cst.ListComp: ExpressionReader._comprehension,
    cst.SetComp: ExpressionReader._comprehension,
    cst.DictComp: ExpressionReader._comprehension,
    cst.Yield: ExpressionReader._yield,
    cst.NamedExpr: ExpressionReader._bind,
    cst.UnaryOperation: ExpressionReader._unary,
    cst.BinaryOperation: ExpressionReader._binary,
    cst.Comparison: ExpressionReader._comparison,
}
