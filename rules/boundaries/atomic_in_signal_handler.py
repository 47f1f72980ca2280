"""TX104: a signal receiver opens a transaction of its own, which is a savepoint of its sender's."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Func, Opening, Severity, Step, Violation, rule, without_decorator


@rule("TX104", severity=Severity.INFO)
def atomic_in_signal_handler(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        if not any(entry.kind == "receiver" for entry in analysis.entries(func)):
            continue
        for opening, by_decorator in analysis.boundaries.of(func):
            if opening.family != "django" or opening.boundary == "joining" or _needed(analysis, func, opening):
                continue
            place = analysis.place(func, opening.line, opening.text)
            yield Violation(
                place,
                analysis.name(func),
                f"`{opening.text}` in a signal receiver only adds a savepoint where the sender has a transaction open",
                "let the receiver join the sender's transaction: remove it, or pass `savepoint=False`",
                opening.text,
                (Step(analysis.place(func, func.record.line, func.record.name), "the receiver"), Step(place, "its own block")),
                severity=Severity.WARNING if by_decorator else None,
                fix=without_decorator(func, opening.line) if by_decorator else None,
            )


def _needed(analysis: Analysis, func: Func, opening: Opening) -> bool:
    """The three cases in which the block does something: see the page."""
    sites = [site for site in analysis.calls(func) if opening in site.opened]
    return (
        any(analysis.handling.catches_database_errors(site) for site in sites)
        or any(effect.kind == "row-lock" for site in sites for effect in site.effects)
        or (analysis.writing.several(sites) and any(one.state.status != "open" for one in analysis.contexts.of(opening.func)))
    )
