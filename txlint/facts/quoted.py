"""Annotations that are written as strings, read as what they say."""

from __future__ import annotations

import ast
from functools import lru_cache

from txlint.facts.records import Attr, Const, Expr, Item, Name, Parts, Seq

_TEXTS = ("Literal", "Annotated")
"""Last names of what takes strings that are no annotations: after its first argument, or all of them."""


def unquoted(annotation: Expr) -> Expr:
    """An annotation with the strings in it read as annotations; one that is none stays a string."""
    match annotation:
        case Const(str() as text):
            return _read(text) or annotation
        case Item(Name(path), Seq((first, *rest))) if path.endswith(_TEXTS[1]):
            return Item(annotation.value, Seq((unquoted(first), *rest)))
        case Item(value, key) if not (isinstance(value, Name) and value.path.endswith(_TEXTS)):
            return Item(value, unquoted(key))
        case Seq(items):
            return Seq(tuple(map(unquoted, items)))
        case Parts(items, "BitOr"):
            return Parts(tuple(map(unquoted, items)), "BitOr")
    return annotation


@lru_cache(4096)
def _read(text: str) -> Expr | None:
    try:
        return _record(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # a text that is no annotation
        return None


def _record(node: ast.expr) -> Expr:
    """The record of what may stand in an annotation. Raises ValueError for anything else."""
    match node:
        case ast.Name(name):
            return Name(name)
        case ast.Attribute(value, name):
            owner = _record(value)
            return Name(f"{owner.path}.{name}") if isinstance(owner, Name) else Attr(owner, name)
        case ast.Subscript(value, key):
            return unquoted(Item(_record(value), _record(key)))
        case ast.Tuple(items) | ast.List(items):
            return Seq(tuple(map(_record, items)))
        case ast.BinOp(left, ast.BitOr(), right):
            return Parts((_record(left), _record(right)), "BitOr")
        case ast.Constant(None | str() | bool() as value):
            return Const(value)
    raise ValueError("not an annotation")
