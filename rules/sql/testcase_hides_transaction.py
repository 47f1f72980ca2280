"""TX706: a test runs in a transaction that is never committed, and so never runs the hooks that it leads to."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Severity, Step, Violation, rule


@rule("TX706", severity=Severity.INFO, opt_in=True)
def testcase_hides_transaction(analysis: Analysis) -> Iterator[Violation]:
    for one in analysis.trials.hidden():
        place, subject = analysis.location(one.site), analysis.written(one.path[-1])
        yield Violation(
            place,
            analysis.name(one.test),
            f"`{subject}` hands work over until after a commit that never comes: the test's transaction is rolled back",
            "`with self.captureOnCommitCallbacks(execute=True):` around the call, or a `TransactionTestCase`",
            subject,
            tuple(Step(analysis.location(site), f"`{analysis.written(site)}`") for site in one.path),
        )
