"""TX607: an error handler undoes by hand what the rollback of the same transaction undoes anyway."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Severity, Site, Step, Violation, rule


@rule("TX607", severity=Severity.WARNING)
def compensation_in_same_transaction(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        for found in analysis.undone(func):
            by = found.by
            text = analysis.written(by) if isinstance(by, Site) else by.text
            where = analysis.location(by) if isinstance(by, Site) else analysis.place(func, by.line, by.text)
            yield _violation(analysis, found.site, (Step(where, f"`{text}` rolls everything back"),))
    for site in analysis.sites():
        context = analysis.open_at(site) if site.handlers else None
        writer = analysis.handling.lost(site, context) if context is not None else None
        if context is not None and writer is site and any(one.entry.removes for one in site.effects):
            handler = Step(analysis.place(site.func, site.handlers[-1].line, "except"), "this handler raises, which rolls back")
            yield _violation(analysis, site, (*analysis.way(context), handler), Confidence.LOW)


def _violation(analysis: Analysis, site: Site, steps: tuple[Step, ...], confidence: Confidence = Confidence.HIGH) -> Violation:
    place, subject = analysis.location(site), analysis.written(site)
    return Violation(
        place,
        analysis.name(site.func),
        f"`{subject}` undoes by hand what the rollback of the same transaction undoes anyway",
        "leave it to the rollback; undo by hand only what the transaction does not cover",
        subject,
        (*steps, Step(place, "so this changes nothing, and can fail in a transaction that is broken already")),
        confidence=confidence,
    )
