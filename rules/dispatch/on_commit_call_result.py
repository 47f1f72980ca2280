"""TX308: what is handed over until after the commit has been called already."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Step, Violation, bound, rule


@rule("TX308")
def on_commit_call_result(analysis: Analysis) -> Iterator[Violation]:
    for handover in analysis.handovers.among(analysis.sites()):
        called = analysis.handovers.called_at_once(handover)
        if called is None:
            continue
        site, inner = handover.site, analysis.written(called)
        place, subject = analysis.location(site), analysis.written(site)
        yield Violation(
            place,
            analysis.name(site.func),
            f"`{inner}(...)` is called here, before the commit, and `{subject}` gets its result, which cannot be called",
            f"hand over the function: `{subject}(partial({inner}, ...))`",
            subject,
            (
                Step(analysis.location(called), f"`{inner}` runs at once"),
                Step(place, "the result is no function: this fails, and takes the transaction with it"),
            ),
            fix=bound(analysis, site, handover.argument),
        )
