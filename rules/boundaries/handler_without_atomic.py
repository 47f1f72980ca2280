"""TX102: a method that by the project's own rule must own a transaction writes without one."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Severity, Step, Violation, rule


@rule("TX102", severity=Severity.WARNING, opt_in=True)
def handler_without_atomic(analysis: Analysis) -> Iterator[Violation]:
    reported = {operation.func for operation in analysis.operations}
    for func in analysis.functions():
        if func.cls is None or func.record.name not in analysis.config.require_atomic or func in reported:
            continue
        bare = [site for site in analysis.calls(func) if not any(one.family == "django" for one in site.opened)]
        write = next((site for site in bare if analysis.handling.writes(site)), None)
        contexts = analysis.contexts.of(func)
        if write is None or (contexts and all(one.state.status == "open" for one in contexts)):
            continue
        place, name = analysis.place(func, func.record.line, func.record.name), analysis.name(func)
        yield Violation(
            place,
            name,
            f"`{name}` writes without a transaction of its own, which the configuration asks of `{func.record.name}`",
            f"put its body into a transaction (`{analysis.opener}`)",
            func.record.name,
            (Step(place, "named in `require-atomic`"), Step(analysis.location(write), "this writes")),
        )
