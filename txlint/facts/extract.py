"""The facts of a file by libcst, which takes the code of any Python 3. The tree dies here."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import libcst as cst

from txlint.errors import NotAnalysed
from txlint.facts.expressions import ExpressionReader
from txlint.facts.parsing import parse
from txlint.facts.positions import Lines
from txlint.facts.quoted import unquoted
from txlint.facts.records import (
    Assign,
    Class,
    ClassDef,
    Comment,
    Const,
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
    Stmt,
    Try,
    With,
)
from txlint.facts.remarks import is_remark


def extract(source: bytes) -> ModuleFacts:
    """The facts of one file. Raises NotAnalysed with the reason and the place where it cannot be read as Python."""
    tree = parse(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Of strings that hold an escape that is none.
            return _Extractor(tree).facts(tree, len(source.splitlines()) + 1)
    except RecursionError:
        raise NotAnalysed("nested too deeply to analyse") from None


class _Extractor(ExpressionReader):
    """Builds the records of one file in a single pass over its tree."""

    def __init__(self, tree: cst.Module) -> None:
        super().__init__(Lines(tree))
        self._functions: list[Function | None] = []
        self._classes: list[Class | None] = []
        self._names: list[str] = []
        self._function, self._owner = 0, -1
        self._generator: list[bool] = []

    def facts(self, tree: cst.Module, end: int) -> ModuleFacts:
        self._functions.append(None)
        self._generator.append(False)
        body = self._statements(tree.body)
        module = Function("<module>", "<module>", 1, end, (), (), None, body)
        self._functions[0] = module
        comments = tuple(Comment(line, text, alone) for line, text, alone in self.lines.comments if is_remark(text))
        functions = tuple(one for one in self._functions if one is not None)
        return ModuleFacts(functions, tuple(one for one in self._classes if one is not None), comments)

    # --- definitions ---------------------------------------------------------------------------------------------------

    def _define(self, node: cst.FunctionDef) -> tuple[Stmt, ...]:
        index = len(self._functions)
        self._functions.append(None)
        decorators = tuple(self.expr(one.decorator) for one in node.decorators)
        params, returns = self._params(node.params), unquoted(self.expr(node.returns.annotation)) if node.returns else None
        outer, owner = self._function, self._owner
        self._function, self._owner = index, -1
        self._names.append(node.name.value)
        qualname = ".".join(self._names)
        self._names.append("<locals>")
        self._generator.append(False)
        body = self._block(node.body)
        generator = self._generator.pop()
        del self._names[-2:]
        self._function, self._owner = outer, owner
        self._functions[index] = Function(
            node.name.value,
            qualname,
            *self._extent(node),
            params,
            decorators,
            returns,
            body,
            node.asynchronous is not None,
            generator,
            owner,
            outer,
        )
        return (Def(index),)

    def lambda_(self, node: cst.Lambda) -> int:
        """Record a lambda as a function whose body returns its expression; gives its place."""
        index, line = len(self._functions), self.lines.start[id(node)]
        self._functions.append(None)
        params, outer, owner = self._params(node.params), self._function, self._owner
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
        """Remember that the function being read is a generator."""
        self._generator[-1] = True

    def _define_class(self, node: cst.ClassDef) -> tuple[Stmt, ...]:
        index = len(self._classes)
        self._classes.append(None)
        decorators = tuple(self.expr(one.decorator) for one in node.decorators)
        bases = tuple(self.expr(one.value) for one in node.bases)
        owner, self._owner = self._owner, index
        self._names.append(node.name.value)
        qualname = ".".join(self._names)
        body = self._block(node.body)
        self._names.pop()
        self._owner = owner
        self._classes[index] = Class(
            node.name.value,
            qualname,
            *self._extent(node),
            bases,
            tuple(self.arg(one) for one in node.keywords),
            decorators,
            body,
            self._function,
        )
        return (ClassDef(index),)

    def _params(self, node: cst.Parameters) -> tuple[Param, ...]:
        def one(param: cst.Param, kind: str) -> Param:
            annotation = unquoted(self.expr(param.annotation.annotation)) if param.annotation else None
            return Param(param.name.value, annotation, self.expr(param.default) if param.default else None, kind)

        found = [one(param, "/") for param in node.posonly_params] + [one(param, "") for param in node.params]
        if isinstance(node.star_arg, cst.Param):
            found.append(one(node.star_arg, "*"))
        found += [one(param, "kw") for param in node.kwonly_params]
        if node.star_kwarg:
            found.append(one(node.star_kwarg, "**"))
        return tuple(found)

    # --- statements ----------------------------------------------------------------------------------------------------

    def _block(self, node: cst.BaseSuite) -> tuple[Stmt, ...]:
        return self._statements(node.body)

    def _statements(self, nodes: Any) -> tuple[Stmt, ...]:
        found: list[Stmt] = []
        for node in nodes:
            if isinstance(node, cst.SimpleStatementLine):
                for small in node.body:
                    found += self._small(small, self.lines.start[id(small)])
            elif isinstance(node, cst.BaseSmallStatement):
                found += self._small(node, self.lines.start[id(node)])
            else:
                found += _COMPOUND[node.__class__](self, node)
        return tuple(found)

    def _small(self, node: cst.BaseSmallStatement, line: int) -> tuple[Stmt, ...]:
        match node:
            case cst.Expr(value=cst.SimpleString() | cst.Ellipsis()):
                return ()
            case cst.Expr(value=cst.ConcatenatedString() as value) if isinstance(self.expr(value), Const):
                return ()
            case cst.Expr(value=value):
                return (Do(self.expr(value), line),)
            case cst.Assign():
                targets = tuple(self.expr(one.target) for one in node.targets)
                return (Assign(targets, self.expr(node.value), None, line),)
            case cst.AnnAssign():
                given = self.expr(node.value) if node.value else None
                return (Assign((self.expr(node.target),), given, unquoted(self.expr(node.annotation.annotation)), line),)
            case cst.AugAssign():
                operator = node.operator.__class__.__name__.removesuffix("Assign")
                return (Assign((self.expr(node.target),), self.expr(node.value), None, line, operator),)
            case cst.Return():
                return (Return(self.expr(node.value) if node.value else None, line),)
            case cst.Raise():
                return (Raise(self.expr(node.exc) if node.exc else None, line),)
            case cst.Break() | cst.Continue():
                return (Jump(node.__class__.__name__.lower(), line),)
            case cst.Del():
                return (Delete((self.expr(_deleted(node.target)),), line),)
            case cst.Assert():
                return (Do(self.expr(node.test), line),)
            case cst.Import() | cst.LazyImport():
                return tuple(Import(_dotted(one.name), None, _alias(one), 0, line) for one in node.names)
            case cst.ImportFrom() | cst.LazyImportFrom():
                return self._import_from(node, line)
        return ()

    def _import_from(self, node: cst.ImportFrom | cst.LazyImportFrom, line: int) -> tuple[Stmt, ...]:
        module, level = _dotted(node.module) if node.module else "", len(node.relative)
        if isinstance(node.names, cst.ImportStar):
            return (Import(module, "*", None, level, line),)
        return tuple(Import(module, _dotted(one.name), _alias(one), level, line) for one in node.names)

    def _if(self, node: cst.If) -> tuple[Stmt, ...]:
        orelse: tuple[Stmt, ...] = ()
        test, body = self.expr(node.test), self._block(node.body)
        if isinstance(node.orelse, cst.If):
            orelse = self._if(node.orelse)
        elif node.orelse:
            orelse = self._block(node.orelse.body)
        return (If(test, body, orelse, self.lines.start[id(node)]),)

    def _for(self, node: cst.For) -> tuple[Stmt, ...]:
        orelse = self._block(node.orelse.body) if node.orelse else ()
        return (Loop(self.expr(node.target), self.expr(node.iter), self._block(node.body), orelse, *self._extent(node)),)

    def _while(self, node: cst.While) -> tuple[Stmt, ...]:
        orelse = self._block(node.orelse.body) if node.orelse else ()
        return (Loop(None, self.expr(node.test), self._block(node.body), orelse, *self._extent(node)),)

    def _try(self, node: cst.Try | cst.TryStar) -> tuple[Stmt, ...]:
        body = self._block(node.body)
        handlers = tuple(self._handler(one) for one in node.handlers)
        orelse = self._block(node.orelse.body) if node.orelse else ()
        final = self._block(node.finalbody.body) if node.finalbody else ()
        return (Try(body, handlers, orelse, final, self.lines.start[id(node)]),)

    def _handler(self, node: cst.ExceptHandler | cst.ExceptStarHandler) -> Handler:
        types: tuple[Expr, ...] = ()
        if isinstance(node.type, cst.Tuple):
            types = tuple(self.expr(one.value) for one in node.type.elements)
        elif node.type:
            types = (self.expr(node.type),)
        name = node.name.name.value if node.name and isinstance(node.name.name, cst.Name) else None
        return Handler(types, name, self._block(node.body), self.lines.start[id(node)])

    def _with(self, node: cst.With) -> tuple[Stmt, ...]:
        items = tuple(self.expr(one.item) for one in node.items)
        targets = tuple(self.expr(one.asname.name) if one.asname else None for one in node.items)
        line, end = self._extent(node)
        return (With(items, targets, self._block(node.body), node.asynchronous is not None, line, end),)

    def _match(self, node: cst.Match) -> tuple[Stmt, ...]:
        orelse: tuple[Stmt, ...] = ()
        for case in reversed(node.cases):
            asked = [node.subject] if case is node.cases[0] else []  # it is worked out once, before the first case
            test = Parts(tuple(map(self.expr, [*asked, case.guard] if case.guard else asked)), "Match")
            last = isinstance(case.pattern, cst.MatchAs) and case.pattern.pattern is None and not (case.guard or asked)
            body = self._block(case.body)
            orelse = body if last else (If(test, body, orelse, self.lines.start[id(case)]),)
        return orelse

    def _extent(self, node: Any) -> tuple[int, int]:
        start = self.lines.start[id(node)]
        return start, self.lines.end[id(node.body)]


_COMPOUND: dict[type, Callable[[_Extractor, Any], tuple[Stmt, ...]]] = {
    cst.FunctionDef: _Extractor._define,
    cst.ClassDef: _Extractor._define_class,
    cst.If: _Extractor._if,
    cst.For: _Extractor._for,
    cst.While: _Extractor._while,
    cst.Try: _Extractor._try,
    cst.TryStar: _Extractor._try,
    cst.With: _Extractor._with,
    cst.Match: _Extractor._match,
}


def _deleted(target: cst.BaseDelTargetExpression) -> cst.BaseExpression:
    """What `del` deletes; a comma behind one name alone makes no tuple of it."""
    alone = isinstance(target, cst.Tuple) and len(target.elements) == 1 and not target.lpar
    return target.elements[0].value if alone and isinstance(target, cst.Tuple) else target


def _dotted(node: Any) -> str:
    parts = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    return ".".join((node.value, *reversed(parts)))


def _alias(node: cst.ImportAlias) -> str | None:
    return _dotted(node.asname.name) if node.asname else None
