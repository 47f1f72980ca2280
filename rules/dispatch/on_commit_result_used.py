"""TX314: the result of handing work over is used, but there is none before the commit."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Violation, rule


@rule("TX314")
def on_commit_result_used(analysis: Analysis) -> Iterator[Violation]:
    for handover in analysis.handovers.among(analysis.sites()):
        attribute = analysis.handovers.result_used(handover)
        if attribute is None:
            continue
        site = handover.site
        subject = analysis.written(site)
        yield Violation(
            analysis.location(site),
            analysis.name(site.func),
            f"`{subject}` gives nothing back, as nothing has been sent yet: `.{attribute}` of its result fails",
            "make the id beforehand and pass it on, or store it from inside the hook",
            subject,
        )
