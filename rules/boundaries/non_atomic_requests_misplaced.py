"""TX124: an opt-out from the request's transaction on a method of a view, where Django does not look for it."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Severity, Violation, ineffective_opt_outs, put_on_view, rule


@rule("TX124", severity=Severity.WARNING)
def non_atomic_requests_misplaced(analysis: Analysis) -> Iterator[Violation]:
    for one in ineffective_opt_outs(analysis.project):
        yield Violation(
            analysis.place(one.scope, one.line, one.text),
            one.on,
            f"`{one.text}` has no effect on `{one.on}`: Django looks for it on the whole view, which stays as atomic as it was",
            'put it on the class: `@method_decorator(transaction.non_atomic_requests, name="dispatch")`',
            one.text,
            fix=put_on_view(analysis, one),
        )
