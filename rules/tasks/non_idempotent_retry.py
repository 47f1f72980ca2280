"""TX501: a task that is run again when it fails adds a row once more each time."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Func, RetryPolicy, Severity, Step, Violation, rule


@rule("TX501", severity=Severity.WARNING, markers=("idempotent",))
def non_idempotent_retry(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        policy = analysis.retries.of(func)
        if policy is None:
            continue
        yield from _made_again(analysis, func, policy)
        for one in analysis.redeliveries.of(policy):
            name, place = analysis.name(func), analysis.decorator(func, one.policy.decorator)
            yield Violation(
                place,
                name,
                f"`{name}` is run again when it fails (`{one.policy.runs_again}`), and adds another row each time",
                "take the identity of the row from the caller and look it up first, or write it as an upsert",
                analysis.written(one.site),
                (
                    Step(place, "it is run again after an error"),
                    Step(analysis.location(one.adds), f"`{analysis.written(one.adds)}` adds a row, which is then committed"),
                    Step(analysis.location(one.later), f"`{analysis.written(one.later)}` can still fail after that"),
                ),
                confidence=Confidence.MEDIUM,
            )


def _made_again(analysis: Analysis, func: Func, policy: RetryPolicy) -> Iterator[Violation]:
    for one in analysis.identities.of(policy):
        name, place = analysis.name(func), analysis.location(one.made)
        yield Violation(
            place,
            name,
            f"`{name}` is run again when it fails (`{policy.runs_again}`), and gives its rows another `{one.key}` in each run",
            f"put the `{one.key}` into the payload where it is sent, so that each run writes the same rows",
            analysis.written(one.made),
            (
                Step(analysis.location(one.sender), f"this payload has no `{one.key}`"),
                Step(analysis.decorator(func, policy.decorator), "the task that gets it is run again after an error"),
                Step(place, f"and makes a new `{one.key}` each time"),
            ),
            confidence=Confidence.MEDIUM,
        )
