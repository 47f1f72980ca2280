"""TX126: a function that demands a transaction is called without one."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Step, Violation, rule


@rule("TX126")
def required_transaction_missing(analysis: Analysis) -> Iterator[Violation]:
    for one in analysis.demands.unmet():
        name, site = analysis.name(one.func), one.context.site
        place = analysis.location(site) if site is not None else analysis.traces.function(one.func)
        yield Violation(
            place,
            analysis.name(site.func if site is not None else one.func),
            f"`{name}` must be called in a transaction, and none is open here",
            f"open one around the call (`{analysis.opener}`)",
            name,
            (
                *analysis.way(one.context),
                Step(analysis.place(one.func, one.line), f"`{name}` says that it needs a transaction"),
            ),
            confidence=analysis.confidence(one.context),
        )
