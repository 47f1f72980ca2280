"""TX311: a message to a queue in the database itself is put off until after the commit."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Hooks, Severity, Step, Violation, rule


@rule("TX311", severity=Severity.INFO, opt_in=True)
def transactional_queue_deferred(analysis: Analysis) -> Iterator[Violation]:
    hooks = Hooks(analysis.project, analysis.handovers, analysis.queues)
    for handover in analysis.handovers.among(analysis.sites()):
        if not hooks.weakened(handover):
            continue
        place, subject = analysis.location(handover.site), analysis.written(handover.site)
        yield Violation(
            place,
            analysis.name(handover.site.func),
            f"`{subject}` puts off a message to a queue of the same database: a crash after the commit loses it",
            "send it inside the transaction, with which it is committed or rolled back",
            subject,
            (Step(place, "the message is stored after the commit, in a transaction of its own"),),
        )
