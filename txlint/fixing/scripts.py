"""Migrations that run in a transaction and begin or end one by hand: the words taken out of the script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from txlint.findings import Applicability, Edit
from txlint.fixing.repairs import Repair
from txlint.transactions.revisions import Statement

if TYPE_CHECKING:
    from txlint.fixing.tree.source import Sources


def unbracketed(statement: Statement) -> Repair | None:
    """Take the `BEGIN` and `COMMIT` around a script out; None for a commit alone, behind which something has to stand alone."""
    if not statement.bracketed:
        return None
    path = statement.scope.module.path

    def make(sources: Sources) -> tuple[Edit, ...]:
        from txlint.fixing.tree.scripts import without_brackets

        return without_brackets(sources.of(path), statement.line)

    return Repair("leave `BEGIN` and `COMMIT` out: the migration has its transaction", Applicability.UNSAFE, make)
