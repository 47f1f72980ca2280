"""TX218: rows are written over a connection of a driver that nothing ever commits."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Severity, Step, Violation, rule


@rule("TX218", severity=Severity.WARNING)
def dbapi_implicit_transaction(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        for one in analysis.drivers.of(func):
            place, name = analysis.location(one.write), analysis.name(func)
            yield Violation(
                place,
                name,
                f"`{name}` never commits `{one.made.name}`: closing it throws away what the driver has not been told to keep",
                f"`{one.made.name}.commit()` at the end, or a connection that commits each statement (`autocommit`)",
                one.made.name,
                (
                    Step(analysis.place(func, one.made.line, one.made.name), f"`{one.made.name}` is connected here"),
                    Step(place, "this is written and never committed"),
                ),
            )
