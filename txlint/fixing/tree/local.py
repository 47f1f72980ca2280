"""Edits of one place."""

from __future__ import annotations

import libcst as cst

from txlint.findings import Edit
from txlint.fixing.repairs import Unfixable
from txlint.fixing.tree.names import named
from txlint.fixing.tree.source import Source
from txlint.fixing.tree.statements import after, before, removed, suspends, under
from txlint.project.calls import Site
from txlint.project.model import Func


def removed_call(source: Source, site: Site) -> tuple[Edit, ...]:
    """The statement that a call is, taken out."""
    node = source.call(site.call)
    statement = source.statement(node)
    alone = isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1
    holder = source.parent(node)
    holder = source.parent(holder) if isinstance(holder, cst.Await) else holder
    if not alone or not isinstance(holder, cst.Expr):
        raise Unfixable("the call is no statement of its own")
    return (removed(source, statement),)


def bound_now(source: Source, site: Site, inner: str) -> tuple[Edit, ...]:
    """`partial(f, x)` in the place of `f(x)`, or of `lambda: f(x)`, as the first argument of a call."""
    given = source.call(site.call).args[0].value
    inside = given.body if isinstance(given, cst.Lambda) and not given.params.children else given
    if not isinstance(inside, cst.Call) or "\n" in source.written(given) or inside.lpar or inside.func.lpar:
        raise Unfixable("what is handed over is no plain call")
    if isinstance(given, cst.Lambda) and not isinstance(inside.func, cst.Name | cst.Attribute):
        raise Unfixable("what is handed over is no plain call")
    callee = source.written(inside.func)
    if not inside.args:
        return (source.replace(given, callee),)
    name = named(source, site.func, inner)
    arguments = source.text[source.start(inside.args[0]) : source.end(inside) - 1].strip().removesuffix(",")
    return source.replace(given, f"{name.text}({callee}, {arguments})"), *name.edits


def in_handler(source: Source, line: int, text: str, last: bool) -> tuple[Edit, ...]:
    """A line at the beginning or the end of an `except` block."""
    handler = source.at(cst.ExceptHandler, line)
    body = [one for one in handler.body.body if source.stands_in_block(one)]
    if not body:
        raise Unfixable("the handler has no block of its own")
    first = body[0]
    idle = isinstance(first, cst.SimpleStatementLine) and isinstance(first.body[0], cst.Pass) and len(body) == 1
    if idle and isinstance(first, cst.SimpleStatementLine):
        return (source.replace(first.body[0], text),)
    if not last:
        return (before(source, source.statement(first), text),)
    final = source.statement(body[-1])
    ending = final.body[0] if isinstance(final, cst.SimpleStatementLine) else None
    if isinstance(ending, cst.Return | cst.Continue | cst.Break | cst.Raise):
        raise Unfixable("the handler ends in another way")
    return (after(source, final, [text]),)


def body_under(source: Source, func: Func, line: int, opener: str) -> tuple[Edit, ...]:
    """The body of a `try` under the head of a transaction."""
    node = source.at(cst.Try, line)
    run = [source.statement(one) for one in node.body.body if source.stands_in_block(one)]
    if not run or suspends(run):
        raise Unfixable("the body has no block of its own")
    name = named(source, func, opener)
    return under(source, run, [f"with {name.text}():"]), *name.edits


def called_before(source: Source, site: Site, function: str, argument: str) -> tuple[Edit, ...]:
    """A call on the line above a statement."""
    name = named(source, site.func, function)
    return before(source, source.statement(source.call(site.call)), f"{name.text}({argument})"), *name.edits


def in_class(source: Source, line: int, text: str) -> tuple[Edit, ...]:
    """A line at the beginning of a class, below its docstring."""
    body = source.at(cst.ClassDef, line).body.body
    first = next((one for one in body if source.stands_in_block(one)), None)
    if first is None:
        raise Unfixable("the class has no block of its own")
    if isinstance(first, cst.SimpleStatementLine) and isinstance(first.body[0], cst.Expr):
        return (after(source, first, ["", text]) if len(body) == 1 else after(source, first, [text]),)
    return (source.insert(source.lines(first)[0], f"{source.indent(first)}{text}\n\n"),)
