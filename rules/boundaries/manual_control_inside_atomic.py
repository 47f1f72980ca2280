"""TX116: a commit, a rollback or a closed connection by hand, inside a transaction that Django manages."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Site, Step, Violation, named, rule

_OUTCOME = {
    "commit": "Django refuses it with an error, and what was done before is rolled back",
    "rollback": "Django refuses it with an error, and what was done before is rolled back",
    "set-autocommit": "Django refuses it with an error, and what was done before is rolled back",
    "close": "the transaction is lost with the connection, and the next query fails",
}


@rule("TX116")
def manual_control_inside_atomic(analysis: Analysis) -> Iterator[Violation]:
    for site, effect in analysis.effects(*_OUTCOME):
        context = next((one for one in analysis.contexts.at(site) if one.state.status == "open"), None)
        if effect.family != "django" or context is None or (effect.kind == "close" and _is_one_of_several(site)):
            continue
        place, subject = analysis.location(site), analysis.written(site)
        literal = bool(effect.entry.needs)
        outcome = "the database commits here, and Django does not know" if literal else _OUTCOME[effect.kind]
        yield Violation(
            place,
            analysis.name(site.func),
            f"`{subject}` ({effect.kind}) inside an open transaction: {outcome}",
            "let the block commit and roll back: leave it normally, or raise",
            subject,
            (*analysis.way(context), Step(place, f"`{subject}`")),
            confidence=analysis.confidence(context, effect),
        )


def _is_one_of_several(site: Site) -> bool:
    """Whether the closed connection is not always the same: one that the function has made itself, or else Django's."""
    return any(len(site.func.bindings.get(name, ())) > 1 for name in named(site.call))
