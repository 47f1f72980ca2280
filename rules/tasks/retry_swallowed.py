"""TX503: an error handler keeps a task from being retried."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Step, Violation, reraised, rule


@rule("TX503")
def retry_swallowed(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        policy = analysis.retries.of(func)
        for handler, site in analysis.retries.swallowed(policy) if policy else ():
            name = analysis.name(func)
            place = analysis.place(func, handler.line, "except")
            if site is not None:
                asked = Step(
                    analysis.location(site), f"`{analysis.written(site)}` raises an exception that asks for another run,"
                )
            else:
                assert policy is not None
                asked = Step(analysis.decorator(func, policy.decorator), f"`{policy.retries}` has errors run the task again,")
            yield Violation(
                place,
                name,
                f"`{name}` is never run again after an error: this handler catches every exception and passes none on",
                "let the exception through: catch only what is expected, or end the handler with `raise`",
                policy.runs_again if policy else "",
                (asked, Step(place, "which ends here")),
                fix=reraised(func, handler),
            )
