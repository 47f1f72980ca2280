"""What is marked as not to be reported, what is said about suppressions, and what identifies a finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stand_ins import UNUSED, build, report, rule, step, violation
from txlint.api import Confidence, Severity
from txlint.config import Config
from txlint.engine import Request, analyse
from txlint.errors import UserError
from txlint.filters import OUT_OF_FOCUS, TEST_FILE, WEAK
from txlint.findings import Finding, identified

SOURCE = b"a()\nb()  # txlint: ignore[TX301] outbox\nc()\n"


def told(findings: tuple[Finding, ...]) -> list[tuple[str, int, str | None]]:
    return [(one.code, one.location.row, one.suppressed) for one in findings]


def test_suppressed_findings_are_marked_and_kept() -> None:
    dispatch = rule("TX301", "dispatch", violation("m.py:1"), violation("m.py:2"))
    other = rule("TX302", "other", violation("m.py:2"))
    assert told(report({"m.py": SOURCE}, UNUSED, dispatch, other).findings) == [
        ("TX301", 1, None),
        ("TX301", 2, "ignore comment: outbox"),
        ("TX302", 2, None),
    ]


def test_a_suppression_without_effect_is_a_finding() -> None:
    [one] = report(
        {"m.py": SOURCE}, UNUSED, rule("TX301", "dispatch", violation("m.py:1:1", "far")), config=Config(ignore=())
    ).findings[1:]
    assert (one.code, one.location.row, one.location.column, one.severity) == ("TX001", 2, 6, Severity.INFO)
    assert one.message == "`TX301` is allowed here, but nothing of it is found"


@pytest.mark.parametrize(
    ("config", "source"),
    [
        (Config(ignore=("TX301",)), SOURCE),
        (Config(ignore=("TX001",)), SOURCE),
        (Config(), b"# txlint: ignore[TX001] wanted\nb()\n"),
        (Config(), b"# txlint: ignore[TX301] wanted\nb()\n# txlint: file-ignore[TX001] x\n"),
    ],
)
def test_suppressions_that_are_not_judged(config: Config, source: bytes) -> None:
    findings = report({"m.py": source}, UNUSED, rule("TX301", "dispatch"), config=config).findings
    assert [one for one in findings if one.suppressed is None] == []


def test_an_unknown_rule_in_a_comment_is_a_finding() -> None:
    told = rule("TX002", "unknown-suppression")
    [one] = report({"m.py": b"a()  # txlint: ignore[TX310]\n"}, UNUSED, told, rule("TX301", "dispatch")).findings
    assert (one.code, one.message) == ("TX002", "`TX310` is no rule; did you mean `TX301`?")


def test_a_comment_that_is_over_allows_nothing_and_is_a_finding() -> None:
    source = b"a()  # txlint: ignore[TX301] until=2001-02-03 soon\nb()  # txlint: ignore[TX301] until=2999-01-01 soon\n"
    found = rule("TX301", "dispatch", violation("m.py:1"), violation("m.py:2"))
    findings = report({"m.py": source}, UNUSED, rule("TX005", "expired-suppression"), found).findings
    assert told(findings) == [("TX301", 1, None), ("TX005", 1, None), ("TX301", 2, "ignore comment: soon")]
    assert findings[1].message == "`TX301` was allowed until 2001-02-03, which is over"


def test_a_reason_is_required_only_if_the_configuration_says_so() -> None:
    source = b"a()  # txlint: ignore[TX301]\nb()  # noqa: TX301\nc()  # txlint: ignore[TX301] reason: outbox\n"
    source += b"d()  # txlint: ignore[TX301] reason: todo: ask Ann\ne()  # txlint: ignore[TX301] Todorov: outbox\n"
    found = rule("TX301", "dispatch", *(violation(f"m.py:{row}") for row in range(1, 6)))
    rules = (UNUSED, rule("TX003", "suppression-without-reason"), found)
    assert {one.code for one in report({"m.py": source}, *rules).findings} == {"TX301"}
    findings = report({"m.py": source}, *rules, config=Config(require_reason=True)).findings
    reported = [one for one in findings if one.suppressed is None]
    assert [(one.code, one.location.row) for one in reported] == [("TX003", 1), ("TX003", 2), ("TX003", 4)]
    assert reported[0].message == "`TX301` is allowed here without a reason"
    assert reported[2].message == "`TX301` is allowed here without a reason: `todo: ask Ann` is none yet"


def test_what_is_said_about_comments_can_be_allowed_and_switched_off() -> None:
    source = b"# txlint: file-ignore[TX002] copied\na()  # txlint: ignore[TX310]\n"
    unknown = rule("TX002", "unknown-suppression")
    assert [one.suppressed for one in report({"m.py": source}, UNUSED, unknown).findings] == ["ignore comment: copied"]
    assert report({"m.py": source}, UNUSED, unknown, config=Config(ignore=("TX002",))).findings == ()


def test_test_files_are_reported_on_only_if_wanted() -> None:
    dispatch = rule("TX301", "dispatch", violation("tests/a.py:1"), violation("shop/a.py:1"))
    sources = {"tests/a.py": b"a()\n", "shop/a.py": b"a()\n"}
    assert told(report(sources, dispatch).findings) == [("TX301", 1, None), ("TX301", 1, TEST_FILE)]
    assert told(report(sources, dispatch, config=Config(include_tests=True)).findings) == [("TX301", 1, None)] * 2


def test_severity_by_configuration() -> None:
    dispatch = rule("TX301", "dispatch", violation("m.py:1"))
    for selector in ("TX301", "dispatch", "TX3", "ALL"):
        [one] = report({"m.py": b""}, dispatch, config=Config(severity={selector: Severity.INFO})).findings
        assert one.severity == Severity.INFO
    with pytest.raises(UserError, match="configuration: `severity`: unknown rule `TX303`"):
        report({"m.py": b""}, dispatch, config=Config(severity={"TX303": Severity.INFO}))


@pytest.mark.parametrize(
    ("config", "shown"),
    [
        (Config(), ["high", "medium"]),
        (Config(select=("TX301",)), ["high", "medium", "low"]),
        (Config(select=("ALL",), min_confidence=Confidence.MEDIUM), ["high", "medium"]),
        (Config(min_confidence=Confidence.HIGH), ["high"]),
        (Config(min_confidence=Confidence.LOW), ["high", "medium", "low"]),
    ],
)
def test_what_is_less_sure_is_shown_where_somebody_asks_for_it(config: Config, shown: list[str]) -> None:
    graded = (violation(f"m.py:{row}", confidence=grade) for row, grade in enumerate(Confidence, start=1))
    found = report({"m.py": b"a()\nb()\nc()\n"}, rule("TX301", "dispatch", *graded), config=config).findings
    assert [one.confidence for one in found if one.suppressed is None] == shown
    assert {one.suppressed for one in found} <= {None, WEAK}


@pytest.mark.parametrize(
    ("focus", "marks"),
    [
        (None, [None, None, None]),
        (frozenset({"a.py"}), [None, OUT_OF_FOCUS, OUT_OF_FOCUS]),
        (frozenset({"pkg"}), [OUT_OF_FOCUS, None, None]),
        (frozenset({"pkg/b.py"}), [OUT_OF_FOCUS, None, OUT_OF_FOCUS]),
        (frozenset({"pkg/cause.py"}), [OUT_OF_FOCUS, None, OUT_OF_FOCUS]),
        (frozenset({"pk"}), [OUT_OF_FOCUS] * 3),
    ],
)
def test_focus_is_a_place_of_the_finding_or_of_its_trace(
    tmp_path: Path, focus: frozenset[str] | None, marks: list[str | None]
) -> None:
    for name in ("a.py", "pkg/b.py", "pkg/c.py", "pkg/cause.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    traced = violation("pkg/b.py:1", trace=(step("pkg/cause.py:1", "opened here"),))
    dispatch = rule("TX301", "dispatch", violation("a.py:1"), traced, violation("pkg/c.py:1"))
    found = analyse(Request(tmp_path, focus=focus, jobs=0), (dispatch,), build)
    assert [one.suppressed for one in found.findings] == marks


def test_fingerprints_survive_moves_and_tell_equals_apart() -> None:
    def prints(*places: str, **fields: str) -> list[str]:
        found = report({"m.py": b""}, rule("TX301", "dispatch", *(violation(place, **fields) for place in places))).findings
        return [one.fingerprint for one in found]

    first, second = prints("m.py:1", "m.py:5")
    assert prints("m.py:40", "m.py:50", message="reworded") == [first, second]
    assert first != second
    others = [prints("n.py:1"), prints("m.py:1", function="g"), prints("m.py:1", subject="other")]
    assert len({first, second, *(one for [one] in others)}) == 5


def test_findings_come_once_and_in_order() -> None:
    found = rule("TX301", "dispatch", violation("m.py:9"), violation("b.py:10"), violation("b.py:9"), violation("m.py:9"))
    findings = report({"m.py": b"", "b.py": b""}, rule("TX302", "other", violation("b.py:9")), found).findings
    places = [(one.location.path, one.location.row, one.code) for one in findings]
    assert places == [("b.py", 9, "TX301"), ("b.py", 9, "TX302"), ("b.py", 10, "TX301"), ("m.py", 9, "TX301")]
    assert identified(reversed(findings)) == findings
