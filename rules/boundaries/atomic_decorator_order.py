"""TX111: a transaction is put around a function by a decorator that stands above the one that registers the function."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Step, Violation, moved_down, rule


@rule("TX111")
def atomic_decorator_order(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        receives = any(entry.kind == "receiver" for entry in analysis.entries(func))  # which needs no block of its own
        for opening in analysis.boundaries.too_late(func):
            place, name = analysis.place(func, opening.line, opening.text), analysis.name(func)
            yield Violation(
                place,
                name,
                f"`@{opening.text}` stands above the decorator that registers `{name}`: what is registered runs without it",
                "move it below, directly above `def`",
                opening.text,
                (
                    Step(analysis.place(func, func.record.line, func.record.name), f"`{name}` is registered as it is here"),
                    Step(place, "this wraps only what is left in the module"),
                ),
                fix=None if receives else moved_down(func, opening.line),
            )
