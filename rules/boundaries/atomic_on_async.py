"""TX112: Django's transactions in an async function, which they do not work in."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Step, Violation, rule


@rule("TX112")
def atomic_on_async(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        if not func.record.is_async:
            continue
        for opening, by_decorator in analysis.boundaries.of(func):
            if opening.family != "django" or opening.within:
                continue  # an opener of the project may bring its own thread
            place, name = analysis.place(func, opening.line, opening.text), analysis.name(func)
            what = "is left before the first `await`" if by_decorator else "cannot be entered while an event loop runs"
            yield Violation(
                place,
                name,
                f"`{opening.text}` in the async function `{name}`: it {what}, so nothing in here is protected",
                "move the block into a plain function and call that with `sync_to_async`",
                opening.text,
                (Step(analysis.place(func, func.record.line, name), f"`{name}` is async"), Step(place, "its block")),
            )
