"""TX212: a transaction is begun by hand in a session that has begun one by itself."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Step, Violation, rule


@rule("TX212")
def begin_after_autobegin(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        for one in analysis.beginnings.of(func):
            place, subject = analysis.location(one.begin), analysis.written(one.begin)
            guessed = any(effect.guessed for effect in one.first.effects)
            yield Violation(
                place,
                analysis.name(func),
                f"`{subject}` fails: `{one.session}` is in a transaction already, since `{analysis.written(one.first)}`",
                f"begin before the first use of `{one.session}`, use `begin_nested()`, or leave it out and commit at the end",
                subject,
                (
                    Step(analysis.location(one.first), f"`{one.session}` begins a transaction by itself here"),
                    Step(place, "and another one is begun here"),
                ),
                confidence=Confidence.MEDIUM if guessed else Confidence.HIGH,
            )
