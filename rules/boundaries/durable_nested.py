"""TX115: a durable transaction, which must be the outermost one, where another one is open already."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Step, Violation, open_around, rule


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
                confidence=analysis.confidence(outer),
            )
