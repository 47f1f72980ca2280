"""Migrations that run in a transaction and begin or end one by hand: the words taken out of the script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from txlint.facts import records as r
from txlint.findings import Applicability, Edit
from txlint.fixing.repairs import Repair
from txlint.frameworks import spelling
from txlint.project.calls import is_statement
from txlint.transactions.analysis import Analysis
from txlint.transactions.revisions import Statement
from txlint.transactions.surroundings import levels

if TYPE_CHECKING:
    from txlint.fixing.tree.source import Sources


def without_commit(analysis: Analysis, statement: Statement) -> Repair | None:
    """Take the `BEGIN` and `COMMIT` around a script out; run what comes after a lone `COMMIT` outside of the transaction.

    None where that cannot be told apart.
    """
    return _unbracketed(statement) if statement.bracketed else _outside(analysis, statement)


def _outside(analysis: Analysis, statement: Statement) -> Repair | None:
    """Put the rest of a block, from a `COMMIT` on, into a block that runs outside of the transaction."""
    site, opener = statement.site, spelling.method_opener(analysis.project.catalog, "autocommit")
    if site is None or opener is None or statement.text.lower() != "commit" or not is_statement(site):
        return None
    if any(isinstance(one, r.Return) for one in levels(site.func.record.body, site.call)[-1].rest):
        return None
    path = site.func.module.path

    def make(sources: Sources) -> tuple[Edit, ...]:
        from txlint.fixing.tree.scripts import rest_outside

        return rest_outside(sources.of(path), site, *opener)

    return Repair(f"run the rest in `{opener[1]}()`", Applicability.UNSAFE, make)


def _unbracketed(statement: Statement) -> Repair:
    path = statement.scope.module.path

    def make(sources: Sources) -> tuple[Edit, ...]:
        from txlint.fixing.tree.scripts import without_brackets

        return without_brackets(sources.of(path), statement.line)

    return Repair("leave `BEGIN` and `COMMIT` out: the migration has its transaction", Applicability.UNSAFE, make)
