"""TX707: a receiver that writes says nothing about the transaction that it runs in."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Severity, Violation, rule

_WORD = "transaction"


@rule("TX707", severity=Severity.INFO, opt_in=True)
def undocumented_receiver(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        if (
            not any(entry.kind == "receiver" for entry in analysis.entries(func))
            or _WORD in analysis.traces.places.docstring(func).lower()
        ):
            continue
        written = next((site for site in analysis.calls(func) if analysis.writing.count((site,))), None)
        if written is not None:
            name = analysis.name(func)
            yield Violation(
                analysis.place(func, func.record.line, func.record.name),
                name,
                f"receiver `{name}` writes, and its docstring does not say in which transaction",
                "say in the docstring what happens to the sender's transaction when this fails",
                name,
            )
