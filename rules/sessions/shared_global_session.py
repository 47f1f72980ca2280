"""TX214: one session, made once by a module, is committed by several functions."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Step, Violation, rule


@rule("TX214")
def shared_global_session(analysis: Analysis) -> Iterator[Violation]:
    for one in analysis.sharing.of(tuple(analysis.functions())):
        place = analysis.place(one.scope, one.made.line, one.name)
        steps = tuple(Step(analysis.location(end.site), f"`{analysis.name(end.site.func)}` commits it") for end in one.commits)
        yield Violation(
            place,
            analysis.name(one.scope),
            f"the session `{one.name}` is made once for the whole process: its users commit and break each other's work",
            "keep the factory here, and make a session for each piece of work or one for each thread",
            one.name,
            (Step(place, f"`{one.name}` is made here"), *steps[:4]),
            related=steps[4:40],
        )
