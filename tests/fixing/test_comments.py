"""TX001: comments that allow what is not there lose the rule, and go where nothing else is in them."""

from __future__ import annotations

import pytest

from tests.fixing_projects import fixed
from txlint.suppressions import without

QUIET = "def f():\n    return 1{comment}\n"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("# txlint: ignore[TX301] no worker", ""),
        ("# txlint: ignore[TX301, TX101] no worker", "# txlint: ignore[TX101] no worker"),
        ("# txlint: ignore[TX101,TX301] no worker", "# txlint: ignore[TX101] no worker"),
        ("# type: ignore  # txlint: ignore[TX301] no worker", "# type: ignore"),
        ("# txlint: ignore[TX301] no worker  # noqa: E501", "# noqa: E501"),
        ("# noqa: TX301", ""),
        ("# noqa: E501, TX301", "# noqa: E501"),
        ("# nosec  # noqa: TX301", "# nosec"),
        ("# nothing of ours", "# nothing of ours"),
    ],
)
def test_a_rule_is_taken_out_of_a_comment(text: str, left: str) -> None:
    assert without("TX301", text) == left


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (QUIET.format(comment="  # txlint: ignore[TX301] no worker"), QUIET.format(comment="")),
        ("# txlint: file-ignore[TX301] no worker\n" + QUIET.format(comment=""), QUIET.format(comment="")),
        ("def f():\n    # txlint: ignore[TX301] no worker\n    return 1\n", QUIET.format(comment="")),
        (QUIET.format(comment="  # txlint: ignore[TX301, TX101] caf\xe9"), QUIET.format(comment="")),
    ],
)
def test_an_unused_comment_goes(before: str, after: str) -> None:
    done, texts = fixed({"shop/a.py": before.encode()}, unsafe=False)
    assert texts["shop/a.py"].decode() == after and not done.refused


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    # txlint: disable[TX301] no worker\n    return 1\n",
        "def f():\n    # txlint: partial-commit every part can be repeated\n    return 1\n",
    ],
)
def test_a_comment_that_does_more_than_that_stays(text: str) -> None:
    done, texts = fixed({"shop/a.py": text.encode()})
    assert texts["shop/a.py"].decode() == text
    assert [(one.code, one.fix) for one in done.report.findings if one.suppressed is None] in ([("TX001", None)], [])


def test_a_reason_that_may_go_on_in_the_next_line_is_left_to_people() -> None:
    text = b"def f():\n    # txlint: ignore[TX301] the worker is\n    # the same process\n    return 1\n"
    done, texts = fixed({"shop/a.py": text})
    assert texts["shop/a.py"] == text and [one.finding.code for one in done.refused] == ["TX001"]
