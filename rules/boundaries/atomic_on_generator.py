"""TX113: a transaction put around a generator by a decorator, which ends before the generator begins."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Step, Violation, rule


@rule("TX113")
def atomic_on_generator(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        if not func.record.is_generator or func.record.is_async:
            continue
        for opening, by_decorator in analysis.boundaries.of(func):
            if opening.family != "django" or not by_decorator or opening.within:
                continue
            place, name = analysis.place(func, opening.line, opening.text), analysis.name(func)
            yield Violation(
                place,
                name,
                f"`@{opening.text}` on the generator `{name}` ends before its first statement runs: nothing in it is protected",
                "open the transaction where the generator is consumed, or inside it (`with`)",
                opening.text,
                (
                    Step(place, "calling a generator only makes it: the block is entered and left right then"),
                    Step(analysis.place(func, func.record.line, func.record.name), f"`{name}` runs later, item by item"),
                ),
            )
