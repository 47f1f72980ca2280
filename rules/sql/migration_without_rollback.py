"""TX704: a migration that cannot be undone."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Severity, Violation, rule


@rule("TX704", severity=Severity.INFO, opt_in=True)
def migration_without_rollback(analysis: Analysis) -> Iterator[Violation]:
    for scope, name, line, text in analysis.revisions.without_way_back():
        yield Violation(
            analysis.place(scope, line, text.rpartition(".")[2]),
            name,
            f"`{text}` has no way back: this migration cannot be undone",
            "say how it is undone, or that nothing is to be done then",
            text,
        )
    for path, statement in analysis.scripts.without_way_back():
        yield Violation(
            analysis.traces.places.of(path, statement.line),
            "<script>",
            "the other scripts of this folder have one that undoes them, this one has none",
            "write the script that undoes it",
            path,
        )
