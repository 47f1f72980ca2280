"""TX115: a durable transaction, which must be the outermost one, where another one is open already."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Context, Opening, Step, Violation, open_around, rule


@rule("TX115")
def durable_nested(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        for opening, _ in analysis.boundaries.of(func):
            if opening.boundary != "durable" or opening.within:
                continue
            outer = open_around(opening, func, analysis.calls(func), analysis.contexts)
            if outer is None:
                continue
            place = analysis.place(func, opening.line, opening.text)
            yield Violation(
                place,
                analysis.name(func),
                f"`{opening.text}` must be the outermost block, but a transaction is open here already: Django raises an error",
                "leave out `durable=True`, or call this where no transaction is open",
                opening.text,
                (*analysis.way(outer), Step(place, "the durable block")),
                confidence=Confidence.LOW if _is_itself(outer, opening) else analysis.confidence(outer),
            )


def _is_itself(outer: Context, opening: Opening) -> bool:
    """Whether the block is only open around itself, in a function that ends up in itself: something has to end that."""
    origin = outer.origin
    return isinstance(origin, Opening) and (origin.func, origin.line) == (opening.func, opening.line)
