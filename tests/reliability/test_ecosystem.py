"""The record of what is found in public projects, and how a difference is shown."""

from __future__ import annotations

from benchmarks.ecosystem import Found, difference, recorded
from benchmarks.sources import PINNED


def test_a_difference_is_shown_by_rule() -> None:
    gone, kept, come = (Found("p", rule, "a.py", "f", "call", rule) for rule in ("TX301", "TX302", "TX303"))
    assert difference([gone, kept], [kept, come]) == [
        "2 findings, 1 more and 1 fewer than on record",
        *("TX301:", "  - p a.py f: call"),
        *("TX303:", "  + p a.py f: call"),
    ]
    assert difference([kept], [kept]) == ["1 findings, 0 more and 0 fewer than on record"]


def test_the_record_is_of_pinned_projects() -> None:
    assert {one.project for one in recorded()} <= {*PINNED["projects"], *PINNED["ecosystem"]}
    assert all(one.rule.startswith("TX") and len(one.fingerprint) == 32 for one in recorded())
