"""TX307: a hook waits for a commit where no transaction is ever open."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Severity, Step, Violation, rule


@rule("TX307", severity=Severity.INFO, opt_in=True)
def on_commit_without_transaction(analysis: Analysis) -> Iterator[Violation]:
    for handover in analysis.handovers.among(analysis.sites()):
        site = handover.site
        contexts = analysis.contexts.at(site)
        known = [one for one in contexts if one.entry is not None and one.state.kind in ("view", "task", "command", "consumer")]
        if not known or any(one.state.status != "none" for one in contexts) or len(known) < len(contexts):
            continue
        place, subject = analysis.location(site), analysis.written(site)
        yield Violation(
            place,
            analysis.name(site.func),
            f"`{subject}` runs its hook at once: no transaction is open here on any known way",
            "open the transaction that the hook is to wait for, or call the function",
            subject,
            (*analysis.way(known[0]), Step(place, "there is no commit to wait for")),
        )
