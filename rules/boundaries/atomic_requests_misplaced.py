"""TX125: ATOMIC_REQUESTS as a setting of its own, where Django does not look for it."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Violation, rule


@rule("TX125")
def atomic_requests_misplaced(analysis: Analysis) -> Iterator[Violation]:
    settings = analysis.project.settings
    decision = settings.atomic("default")
    if decision is not None and decision.atomic:
        return  # a spare line, but requests are atomic
    for path, line in settings.misplaced:
        yield Violation(
            analysis.traces.places.of(path, line, "ATOMIC_REQUESTS"),
            "<module>",
            "`ATOMIC_REQUESTS` is no setting of its own: Django ignores this line, and requests run without a transaction",
            'put it into the database: `DATABASES["default"]["ATOMIC_REQUESTS"] = True`',
            "ATOMIC_REQUESTS",
        )
