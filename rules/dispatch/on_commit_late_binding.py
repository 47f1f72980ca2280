"""TX306: a function handed over until after the commit uses a name that means something else by then."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Severity, Step, Violation, bound, late_name, rule


@rule("TX306")
def on_commit_late_binding(analysis: Analysis) -> Iterator[Violation]:
    for handover in analysis.handovers.among(analysis.sites()):
        late = late_name(handover, analysis.contexts)
        if late is None:
            continue
        site = handover.site
        place, subject = analysis.location(site), analysis.written(site)
        why = "every hook gets the last one of the loop" if late.looped else f"line {late.line} gives it another value first"
        changed = "has another value in every round" if late.looped else "gets another value"
        yield Violation(
            place,
            analysis.name(site.func),
            f"`{late.name}` is looked up when the hook runs, after the commit: {why}",
            f"bind it now: `partial(..., {late.name})`",
            f"{subject}({late.name})",
            (
                Step(place, f"the hook is handed over here, and keeps the name `{late.name}`, not its value"),
                Step(analysis.place(site.func, late.line, late.name), f"`{late.name}` {changed} before the transaction ends"),
            ),
            severity=None if late.looped else Severity.WARNING,
            confidence=Confidence.HIGH if late.looped and late.certain else Confidence.MEDIUM,
            fix=bound(analysis, site, handover.argument),
        )
