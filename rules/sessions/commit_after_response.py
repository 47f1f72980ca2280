"""TX217: a dependency of an endpoint commits when the client has its answer already."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Severity, Step, Violation, rule


@rule("TX217", severity=Severity.WARNING, opt_in=True)
def commit_after_response(analysis: Analysis) -> Iterator[Violation]:
    for one in analysis.responses.late():
        name, subject = analysis.name(one.provider), f"{one.commit.session}.commit"
        place, endpoint = analysis.location(one.commit.site), analysis.name(one.endpoint)
        yield Violation(
            place,
            name,
            f"`{name}` commits after the response: when that fails, the client has been told that `{endpoint}` has worked",
            '`Depends(..., scope="function")`, or commit in the endpoint',
            subject,
            (
                Step(analysis.traces.function(one.endpoint), f"`{endpoint}` ({one.entry.why}) writes, and answers"),
                Step(place, "and only then its session is committed"),
            ),
            confidence=Confidence.MEDIUM,
        )
