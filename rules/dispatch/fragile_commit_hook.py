"""TX313: a commit hook that can fail takes the later ones of its transaction with it."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Hooks, Severity, Step, Violation, rule


@rule("TX313", severity=Severity.INFO, opt_in=True)
def fragile_commit_hook(analysis: Analysis) -> Iterator[Violation]:
    hooks = Hooks(analysis.project, analysis.handovers, analysis.queues)
    for func in analysis.functions():
        for found in hooks.fragile(func):
            place, subject = analysis.location(found.hook.site), analysis.written(found.hook.site)
            yield Violation(
                place,
                analysis.name(func),
                f"`{subject}` talks to another machine after the commit: when that fails, the hooks after it never run",
                "hand it over last, or let it fail alone (`robust=True`)",
                subject,
                (
                    Step(place, "this hook runs first"),
                    Step(analysis.location(found.remote), "it can fail here"),
                    Step(analysis.location(found.lost.site), "this one is lost then"),
                ),
            )
