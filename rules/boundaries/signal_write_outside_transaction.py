"""TX105: a record is saved without a transaction, and a receiver of its signal writes something that belongs to it."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Severity, Step, Violation, rule, unprotected_receiver


@rule("TX105", severity=Severity.WARNING, opt_in=True, markers=("no-transaction-needed",))
def signal_write_outside_transaction(analysis: Analysis) -> Iterator[Violation]:
    reported = {operation.func for operation in analysis.operations}
    for site in analysis.sites():
        found = unprotected_receiver(site, analysis.contexts, analysis.project) if site.func not in reported else None
        if found is None or not analysis.writing.count(analysis.calls(found.edge.func)):
            continue
        receiver, via = found.edge.func, found.edge.via
        place, subject = analysis.location(site), analysis.written(site)
        name = analysis.name(receiver)
        yield Violation(
            place,
            analysis.name(site.func),
            f"`{subject}` is committed before `{name}` ({via}) writes beside it: if that fails, it stays alone",
            f"put the call into a transaction (`{analysis.opener}`)",
            subject,
            (
                *analysis.way(found.context),
                Step(place, f"`{subject}` commits by itself"),
                Step(analysis.place(receiver, receiver.record.line, receiver.record.name), f"then `{name}` writes"),
            ),
        )
