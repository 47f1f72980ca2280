"""Calls that keep their place and change in part."""

from __future__ import annotations

import libcst as cst

from txlint.facts import records as r
from txlint.findings import Edit
from txlint.fixing.repairs import Unfixable
from txlint.fixing.tree.source import Source, Sources
from txlint.project.calls import Site


def renamed(sources: Sources, site: Site, method: str) -> tuple[Edit, ...]:
    """Another method of the same object."""
    source = sources.of(site.func.module.path)
    func = source.call(site.call).func
    if not isinstance(func, cst.Attribute):
        raise Unfixable("the method is not written as one")
    return (source.replace(func.attr, method),)


def with_keyword(source: Source, node: cst.Call, name: str, value: str) -> Edit:
    """A keyword argument after the others."""
    if not node.args:
        return source.insert(source.end(node) - 1, f"{name}={value}")
    last = node.args[-1]
    end, close = source.end(last), source.end(node) - 1
    rest = source.text[end:close]
    if "\n" in rest:
        indent = source.indent(last)
        if "#" in rest:
            raise Unfixable("the arguments are commented one by one")
        comma = "" if rest.lstrip().startswith(",") else ","
        at = end + rest.index(",") + 1 if not comma else end
        return source.insert(at, f"{comma}\n{indent}{name}={value},")
    return source.edit(end, close, f", {name}={value}")


def without_tuple(source: Source, call: r.Call) -> tuple[Edit, ...]:
    """The items of the tuple that a call gets as its last argument, as arguments of their own."""
    given = source.call(call).args[-1]
    node = given.value
    if not isinstance(node, cst.Tuple) or len(node.lpar) != 1 or given.keyword or given.star or "#" in source.written(node):
        raise Unfixable("the arguments are not written as a tuple")
    inside = source.text[source.start(node.elements[0]) : source.end(node.elements[-1].value)]
    return (source.edit(source.start(node.lpar[0]), source.end(node.rpar[0]), inside),)
