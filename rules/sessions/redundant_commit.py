"""TX204: a commit right after another one, with nothing in between that could be committed."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Applicability, Confidence, Redundant, Severity, Step, Violation, removal, rule


@rule("TX204", severity=Severity.WARNING)
def redundant_commit(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        for one in analysis.redundancy.of(func):
            ending, earlier = one.ending, one.before
            place, name = analysis.location(ending.site), analysis.name(func)
            yield Violation(
                place,
                name,
                f"nothing to commit: `{analysis.written(earlier.site)}` has committed `{ending.session}` just before",
                _remedy(one),
                f"{ending.session}.commit",
                (*_steps(analysis, one), Step(place, f"`{ending.session}` is committed again")),
                confidence=_confidence(analysis, one),
                fix=removal(ending.site, "remove this commit", Applicability.UNSAFE),
            )


def _confidence(analysis: Analysis, one: Redundant) -> Confidence:
    if analysis.staging.is_sample(one.ending.site.func) or analysis.staging.is_once(one.ending.site.func):
        return Confidence.LOW
    return Confidence.MEDIUM if one.ending.guessed or one.before.ending.guessed else Confidence.HIGH


def _steps(analysis: Analysis, one: Redundant) -> Iterator[Step]:
    earlier = one.before
    yield Step(analysis.location(earlier.site), f"`{analysis.written(earlier.site)}` commits")
    if earlier.ending.site is not earlier.site:
        yield Step(analysis.location(earlier.ending.site), f"there, `{earlier.ending.session}` is committed")


def _remedy(one: Redundant) -> str:
    if one.before.ending.site is one.before.site:
        return "remove one of the two"
    return "keep the one in the function that makes the session, and let the other one flush"
