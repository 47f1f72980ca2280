"""TX304: work is handed over until after a commit that never comes, because the same block then always raises."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Severity, Step, Violation, rule


@rule("TX304", severity=Severity.WARNING)
def on_commit_discarded(analysis: Analysis) -> Iterator[Violation]:
    for handover in analysis.handovers.among(analysis.sites()):
        site = handover.site
        raised = analysis.handovers.rolled_back(handover)
        if raised is None:
            continue
        opening, line = raised
        place, subject = analysis.location(site), analysis.written(site)
        yield Violation(
            place,
            analysis.name(site.func),
            f"`{subject}` waits for a commit that never comes: this path always raises out of the transaction (line {line})",
            "hand it over after the block, or do it outside of any transaction",
            subject,
            (
                Step(analysis.place(opening.func, opening.line, opening.text), f"`{opening.text}` opens the transaction"),
                Step(place, f"`{subject}` registers the hook"),
                Step(analysis.place(site.func, line, "raise"), "the error rolls the transaction back, and drops the hook"),
            ),
        )
