"""TX109: in a project with several databases, a transaction or hook does not say which one it is about."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Func, Severity, Step, Violation, rule


@rule("TX109", severity=Severity.INFO, opt_in=True)
def implicit_database_alias(analysis: Analysis) -> Iterator[Violation]:
    if not analysis.config.require_using or len(analysis.project.settings.databases) < 2:
        return
    for func in analysis.functions():
        for opening, _ in analysis.boundaries.of(func):
            if opening.family == "django" and opening.func is func and not opening.within and opening.alias == "default":
                yield from _violation(analysis, func, opening.line, opening.text)
        for handover in analysis.handovers.among(analysis.calls(func)):
            if handover.alias == "default":
                yield from _violation(analysis, func, handover.site.line, analysis.written(handover.site))


def _violation(analysis: Analysis, func: Func, line: int, text: str) -> Iterator[Violation]:
    if "default" in analysis.traces.places.line(func.module.path, line).casefold():
        return  # named, as a literal or as the constant
    place = analysis.place(func, line, text)
    yield Violation(
        place,
        analysis.name(func),
        f"`{text}` does not say which database it is about: it means the default one",
        "name the database: `using=...`",
        text,
        (Step(place, "the default database is meant"),),
    )
