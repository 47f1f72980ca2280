"""TX702: a migration that runs in a transaction begins or ends one by hand."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Step, Violation, rule, without_commit


@rule("TX702")
def commit_in_atomic_migration(analysis: Analysis) -> Iterator[Violation]:
    told: set[tuple[str, int]] = set()
    for one in analysis.revisions.statements():
        migration = (one.scope.module.path, one.begins)
        if one.kind == "ends" and (one.bracketed or migration not in told):  # the first says it of all that follow
            told.add(migration)
            place = analysis.place(one.scope, one.line)
            yield Violation(
                place,
                one.owner,
                f"`{one.text.upper()}` in a migration that runs in a transaction: what comes before can no longer be undone",
                "leave it out, the migration has its transaction; or set `atomic = False` (Alembic: `autocommit_block()`)",
                one.text,
                (Step(analysis.place(one.scope, one.begins), "the whole migration runs in one transaction"),),
                confidence=Confidence.LOW if one.last else Confidence.HIGH,
                fix=without_commit(analysis, one),
            )
