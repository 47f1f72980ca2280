"""TX203: a rollback that cannot take back what the callees have committed."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Piece, Severity, Step, Violation, rule


@rule("TX203", severity=Severity.WARNING, markers=("partial-commit",))
def ineffective_rollback(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        for one in analysis.undoing.rollbacks(func):
            ending, (first, second) = one.rollback, one.pieces
            place = analysis.location(ending.site)
            yield Violation(
                place,
                analysis.name(func),
                f"`{ending.session}.rollback` cannot take back what `{analysis.written(first.site)}` has committed before",
                "let the callees flush and commit once at the end; keep the rollback, it also makes the session usable again",
                f"{ending.session}.rollback",
                (
                    Step(analysis.location(first.site), _committed(analysis, first)),
                    Step(analysis.location(second.site), f"if `{analysis.written(second.site)}` fails, that stays"),
                    Step(place, "and this undoes only what is not committed yet"),
                ),
                confidence=_confidence(analysis, first, second),
            )


def _confidence(analysis: Analysis, first: Piece, second: Piece) -> Confidence:
    aside = analysis.staging.is_aside(first.site) or analysis.staging.is_aside(second.site)
    if aside or not analysis.dependence.shows(first.site, second.site) or _is_kept(analysis, first, second):
        return Confidence.LOW
    return Confidence.MEDIUM if first.committed.guessed else Confidence.HIGH


def _is_kept(analysis: Analysis, first: Piece, second: Piece) -> bool:
    """Whether the function itself commits between them what the first has done: it is to stay."""
    own = (one for one in analysis.sessions.endings(first.site.func) if one.kind == "commit")
    return any(first.site.line < one.site.line < second.site.line for one in own)


def _committed(analysis: Analysis, one: Piece) -> str:
    where = f"{one.committed.site.func.module.path}:{one.committed.site.line}"
    return f"`{analysis.written(one.site)}` commits at {where}"
