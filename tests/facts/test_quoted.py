"""Annotations that are written as strings."""

from __future__ import annotations

import pytest

from txlint.facts.quoted import unquoted
from txlint.facts.records import Attr, Const, Expr, Item, Name, Parts, Seq

ORDER = Name("Order")


@pytest.mark.parametrize(
    ("annotation", "read"),
    [
        (Const("Order"), ORDER),
        (Const(" Order "), ORDER),
        (Const("shop.models.Order"), Name("shop.models.Order")),
        (Const("list[Order]"), Item(Name("list"), ORDER)),
        (Const("Order | None"), Parts((ORDER, Const(None)), "BitOr")),
        (Const("dict[str, 'Order']"), Item(Name("dict"), Seq((Name("str"), ORDER)))),
        (Item(Name("Optional"), Const("Order")), Item(Name("Optional"), ORDER)),
        (Parts((Const("Order"), Name("int")), "BitOr"), Parts((ORDER, Name("int")), "BitOr")),
        (Const("a[b].c"), Attr(Item(Name("a"), Name("b")), "c")),
        (
            Item(Name("typing.Annotated"), Seq((Const("Order"), Const("a row")))),
            Item(Name("typing.Annotated"), Seq((ORDER, Const("a row")))),
        ),
    ],
)
def test_a_string_is_read_as_what_it_says(annotation: Expr, read: Expr) -> None:
    assert unquoted(annotation) == read


@pytest.mark.parametrize(
    "annotation",
    [
        Const("the order of a customer"),
        Const("order()"),
        Const(""),
        Const("("),
        Const(None),
        Const(3),
        Item(Name("Literal"), Seq((Const("open"), Const("closed")))),
        Const("\0"),
    ],
)
def test_what_is_no_annotation_stays(annotation: Expr) -> None:
    assert unquoted(annotation) == annotation
