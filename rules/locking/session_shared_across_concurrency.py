"""TX404: one session is used by several pieces of work at the same time."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Concurrency, Step, Violation, rule


@rule("TX404")
def session_shared_across_concurrency(analysis: Analysis) -> Iterator[Violation]:
    concurrency = Concurrency(analysis.project)
    for func in analysis.functions():
        for found in concurrency.shared(func):
            place, subject = analysis.location(found.site), analysis.written(found.site)
            yield Violation(
                place,
                analysis.name(func),
                f"`{subject}` runs several coroutines on the session `{found.session}`, which only one may use at a time",
                "give each its own session, or await them one after the other",
                subject,
                (Step(place, f"all of them get `{found.session}`"),),
            )
