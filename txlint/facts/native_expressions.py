"""Expressions of a tree of Python's own parser as records: the same that `expressions` makes of libcst's."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any

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

NOTHING = Parts(())


class Unclear(Exception):
    """The tree does not say what libcst's would."""


class NativeExpressions(ABC):
    """Turns expression nodes into records; functions and generators are the business of whoever reads statements.

    Lambdas are numbered as they are met, so all is read in the order in which `expressions` reads it.
    """

    def __init__(self, source: bytes) -> None:
        self.source, self.rows = source, source.split(b"\n")

    @abstractmethod
    def lambda_(self, node: ast.Lambda) -> int:
        """Record a lambda and give its place among the functions."""

    @abstractmethod
    def yielded(self) -> None:
        """Note that the function being read yields."""

    def expr(self, node: ast.expr) -> Expr:
        """The record of an expression. Raises Unclear where it is of a kind that is not known."""
        read = _READERS.get(node.__class__)
        if read is None:
            raise Unclear
        return read(self, node)

    def _name(self, node: ast.Name) -> Expr:
        return Name(node.id)

    def _attribute(self, node: ast.Attribute) -> Expr:
        value = self.expr(node.value)
        return Name(f"{value.path}.{node.attr}") if value.__class__ is Name else Attr(value, node.attr)

    def _call(self, node: ast.Call, awaited: bool = False) -> Expr:
        called, line, end = node.func, node.lineno, node.end_lineno or 0
        at = (called.end_lineno or 0) if called.__class__ is ast.Attribute else called.lineno
        func = self.expr(called)
        arguments = tuple(self.arguments(node.args, node.keywords))
        return Call(func, arguments, line, at, end, awaited)

    def arguments(self, given: list[ast.expr], keywords: list[ast.keyword]) -> Iterator[Arg]:
        """The arguments in the order of the text."""
        every: list[ast.expr | ast.keyword] = [*given, *keywords]
        if keywords and any(one.__class__ is ast.Starred for one in given):
            every.sort(key=lambda one: (one.lineno, one.col_offset))
        for one in every:
            match one:
                case ast.keyword(arg=None, value=value):
                    yield Arg(self.expr(value), None, "**")
                case ast.keyword(arg=name, value=value):
                    yield Arg(self.expr(value), name)
                case ast.Starred(value=value):
                    yield Arg(self.expr(value), None, "*")
                case _:
                    yield Arg(self.expr(one))

    def _await(self, node: ast.Await) -> Expr:
        return self._call(node.value, True) if isinstance(node.value, ast.Call) else self.expr(node.value)

    def _constant(self, node: ast.Constant) -> Expr:
        value = node.value
        if isinstance(value, str | bytes):
            return Const(travelling(value)[:STRING_LIMIT])
        if value is None or value is True or value is False:
            return Const(value)
        return NOTHING if value is ... else Const(self._number(node))

    def _number(self, node: ast.Constant) -> int | str:
        """A number as it is written. Raises Unclear where it does not stand where it is said to stand."""
        text = self.rows[node.lineno - 1][node.col_offset : node.end_col_offset].decode("ascii", "replace")
        digits = text.replace("_", "") if isinstance(node.value, int) else text
        if digits.isdecimal() and len(digits) < 16 and int(digits) == node.value:
            return int(digits)
        try:
            same = ast.literal_eval(text) == node.value
        except (ValueError, SyntaxError):
            same = False
        if not same:
            raise Unclear
        return digits

    def _formatted(self, node: Any) -> Expr:
        return interpolated(self._pieces(node))

    def _pieces(self, node: ast.JoinedStr) -> Iterator[str | Expr]:
        for part in node.values:
            if isinstance(part, ast.Constant):
                yield travelling(str(part.value))
            else:
                yield self.expr(part.value)  # type: ignore[attr-defined]  # An interpolation, in all kinds of strings.

    def _subscript(self, node: ast.Subscript) -> Expr:
        key = self._key(node.slice)
        return Item(self.expr(node.value), key)

    def _key(self, node: ast.expr) -> Expr:
        if isinstance(node, ast.Slice):
            return Parts((), ":")
        if isinstance(node, ast.Tuple):
            if any(one.__class__ is ast.Starred for one in node.elts):
                raise Unclear
            return Seq(tuple([self._key(one) for one in node.elts]))
        return self.expr(node)

    def _sequence(self, node: ast.List | ast.Tuple | ast.Set) -> Expr:
        return Seq(tuple([self.expr(one) for one in node.elts]))

    def _starred(self, node: ast.Starred) -> Expr:
        return Parts((self.expr(node.value),), "*")

    def _dict(self, node: ast.Dict) -> Expr:
        keys = tuple([self.expr(one) if one else None for one in node.keys])
        return Map(keys, tuple([self.expr(one) for one in node.values]))

    def _conditional(self, node: ast.IfExp) -> Expr:
        return Choice((self.expr(node.body), self.expr(node.orelse)), self.expr(node.test))

    def _boolean(self, node: ast.BoolOp) -> Expr:
        first, *others = node.values
        found = self.expr(first)
        for one in others:
            found = Choice((found, self.expr(one)), None, node.op.__class__.__name__)
        return found

    def _lambda(self, node: ast.Lambda) -> Expr:
        return Lambda(self.lambda_(node))

    def _comprehension(self, node: Any) -> Expr:
        targets, iters, parts = [], [], []
        for loop in node.generators:
            targets.append(self.expr(loop.target))
            iters.append(self.expr(loop.iter))
            parts += [self.expr(one) for one in loop.ifs]
        first = node.key if node.__class__ is ast.DictComp else node.elt
        if first.__class__ is ast.Starred or (node.__class__ is ast.DictComp and node.value is None):
            raise Unclear
        parts += [self.expr(first), self.expr(node.value)] if node.__class__ is ast.DictComp else [self.expr(first)]
        return Comp(tuple(targets), tuple(iters), tuple(parts), first.lineno, _COMPREHENSIONS[node.__class__])

    def _yield(self, node: ast.Yield | ast.YieldFrom) -> Expr:
        self.yielded()
        return Yield(self.expr(node.value) if node.value else None, node.lineno)

    def _bind(self, node: ast.NamedExpr) -> Expr:
        return Bind(node.target.id, self.expr(node.value))

    def _unary(self, node: ast.UnaryOp) -> Expr:
        return Parts((self.expr(node.operand),), OPERATORS[node.op.__class__])

    def _binary(self, node: ast.BinOp) -> Expr:
        return Parts((self.expr(node.left), self.expr(node.right)), OPERATORS[node.op.__class__])

    def _comparison(self, node: ast.Compare) -> Expr:
        operands = (self.expr(node.left), *[self.expr(one) for one in node.comparators])
        return Parts(operands, OPERATORS[node.ops[0].__class__])


_COMPREHENSIONS: dict[type, str] = {
    ast.GeneratorExp: "generator", ast.ListComp: "list", ast.SetComp: "set", ast.DictComp: "dict",
}  # fmt: skip
OPERATORS: dict[type, str] = {
    ast.Add: "Add",
    ast.Sub: "Subtract",
    ast.Mult: "Multiply",
    ast.Div: "Divide",
    ast.FloorDiv: "FloorDivide",
    ast.Mod: "Modulo",
    ast.Pow: "Power",
    ast.MatMult: "MatrixMultiply",
    ast.LShift: "LeftShift",
    ast.RShift: "RightShift",
    ast.BitOr: "BitOr",
    ast.BitAnd: "BitAnd",
    ast.BitXor: "BitXor",
    ast.Not: "Not",
    ast.USub: "Minus",
    ast.UAdd: "Plus",
    ast.Invert: "BitInvert",
    ast.Eq: "Equal",
    ast.NotEq: "NotEqual",
    ast.Lt: "LessThan",
    ast.LtE: "LessThanEqual",
    ast.Gt: "GreaterThan",
    ast.GtE: "GreaterThanEqual",
    ast.Is: "Is",
    ast.IsNot: "IsNot",
    ast.In: "In",
    ast.NotIn: "NotIn",
}
"""Operators by libcst's names, which the facts use."""
_READERS: dict[type, Callable[[NativeExpressions, Any], Expr]] = {
    ast.Name: NativeExpressions._name,
    ast.Attribute: NativeExpressions._attribute,
    ast.Call: NativeExpressions._call,
    ast.Await: NativeExpressions._await,
    ast.Constant: NativeExpressions._constant,
    ast.JoinedStr: NativeExpressions._formatted,
    ast.Subscript: NativeExpressions._subscript,
    ast.List: NativeExpressions._sequence,
    ast.Tuple: NativeExpressions._sequence,
    ast.Set: NativeExpressions._sequence,
    ast.Starred: NativeExpressions._starred,
    ast.Dict: NativeExpressions._dict,
    ast.IfExp: NativeExpressions._conditional,
    ast.BoolOp: NativeExpressions._boolean,
    ast.Lambda: NativeExpressions._lambda,
    ast.GeneratorExp: NativeExpressions._comprehension,
    ast.ListComp: NativeExpressions._comprehension,
    ast.SetComp: NativeExpressions._comprehension,
    ast.DictComp: NativeExpressions._comprehension,
    ast.Yield: NativeExpressions._yield,
    ast.YieldFrom: NativeExpressions._yield,
    ast.NamedExpr: NativeExpressions._bind,
    ast.UnaryOp: NativeExpressions._unary,
    ast.BinOp: NativeExpressions._binary,
    ast.Compare: NativeExpressions._comparison,
}
