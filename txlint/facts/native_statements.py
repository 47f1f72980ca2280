"""The statements of a tree of Python's own parser as records."""

from __future__ import annotations

import ast
import re
from abc import abstractmethod
from collections.abc import Callable
from typing import Any

from txlint.facts.native_expressions import OPERATORS, NativeExpressions, Unclear
from txlint.facts.quoted import unquoted
from txlint.facts.records import (
    Assign,
    Delete,
    Do,
    Expr,
    Handler,
    If,
    Import,
    Jump,
    Loop,
    Parts,
    Raise,
    Return,
    Seq,
    Stmt,
    Try,
    With,
)

_CASE = re.compile(rb"\s*case\b")


class NativeStatements(NativeExpressions):
    """Reads statements in order; what a definition becomes is up to whoever numbers the definitions of the file."""

    @abstractmethod
    def define(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[Stmt, ...]:
        """Read a function with everything in it."""

    @abstractmethod
    def define_class(self, node: ast.ClassDef) -> tuple[Stmt, ...]:
        """Read a class with everything in it."""

    def block(self, nodes: list[ast.stmt]) -> tuple[Stmt, ...]:
        """Read the statements of a body. Raises Unclear where only libcst can tell."""
        found: list[Stmt] = []
        for node in nodes:
            read = _STATEMENTS.get(node.__class__)
            if read is None:
                raise Unclear
            found += read(self, node)
        return tuple(found)

    def _nothing(self, node: ast.stmt) -> tuple[Stmt, ...]:
        return ()

    def _do(self, node: ast.Expr) -> tuple[Stmt, ...]:
        value = node.value
        if isinstance(value, ast.Constant) and (isinstance(value.value, str | bytes) or value.value is ...):
            return ()
        return (Do(self.expr(value), node.lineno),)

    def _assign(self, node: ast.Assign) -> tuple[Stmt, ...]:
        targets = tuple([self.expr(one) for one in node.targets])
        return (Assign(targets, self.expr(node.value), None, node.lineno),)

    def _annotated(self, node: ast.AnnAssign) -> tuple[Stmt, ...]:
        given = self.expr(node.value) if node.value else None
        return (Assign((self.expr(node.target),), given, unquoted(self.expr(node.annotation)), node.lineno),)

    def _augmented(self, node: ast.AugAssign) -> tuple[Stmt, ...]:
        return (Assign((self.expr(node.target),), self.expr(node.value), None, node.lineno, OPERATORS[node.op.__class__]),)

    def _return(self, node: ast.Return) -> tuple[Stmt, ...]:
        return (Return(self.expr(node.value) if node.value else None, node.lineno),)

    def _raise(self, node: ast.Raise) -> tuple[Stmt, ...]:
        return (Raise(self.expr(node.exc) if node.exc else None, node.lineno),)

    def _jump(self, node: ast.Break | ast.Continue) -> tuple[Stmt, ...]:
        return (Jump(node.__class__.__name__.lower(), node.lineno),)

    def _delete(self, node: ast.Delete) -> tuple[Stmt, ...]:
        targets = [self.expr(one) for one in node.targets]
        return (Delete((targets[0] if len(targets) == 1 else Seq(tuple(targets)),), node.lineno),)

    def _assert(self, node: ast.Assert) -> tuple[Stmt, ...]:
        return (Do(self.expr(node.test), node.lineno),)

    def _import(self, node: ast.Import) -> tuple[Stmt, ...]:
        return tuple([Import(one.name, None, one.asname, 0, node.lineno) for one in node.names])

    def _import_from(self, node: ast.ImportFrom) -> tuple[Stmt, ...]:
        module = node.module or ""
        return tuple([Import(module, one.name, one.asname, node.level, node.lineno) for one in node.names])

    def _if(self, node: ast.If) -> tuple[Stmt, ...]:
        test, body = self.expr(node.test), self.block(node.body)
        return (If(test, body, self.block(node.orelse), node.lineno),)

    def _for(self, node: ast.For | ast.AsyncFor) -> tuple[Stmt, ...]:
        orelse = self.block(node.orelse)
        return (Loop(self.expr(node.target), self.expr(node.iter), self.block(node.body), orelse, *extent(node)),)

    def _while(self, node: ast.While) -> tuple[Stmt, ...]:
        orelse = self.block(node.orelse)
        return (Loop(None, self.expr(node.test), self.block(node.body), orelse, *extent(node)),)

    def _try(self, node: Any) -> tuple[Stmt, ...]:
        body = self.block(node.body)
        handlers = tuple([self._handler(one) for one in node.handlers])
        orelse = self.block(node.orelse)
        return (Try(body, handlers, orelse, self.block(node.finalbody), node.lineno),)

    def _handler(self, node: ast.ExceptHandler) -> Handler:
        types: tuple[Expr, ...] = ()
        if isinstance(node.type, ast.Tuple):
            types = tuple([self.expr(one.value if isinstance(one, ast.Starred) else one) for one in node.type.elts])
        elif node.type:
            types = (self.expr(node.type),)
        return Handler(types, node.name, self.block(node.body), node.lineno)

    def _with(self, node: ast.With | ast.AsyncWith) -> tuple[Stmt, ...]:
        items = tuple([self.expr(one.context_expr) for one in node.items])
        targets = tuple([self.expr(one.optional_vars) if one.optional_vars else None for one in node.items])
        return (With(items, targets, self.block(node.body), node.__class__ is ast.AsyncWith, *extent(node)),)

    def _match(self, node: ast.Match) -> tuple[Stmt, ...]:
        orelse: tuple[Stmt, ...] = ()
        for case in reversed(node.cases):
            asked = [node.subject] if case is node.cases[0] else []  # it is worked out once, before the first case
            test = Parts(tuple(map(self.expr, [*asked, case.guard] if case.guard else asked)), "Match")
            last = isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None and not (case.guard or asked)
            line = case.pattern.lineno
            while line > 1 and not _CASE.match(self.rows[line - 1]):
                line -= 1
            body = self.block(case.body)
            orelse = body if last else (If(test, body, orelse, line),)
        return orelse


def extent(node: Any) -> tuple[int, int]:
    """The lines of a statement that has a body, without what follows it as `else`."""
    return node.lineno, node.body[-1].end_lineno


_STATEMENTS: dict[type, Callable[[NativeStatements, Any], tuple[Stmt, ...]]] = {
    ast.FunctionDef: lambda reader, node: reader.define(node),
    ast.AsyncFunctionDef: lambda reader, node: reader.define(node),
    ast.ClassDef: lambda reader, node: reader.define_class(node),
    ast.Expr: NativeStatements._do,
    ast.Assign: NativeStatements._assign,
    ast.AnnAssign: NativeStatements._annotated,
    ast.AugAssign: NativeStatements._augmented,
    ast.Return: NativeStatements._return,
    ast.Raise: NativeStatements._raise,
    ast.Break: NativeStatements._jump,
    ast.Continue: NativeStatements._jump,
    ast.Delete: NativeStatements._delete,
    ast.Assert: NativeStatements._assert,
    ast.Import: NativeStatements._import,
    ast.ImportFrom: NativeStatements._import_from,
    ast.If: NativeStatements._if,
    ast.For: NativeStatements._for,
    ast.AsyncFor: NativeStatements._for,
    ast.While: NativeStatements._while,
    ast.Try: NativeStatements._try,
    ast.TryStar: NativeStatements._try,
    ast.With: NativeStatements._with,
    ast.AsyncWith: NativeStatements._with,
    ast.Match: NativeStatements._match,
    ast.Pass: NativeStatements._nothing,
    ast.Global: NativeStatements._nothing,
    ast.Nonlocal: NativeStatements._nothing,
}
"""What is not named (`type X = ...`) is left to libcst."""
