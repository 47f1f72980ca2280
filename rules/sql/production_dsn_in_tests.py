"""TX709: tests are told to use a database that looks like the one of production."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Severity, Violation, rule


@rule("TX709", severity=Severity.INFO, opt_in=True)
def production_dsn_in_tests(analysis: Analysis) -> Iterator[Violation]:
    for func, line, address in analysis.trials.production():
        database = address.rpartition("/")[2]
        yield Violation(
            analysis.place(func, line, database),
            analysis.name(func),
            f"tests may run on `{database}`, which by its name is the database of production",
            "let the tests fail where no address is given, instead of falling back to this one",
            database,
        )
