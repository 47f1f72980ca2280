"""TX318: a hook is given all of its arguments as one tuple, as a task's `apply_async` wants them and a function does not."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Step, Violation, rule, unpacked


@rule("TX318")
def on_commit_tuple_arguments(analysis: Analysis) -> Iterator[Violation]:
    for handover in analysis.handovers.among(analysis.sites()):
        func = analysis.handovers.gets_one_tuple(handover)
        if func is None:
            continue
        site, name = handover.site, analysis.name(func)
        place, subject = analysis.location(site), analysis.written(site)
        yield Violation(
            place,
            analysis.name(site.func),
            f"after the commit, `{name}` is called with one tuple instead of its arguments, and fails",
            f"pass them one by one: `partial({func.record.name}, ..., ...)`",
            subject,
            (
                Step(place, "the tuple is handed over as the first argument"),
                Step(analysis.place(func, func.record.line, func.record.name), f"`{name}` takes several arguments"),
            ),
            fix=unpacked(site, handover.argument),
        )
