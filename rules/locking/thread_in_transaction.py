"""TX405: work in the database is given to another thread while a transaction is open."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Concurrency, Severity, Step, Violation, rule


@rule("TX405", severity=Severity.WARNING)
def thread_in_transaction(analysis: Analysis) -> Iterator[Violation]:
    concurrency = Concurrency(analysis.project)
    for site in analysis.sites():
        func = concurrency.queries_in_thread(site)
        context = analysis.open_at(site) if func is not None else None
        if func is None or context is None:
            continue
        place, subject = analysis.location(site), analysis.written(site)
        yield Violation(
            place,
            analysis.name(site.func),
            f"`{analysis.name(func)}` uses the database in another thread, outside of the transaction that is open here",
            "start it after the commit, or do the work here",
            subject,
            (
                *analysis.way(context),
                Step(place, f"`{subject}` hands it to another thread, which has a connection of its own"),
                Step(analysis.place(func, func.record.line, func.record.name), "it does not see what is not committed yet"),
            ),
            confidence=analysis.confidence(context),
        )
