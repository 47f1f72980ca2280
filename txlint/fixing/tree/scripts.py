"""SQL in string literals."""

from __future__ import annotations

import re

import libcst as cst

from txlint.findings import Edit
from txlint.fixing.repairs import Unfixable
from txlint.fixing.tree.names import named
from txlint.fixing.tree.source import Source
from txlint.fixing.tree.statements import rows, suspends, under
from txlint.project.calls import Site

_BEGIN = re.compile(r"\s*(begin|start\s+transaction)(\s+(transaction|work))?\s*;[ \t]*\n?", re.I)
_COMMIT = re.compile(r"(?<=;)\s*?(\n[ \t]*)?(commit|end)(\s+(transaction|work))?[ \t]*(;|(?=\s*$))", re.I)


def without_brackets(source: Source, row: int) -> tuple[Edit, ...]:
    """The script of a call on a line without the statements that begin and end a transaction."""
    found = [one for one in source.nodes(cst.SimpleString) if _begins(one)]
    calls = [one for one in source.nodes(cst.Call) if source.row(source.end(one.func) - 1) == row]
    inside = [one for one in found if any(source.start(call) < source.start(one) < source.end(call) for call in calls)]
    if len(inside) != 1:
        raise Unfixable("the script is not written as one string")
    begins = source.start(inside[0]) + len(inside[0].prefix) + len(inside[0].quote)
    text = inside[0].raw_value
    first, last = _BEGIN.match(text), next(reversed([*_COMMIT.finditer(text)]), None)
    if first is None or last is None or text[last.end() :].strip():
        raise Unfixable("the script goes on after its end")
    leading = text[: len(text) - len(text.lstrip("\n"))] if text.startswith("\n") else ""
    return (
        source.edit(begins, begins + first.end(), leading),
        source.edit(begins + last.start(), begins + last.end(), ""),
    )


def rest_outside(source: Source, site: Site, gives: str, method: str) -> tuple[Edit, ...]:
    """The statements after a call in its block under a `with`, which takes the place, and the comment, of the call."""
    statement = source.statement(source.call(site.call))
    block = source.block(statement)
    rest = block[next(at for at, one in enumerate(block) if one is statement) + 1 :]
    if not rest or suspends(rest):
        raise Unfixable("nothing comes after it")
    name, (start, end) = named(source, site.func, gives), rows(source, [statement])
    comment = source.text[source.end(source.call(site.call)) : end].strip()
    head = f"with {name.text}().{method}():{'  ' if comment else ''}{comment}"
    return source.edit(start, end, ""), under(source, rest, [head]), *name.edits


def _begins(node: cst.SimpleString) -> bool:
    return _BEGIN.match(node.raw_value) is not None
