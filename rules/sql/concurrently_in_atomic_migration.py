"""TX703: a migration that runs in a transaction holds a statement that the database refuses there."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Step, Violation, rule, switched_off


@rule("TX703")
def concurrently_in_atomic_migration(analysis: Analysis) -> Iterator[Violation]:
    for one in analysis.revisions.statements():
        if one.kind == "alone":
            place = analysis.place(one.scope, one.line)
            yield Violation(
                place,
                one.owner,
                f"`{one.text}` in a migration that runs in a transaction: the database refuses it there",
                "put it into a migration of its own with `atomic = False` (Alembic: into `autocommit_block()`)",
                one.text,
                (Step(analysis.place(one.scope, one.begins), "the whole migration runs in one transaction"),),
                fix=switched_off(analysis, one),
            )
