"""The facts of a file by Python's own parser, which takes a tenth of libcst's time.

What it does not take (the grammar of a newer Python, odd line ends), or says less of than libcst, is left to libcst; the facts
are the same either way. It is an optimisation that nothing may depend on.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
import unicodedata
import warnings
from collections.abc import Iterator
from typing import Any

from txlint.facts.native_expressions import Unclear
from txlint.facts.native_statements import NativeStatements, extent
from txlint.facts.quoted import unquoted
from txlint.facts.records import (
    Class,
    ClassDef,
    Comment,
    Def,
    Function,
    ModuleFacts,
    Param,
    Return,
    Stmt,
)
from txlint.facts.remarks import MAY_HOLD_REMARKS, is_remark

BOM = b"\xef\xbb\xbf"
_SEVERAL_TYPES = re.compile(rb"^(\s*except\b\*?\s*)(\w[\w.]*(?:\s*,\s*\w[\w.]*)+)(\s*:)")

_STRING_OR_COMMENT = re.compile(
    rb"""\"{3}(?:[^"\\]|\\.|"(?!""))*+\"{3}|'{3}(?:[^'\\]|\\.|'(?!''))*+'{3}"""
    rb"""|"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'|\#[^\n]*""",
    re.DOTALL,
)
_FORMATTED = re.compile(rb"\b(?:[fF][rR]?|[rR][fF])[\"']")
_NESTS_QUOTES = sys.version_info >= (3, 12)
"""Whether a formatted string may hold its own quotes, as in f"{prices["net"]}"."""


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
    rows = "\n".join([row for row in text.split("\n") if not row.isascii()])
    return unicodedata.is_normalized("NFKC", "".join(re.findall(r"\w*[^\W\x00-\x7f]\w*", rows)))


def _remarks(source: bytes) -> Iterator[Comment]:
    if MAY_HOLD_REMARKS.search(source):
        rows = source.split(b"\n")
        for row, text in (tokenized if _NESTS_QUOTES and _FORMATTED.search(source) else scanned)(source):
            if is_remark(text):
                yield Comment(row, text, rows[row - 1].lstrip().startswith(b"#"))


def tokenized(source: bytes) -> Iterator[tuple[int, str]]:
    """The comments of a file that Python takes, each with its row. Raises tokenize.TokenError."""
    tokens = tokenize.tokenize(io.BytesIO(source).readline)
    return ((token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT)


def scanned(source: bytes) -> Iterator[tuple[int, str]]:
    """The same in a tenth of the time, where no quotes of a string are nested in it."""
    row, seen = 1, 0
    for found in _STRING_OR_COMMENT.finditer(source):
        if found[0][:1] == b"#":
            row, seen = row + source.count(b"\n", seen, found.start()), found.start()
            yield row, found[0].decode()


class _Reader(NativeStatements):
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
        body = self.block(tree.body)
        self._functions[0] = Function("<module>", "<module>", 1, len(self.source.splitlines()) + 1, (), (), None, body)
        functions = tuple([one for one in self._functions if one is not None])
        return ModuleFacts(functions, tuple([one for one in self._classes if one is not None]), remarks)

    # --- definitions ---------------------------------------------------------------------------------------------------

    def define(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[Stmt, ...]:
        index = len(self._functions)
        self._functions.append(None)
        decorators = tuple([self.expr(one) for one in node.decorator_list])
        params, returns = self._params(node.args), unquoted(self.expr(node.returns)) if node.returns else None
        outer, owner = self._function, self._owner
        self._function, self._owner = index, -1
        self._names.append(node.name)
        qualname = ".".join(self._names)
        self._names.append("<locals>")
        self._generator.append(False)
        body = self.block(node.body)
        generator = self._generator.pop()
        del self._names[-2:]
        self._function, self._owner = outer, owner
        is_async = node.__class__ is ast.AsyncFunctionDef
        self._functions[index] = Function(
            node.name, qualname, *extent(node), params, decorators, returns, body, is_async, generator, owner, outer
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

    def define_class(self, node: ast.ClassDef) -> tuple[Stmt, ...]:
        index = len(self._classes)
        self._classes.append(None)
        decorators = tuple([self.expr(one) for one in node.decorator_list])
        bases = tuple([self.expr(one.value if isinstance(one, ast.Starred) else one) for one in node.bases])
        owner, self._owner = self._owner, index
        self._names.append(node.name)
        qualname = ".".join(self._names)
        body = self.block(node.body)
        self._names.pop()
        self._owner = owner
        keywords = tuple(self.arguments([], node.keywords))
        self._classes[index] = Class(node.name, qualname, *extent(node), bases, keywords, decorators, body, self._function)
        return (ClassDef(index),)

    def _params(self, node: ast.arguments) -> tuple[Param, ...]:
        def one(param: ast.arg, default: ast.expr | None, kind: str) -> Param:
            annotation = unquoted(self.expr(param.annotation)) if param.annotation else None
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
