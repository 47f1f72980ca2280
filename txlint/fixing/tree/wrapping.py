"""Statements under the head of a transaction, written as the module writes it elsewhere."""

from __future__ import annotations

import builtins
from collections import Counter
from collections.abc import Iterator

import libcst as cst

from txlint.facts import records as r
from txlint.findings import Edit
from txlint.fixing.repairs import Unfixable
from txlint.fixing.tree.deferring import instead
from txlint.fixing.tree.layout import Change
from txlint.fixing.tree.names import Named, named
from txlint.fixing.tree.source import Source, Sources, Statement
from txlint.fixing.tree.statements import range_of, suspends, under
from txlint.fixing.wrapping import Block
from txlint.project.calls import Site
from txlint.project.model import Func

_LOOPS = (cst.For, cst.While)


def wrapped(sources: Sources, block: Block) -> tuple[Edit, ...]:
    """The edits that put the run of statements with all steps under a transaction."""
    source = sources.of(block.func.module.path)
    run = range_of(source, [_whole(source, one) for one in block.steps])
    if suspends(run):
        raise Unfixable("control is handed over in between")
    if any(isinstance(one, cst.FunctionDef | cst.ClassDef) for one in run):
        raise Unfixable("a definition stands in between")
    opener = _opener(source, block)
    changes, edits = _sent(source, block, run)
    return (under(source, run, [f"with {opener.text}:"], changes), *opener.edits, *edits)


def _whole(source: Source, site: Site) -> cst.CSTNode:
    """A step, with the outermost loop around it that repeats it."""
    node: cst.CSTNode = source.call(site.call)
    loop = next((one for one in site.loops if isinstance(one, r.Loop)), None)
    if loop is not None:
        loops = (one for one in source.around(node) if isinstance(one, _LOOPS))
        return next((one for one in loops if source.row(source.start(one)) == loop.line), node)
    return node


def _sent(source: Source, block: Block, run: tuple[Statement, ...]) -> tuple[tuple[Change, ...], tuple[Edit, ...]]:
    """What is sent among the statements, handed over until after the commit."""
    changes, edits = [], list[Edit]()
    for site in block.sent:
        node = source.call(site.call)
        if not source.start(run[0]) <= source.start(node) < source.end(run[-1]):
            continue
        if not isinstance(source.parent(node), cst.Expr) or any(one.handlers for one in site.tries):
            raise Unfixable("something is sent in between, and its result is used")
        text, more = instead(source, block.func, node, block.words)
        changes.append(Change(source.start(node), source.end(node), text))
        edits += more
    return tuple(changes), tuple(edits)


def _opener(source: Source, block: Block) -> Named:
    """How the transaction is opened: as in the same module, where that can be written here, else in the plain way."""
    using = block.words.using
    usual = Counter(text for text in _openers(source, block.rows, block.func) if not using)
    if usual:
        return Named(usual.most_common(1)[0][0])
    plain = named(source, block.func, block.opener)
    return Named(f"{plain.text}({f'using={using}' if using else ''})", plain.edits)


def _openers(source: Source, rows: frozenset[int], func: Func) -> Iterator[str]:
    for node in source.nodes(cst.With):
        if source.row(source.start(node)) in rows and len(node.items) == 1 and node.items[0].asname is None:
            item = node.items[0].item
            plain = isinstance(item, cst.Call) and all(one.keyword and one.keyword.value == "using" for one in item.args)
            if plain and all(_is_global(name, func) for name in _names(item)):
                yield source.written(item)


def _names(node: cst.CSTNode) -> Iterator[str]:
    """The names that an expression looks up."""
    match node:
        case cst.Name(value):
            yield value
        case cst.Attribute(value) | cst.Arg(value):
            yield from _names(value)
        case _:
            for child in node.children:
                yield from _names(child)


def _is_global(name: str, func: Func) -> bool:
    binder = func.binder(name)
    return binder is func.module.top or (binder is None and hasattr(builtins, name))
