"""The facts of a file by Python's own parser, which takes a tenth of libcst's time.

What it does not take (the grammar of a newer Python, odd line ends), or says less of than libcst, is left to libcst; the facts
are the same either way. It is an optimisation that nothing may depend on.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import unicodedata
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from txlint.facts.native_expressions import OPERATORS, NativeExpressions, Unclear
from txlint.facts.records import (
    Assign,
    Class,
    ClassDef,
    Comment,
    Def,
    Delete,
    Do,
    Expr,
    Function,
    Handler,
    If,
    Import,
    Jump,
    Loop,
    ModuleFacts,
    Param,
    Parts,
    Raise,
    Return,
    Seq,
    Stmt,
    Try,
    With,
)
from txlint.facts.remarks import MAY_HOLD_REMARKS, is_remark

BOM = b"\xef\xbb\xbf"
_SEVERAL_TYPES = re.compile(rb"^(\s*except\b\*?\s*)(\w[\w.]*(?:\s*,\s*\w[\w.]*)+)(\s*:)")
_CASE = re.compile(rb"\s*case\b")


def facts(source: bytes) -> ModuleFacts | None:
    """The facts of a file in UTF-8; None where only libcst can tell."""
    source = source.removeprefix(BOM).replace(b"\r\n", b"\n")
    if b"\r" in source or b"\0" in source or not _written_as_named(source):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            source, tree = _parsed(source)
        return _Reader(source).facts(tree, tuple(_remarks(source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError, Unclear, tokenize.TokenError):
        return None


def _parsed(source: bytes) -> tuple[bytes, ast.Module]:
    """The text that is parsed, and its tree. Around `except A, B` it gets the parentheses that older Pythons want."""
    while True:
        try:
            tree: Any = compile(source, "<source>", "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
            return source, tree
        except SyntaxError as error:
            rows, row = source.split(b"\n"), (error.lineno or 0) - 1
            if "exception types" not in error.msg or not 0 <= row < len(rows):
                raise
            rows[row], changed = _SEVERAL_TYPES.subn(rb"\1(\2)\3", rows[row])
            if not changed:
                raise
            source = b"\n".join(rows)


def _written_as_named(source: bytes) -> bool:
    """Whether no name is written otherwise than Python calls it (a ligature for `fi`)."""
    if source.isascii():
        return True
    try:
        text = source.decode()
    except UnicodeDecodeError:
        return False
    return unicodedata.is_normalized("NFKC", "".join(re.findall(r"\w*[^\W\x00-\x7f]\w*", text)))


def _remarks(source: bytes) -> Iterator[Comment]:
    if MAY_HOLD_REMARKS.search(source):
        rows = source.split(b"\n")
        for token in tokenize.tokenize(io.BytesIO(source).readline):
            if token.type == tokenize.COMMENT and is_remark(token.string):
                row = token.start[0]
                yield Comment(row, token.string, rows[row - 1].lstrip().startswith(b"#"))


class _Reader(NativeExpressions):
    """Builds the records of one file in a single pass over its tree."""

    def __init__(self, source: bytes) -> None:
        super().__init__(source)
        self._functions: list[Function | None] = []
        self._classes: list[Class | None] = []
        self._names: list[str] = []
        self._function, self._owner = 0, -1
        self._generator: list[bool] = []

    def facts(self, tree: ast.Module, remarks: tuple[Comment, ...]) -> ModuleFacts:
        self._functions.append(None)
        self._generator.append(False)
        body = self._block(tree.body)
        self._functions[0] = Function("<module>", "<module>", 1, len(self.source.splitlines()) + 1, (), (), None, body)
        functions = tuple([one for one in self._functions if one is not None])
        return ModuleFacts(functions, tuple([one for one in self._classes if one is not None]), remarks)

    # --- definitions ---------------------------------------------------------------------------------------------------

    def _define(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[Stmt, ...]:
        index = len(self._functions)
        self._functions.append(None)
        decorators = tuple([self.expr(one) for one in node.decorator_list])
        params, returns = self._params(node.args), self.expr(node.returns) if node.returns else None
        outer, owner = self._function, self._owner
        self._function, self._owner = index, -1
        self._names.append(node.name)
        qualname = ".".join(self._names)
        self._names.append("<locals>")
        self._generator.append(False)
        body = self._block(node.body)
        generator = self._generator.pop()
        del self._names[-2:]
        self._function, self._owner = outer, owner
        is_async = node.__class__ is ast.AsyncFunctionDef
        self._functions[index] = Function(
            node.name, qualname, *_extent(node), params, decorators, returns, body, is_async, generator, owner, outer
        )
        return (Def(index),)

    def lambda_(self, node: ast.Lambda) -> int:
        index, line = len(self._functions), node.lineno
        self._functions.append(None)
        params, outer, owner = self._params(node.args), self._function, self._owner
        self._function, self._owner = index, -1
        self._generator.append(False)
        value = self.expr(node.body)
        generator = self._generator.pop()
        self._function, self._owner = outer, owner
        qualname = ".".join((*self._names, "<lambda>"))
        self._functions[index] = Function(
            "<lambda>", qualname, line, line, params, (), None, (Return(value, line),), False, generator, -1, outer
        )
        return index

    def yielded(self) -> None:
        self._generator[-1] = True

    def _define_class(self, node: ast.ClassDef) -> tuple[Stmt, ...]:
        index = len(self._classes)
        self._classes.append(None)
        decorators = tuple([self.expr(one) for one in node.decorator_list])
        bases = tuple([self.expr(one.value if isinstance(one, ast.Starred) else one) for one in node.bases])
        owner, self._owner = self._owner, index
        self._names.append(node.name)
        qualname = ".".join(self._names)
        body = self._block(node.body)
        self._names.pop()
        self._owner = owner
        keywords = tuple(self.arguments([], node.keywords))
        self._classes[index] = Class(node.name, qualname, *_extent(node), bases, keywords, decorators, body, self._function)
        return (ClassDef(index),)

    def _params(self, node: ast.arguments) -> tuple[Param, ...]:
        def one(param: ast.arg, default: ast.expr | None, kind: str) -> Param:
            annotation = self.expr(param.annotation) if param.annotation else None
            return Param(param.arg, annotation, self.expr(default) if default else None, kind)

        plain = [(param, "/") for param in node.posonlyargs] + [(param, "") for param in node.args]
        defaults = (*[None] * (len(plain) - len(node.defaults)), *node.defaults)
        found = [one(param, default, kind) for (param, kind), default in zip(plain, defaults, strict=True)]
        if node.vararg:
            if isinstance(node.vararg.annotation, ast.Starred):
                raise Unclear
            found.append(one(node.vararg, None, "*"))
        found += [one(param, default, "kw") for param, default in zip(node.kwonlyargs, node.kw_defaults, strict=True)]
        if node.kwarg:
            found.append(one(node.kwarg, None, "**"))
        return tuple(found)

    # --- statements ----------------------------------------------------------------------------------------------------

    def _block(self, nodes: list[ast.stmt]) -> tuple[Stmt, ...]:
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
        return (Assign((self.expr(node.target),), given, self.expr(node.annotation), node.lineno),)

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
        test, body = self.expr(node.test), self._block(node.body)
        return (If(test, body, self._block(node.orelse), node.lineno),)

    def _for(self, node: ast.For | ast.AsyncFor) -> tuple[Stmt, ...]:
        orelse = self._block(node.orelse)
        return (Loop(self.expr(node.target), self.expr(node.iter), self._block(node.body), orelse, *_extent(node)),)

    def _while(self, node: ast.While) -> tuple[Stmt, ...]:
        orelse = self._block(node.orelse)
        return (Loop(None, self.expr(node.test), self._block(node.body), orelse, *_extent(node)),)

    def _try(self, node: Any) -> tuple[Stmt, ...]:
        body = self._block(node.body)
        handlers = tuple([self._handler(one) for one in node.handlers])
        orelse = self._block(node.orelse)
        return (Try(body, handlers, orelse, self._block(node.finalbody), node.lineno),)

    def _handler(self, node: ast.ExceptHandler) -> Handler:
        types: tuple[Expr, ...] = ()
        if isinstance(node.type, ast.Tuple):
            types = tuple([self.expr(one.value if isinstance(one, ast.Starred) else one) for one in node.type.elts])
        elif node.type:
            types = (self.expr(node.type),)
        return Handler(types, node.name, self._block(node.body), node.lineno)

    def _with(self, node: ast.With | ast.AsyncWith) -> tuple[Stmt, ...]:
        items = tuple([self.expr(one.context_expr) for one in node.items])
        targets = tuple([self.expr(one.optional_vars) if one.optional_vars else None for one in node.items])
        return (With(items, targets, self._block(node.body), node.__class__ is ast.AsyncWith, *_extent(node)),)

    def _match(self, node: ast.Match) -> tuple[Stmt, ...]:
        subject, orelse = self.expr(node.subject), tuple[Stmt, ...]()
        for case in reversed(node.cases):
            test = Parts((subject, self.expr(case.guard))) if case.guard else subject
            catches_all = isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None and case.guard is None
            line = case.pattern.lineno
            while line > 1 and not _CASE.match(self.rows[line - 1]):
                line -= 1
            body = self._block(case.body)
            orelse = body if catches_all else (If(test, body, orelse, line),)
        return orelse


def _extent(node: Any) -> tuple[int, int]:
    """The lines of a statement that has a body, without what follows it as `else`."""
    return node.lineno, node.body[-1].end_lineno


_STATEMENTS: dict[type, Callable[[_Reader, Any], tuple[Stmt, ...]]] = {
    ast.FunctionDef: _Reader._define,
    ast.AsyncFunctionDef: _Reader._define,
    ast.ClassDef: _Reader._define_class,
    ast.Expr: _Reader._do,
    ast.Assign: _Reader._assign,
    ast.AnnAssign: _Reader._annotated,
    ast.AugAssign: _Reader._augmented,
    ast.Return: _Reader._return,
    ast.Raise: _Reader._raise,
    ast.Break: _Reader._jump,
    ast.Continue: _Reader._jump,
    ast.Delete: _Reader._delete,
    ast.Assert: _Reader._assert,
    ast.Import: _Reader._import,
    ast.ImportFrom: _Reader._import_from,
    ast.If: _Reader._if,
    ast.For: _Reader._for,
    ast.AsyncFor: _Reader._for,
    ast.While: _Reader._while,
    ast.Try: _Reader._try,
    ast.TryStar: _Reader._try,
    ast.With: _Reader._with,
    ast.AsyncWith: _Reader._with,
    ast.Match: _Reader._match,
    ast.Pass: _Reader._nothing,
    ast.Global: _Reader._nothing,
    ast.Nonlocal: _Reader._nothing,
}
"""What is not named (`type X = ...`) is left to libcst."""
