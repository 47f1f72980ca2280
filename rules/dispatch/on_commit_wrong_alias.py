"""TX305: work waits for the commit of another database than the one that the transaction is open on."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Step, Violation, named_database, rule


@rule("TX305")
def on_commit_wrong_alias(analysis: Analysis) -> Iterator[Violation]:
    for handover in analysis.handovers.among(analysis.sites()):
        site, waits_for = handover.site, handover.alias
        opening = analysis.handovers.opened_elsewhere(handover, analysis.contexts)
        if waits_for is None or opening is None:
            continue
        place, subject = analysis.location(site), analysis.written(site)
        here = opening.alias.strip("<>") if opening.alias.startswith("<") else repr(opening.alias)
        there = waits_for.strip("<>") if waits_for.startswith("<") else repr(waits_for)
        yield Violation(
            place,
            analysis.name(site.func),
            f"`{subject}` waits for the database {there}, but the transaction here is open on {here}: it does not wait at all",
            f"name the same database in `{subject}`: {here}",
            subject,
            (
                Step(analysis.place(opening.func, opening.line, opening.text), f"the transaction is opened on {here}"),
                Step(place, f"`{subject}` runs the hook at once, as there is no transaction on {there}"),
            ),
            fix=named_database(site, opening) if handover.argument is not None else None,
        )
