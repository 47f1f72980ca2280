"""A call in the hands of a function that runs it after the commit."""

from __future__ import annotations

import libcst as cst

from txlint.findings import Edit
from txlint.fixing.repairs import Unfixable, Words
from txlint.fixing.tree.layout import call as laid_out
from txlint.fixing.tree.layout import reindented, width
from txlint.fixing.tree.names import named
from txlint.fixing.tree.source import Source, Sources
from txlint.project.calls import Site
from txlint.project.model import Func


def handed_over(sources: Sources, site: Site, words: Words) -> tuple[Edit, ...]:
    """The edits that hand a call, which is a statement of its own, over until after the commit."""
    source = sources.of(site.func.module.path)
    node = source.call(site.call)
    if not isinstance(source.parent(node), cst.Expr) or node.lpar:
        raise Unfixable("the call is no statement of its own")
    text, edits = instead(source, site.func, node, words)
    return (source.replace(node, text), *edits)


def instead(source: Source, func: Func, node: cst.Call, words: Words) -> tuple[str, tuple[Edit, ...]]:
    """The text that stands in the place of a call, and the edits that make its names known."""
    outer = named(source, func, words.outer)
    indent, unit, limit = source.indent(node), source.tree.default_indent, width(source)
    using = [f"using={words.using}"] if words.using else []
    callee = source.written(node.func)
    if node.func.lpar or "\n" in callee:
        raise Unfixable("what is called is written over several lines")
    if not node.args:
        return laid_out(outer.text, [callee, *using], indent, unit, limit), outer.edits
    inner = named(source, func, words.inner)
    edits = (*outer.edits, *inner.edits)
    if (kept := _as_laid_out(source, node, (outer.text, inner.text, callee), using)) is not None:
        return kept, edits
    if any(source.start(node) <= source.start(one) < source.end(node) for one in source.nodes(cst.Comment)):
        raise Unfixable("the arguments are commented one by one")
    given = [callee, *(_argument(source, one) for one in node.args)]
    bound = f"{inner.text}({', '.join(given)})"
    one_line = f"{outer.text}({', '.join((bound, *using))})"
    if "\n" not in one_line and len(indent) + len(one_line) <= limit:
        return one_line, edits
    bound = laid_out(inner.text, given, indent + unit, unit, limit)
    return laid_out(outer.text, [bound, *using], indent, unit, 0), edits


def _as_laid_out(source: Source, node: cst.Call, names: tuple[str, str, str], using: list[str]) -> str | None:
    """A call whose arguments stand below it, with these as they are, one level deeper; None for any other call."""
    outer, inner, callee = names
    indent, unit = source.indent(node), source.tree.default_indent
    first = source.line(source.row(source.end(node.func)))[1]
    last = source.line(source.row(source.end(node) - 1))[0]
    if first >= last or source.start(node.args[0]) < first or source.text[last : source.end(node)].strip() != ")":
        return None
    if len(node.args) > 1 and source.row(first) + 1 == source.row(last) and "#" not in source.text[first:last]:
        return None  # on one line below the callee, which one more name would not be
    below = reindented(source, first, last, unit)
    text = f"{outer}(\n{indent}{unit}{inner}(\n{indent}{unit}{unit}{callee},\n{below}{indent}{unit})"
    return f"{text}{''.join(f',{chr(10)}{indent}{unit}{one},' for one in using)}\n{indent})"


def _argument(source: Source, arg: cst.Arg) -> str:
    text = source.text[source.start(arg) : source.end(arg)].rstrip().removesuffix(",").rstrip()
    if isinstance(arg.value, cst.GeneratorExp) and not arg.value.lpar:
        text = f"({text})"
    if "\n" in text:
        raise Unfixable("the arguments are laid out in a way that would be lost")
    return text
