"""TX202: one piece of work is committed in several pieces, by the functions that it calls."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Ending, Piece, Step, Violation, regrouping, rule


@rule("TX202", markers=("partial-commit",))
def service_lost_transaction_control(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        pieces = analysis.pieces.of(func)
        if not pieces:
            continue
        first, second = pieces
        place, name = analysis.location(second.site), analysis.name(func)
        steps = [Step(analysis.location(first.site), f"`{analysis.written(first.site)}` commits {_where(first.committed)}")]
        steps.append(Step(place, f"`{analysis.written(second.site)}` commits {_where(second.committed)}"))
        yield Violation(
            place,
            name,
            f"`{name}` is committed in pieces: when this fails, what {_done(analysis, first)} stays",
            f"{'let the callees flush' if first.by_callee or second.by_callee else 'flush'} and commit once here, at the end",
            analysis.written(second.site),
            tuple(steps),
            confidence=_confidence(analysis, first, second),
            fix=regrouping(analysis, pieces),
        )


def _confidence(analysis: Analysis, first: Piece, second: Piece) -> Confidence:
    if not (first.by_callee or second.by_callee):
        return Confidence.LOW  # both are written here, where they can be seen to be two
    if first.committed.guessed or second.committed.guessed or analysis.is_unreached(first.site.func):
        return Confidence.LOW
    if second.by_callee and analysis.handling.ends_errors(second.committed.site):
        return Confidence.LOW  # this call never fails
    if analysis.staging.may_be_meant(first.site, second.site) or not analysis.dependence.shows(first.site, second.site):
        return Confidence.LOW
    return Confidence.HIGH


def _done(analysis: Analysis, first: Piece) -> str:
    return f"`{analysis.written(first.site)}` did" if first.by_callee else f"line {first.site.line} commits"


def _where(ending: Ending) -> str:
    return f"at {ending.site.func.module.path}:{ending.site.line}"
