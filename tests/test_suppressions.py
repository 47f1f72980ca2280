"""Which statement a comment means, and what is wrong with comments that mean nothing."""

from __future__ import annotations

import time
from datetime import date

import pytest

from txlint.facts.records import Comment
from txlint.suppressions import Suppression, read

CODES = {"TX301": "TX301", "dispatch-in-transaction": "TX301", "TX102": "TX102"}


def resolve(selector: str) -> frozenset[str]:
    return frozenset({CODES[selector]}) if selector in CODES else frozenset()


def suppressions(source: str, encoding: str = "utf-8") -> tuple[Suppression, ...]:
    lines = source.splitlines()
    comments = [
        Comment(row, line[line.index("#") :], line.lstrip().startswith("#"))
        for row, line in enumerate(lines, start=1)
        if "#" in line and "string" not in line
    ]
    return read("a.py", source.encode(encoding), comments, resolve, CODES)


def spans(source: str) -> list[tuple[int, int] | None]:
    return [one.span for one in suppressions(source)]


def test_codes_names_and_reason() -> None:
    source = "f()\ng()  # txlint: ignore[TX102, dispatch-in-transaction]  the outbox sends it  # type: ignore\n"
    assert suppressions(source) == (
        Suppression("a.py", 2, 6, "TX102", frozenset({"TX102"}), (2, 2), "the outbox sends it"),
        Suppression("a.py", 2, 6, "dispatch-in-transaction", frozenset({"TX301"}), (2, 2), "the outbox sends it"),
    )
    assert suppressions(source)[0].because() == "ignore comment: the outbox sends it"


@pytest.mark.parametrize(
    "comment", ["# noqa: TX301", "# NOQA: E501,TX301", "#noqa:E501 tx301", "# type: x # noqa: TX301 because"]
)
def test_noqa_counts_where_it_names_a_code_of_ours(comment: str) -> None:
    [one] = suppressions(f"f()  {comment}\n")
    assert (one.codes, one.span, one.because()) == (frozenset({"TX301"}), (1, 1), "ignore comment")


@pytest.mark.parametrize("comment", ["# noqa", "# noqa: E501", "# noqa : all", "# see txlint", "# noqa: F401 TX is nice"])
def test_comments_for_others(comment: str) -> None:
    assert suppressions(f"f()  {comment}\n") == ()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("f(\n    1,\n)  # txlint: ignore[TX301]\ng()\n", (1, 3)),
        ("f(  # txlint: ignore[TX301]\n    1,\n)\ng()\n", (1, 3)),
        ("f(\n    # txlint: ignore[TX301]\n    1,\n)\n", (1, 4)),
        ("# txlint: ignore[TX301]\n\n# and more\nf(\n    1,\n)\ng()\n", (4, 6)),
        ("# txlint: ignore[TX301]\nwith a(\n    1\n):\n    f()\n", (2, 4)),
        ("# txlint: ignore[TX301]\n@a\n@b(\n    1\n)\ndef f(x,\n      y):\n    g()\n", (2, 7)),
        ("@a  # txlint: ignore[TX301]\ndef f():\n    g()\n", (1, 2)),
        ("class A:\n    def f(self):\n        # txlint: ignore[TX301]\n        g()\n        h()\n", (4, 4)),
        ("if a:\n    f()\n    # txlint: ignore[TX301]\ng()\n", (4, 4)),
        ("x = a @ b; f()  # txlint: ignore[TX301]\ng()\n", (1, 1)),
        ("f()\n# txlint: ignore[TX301]\n", (2, 2)),
        ("s = '''\n string # txlint: ignore[TX301]\n'''  # txlint: ignore[TX301]\n", (1, 3)),
    ],
)
def test_the_statement_that_is_meant(source: str, expected: tuple[int, int]) -> None:
    assert spans(source) == [expected]


def test_the_whole_file() -> None:
    [one] = suppressions("f()\n# txlint: file-ignore[TX301] generated\n")
    assert one.span is None
    assert one.covers("TX301", "a.py", 99)
    assert not one.covers("TX102", "a.py", 99)
    assert not one.covers("TX301", "b.py", 99)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("# txlint: disable[TX301] r\nf()\n# txlint: enable[TX301]\ng()\n", [(1, 3)]),
        ("# txlint: disable[TX301] r\nf()\ng()\n", [(1, 3)]),
        ("def f():\n    # txlint: disable[TX301] r\n    g()\n\n    h()\nk()\n", [(2, 5)]),
        ('def f():\n    # txlint: disable[TX301] r\n    s = """\nstring\n"""\n    h()\nk()\n', [(2, 6)]),
        (
            "# txlint: disable[TX301, TX102] r\nf()\n# txlint: enable[TX102]\ng()\n"
            "# txlint: enable[dispatch-in-transaction]\nh()\n",
            [(1, 5), (1, 3)],
        ),
        (
            "# txlint: disable[TX301] r\nf()\n# txlint: enable[TX301]\ng()\n# txlint: disable[TX301] r\nh()\n"
            "# txlint: enable[TX301]\n",
            [(1, 3), (5, 7)],
        ),
    ],
)
def test_a_range(source: str, expected: list[tuple[int, int]]) -> None:
    assert spans(source) == expected
    assert not [one.problem for one in suppressions(source) if one.problem]


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("f()\n# txlint: enable[TX301]\n", "nothing is disabled here at this depth"),
        ("# txlint: disable[TX301]\nif a:\n    # txlint: enable[TX301]\n    f()\n", "nothing is disabled here at this depth"),
        ("# txlint: disable[TX301]\n# txlint: enable[TX102]\n", "nothing is disabled here at this depth"),
        ("f()  # txlint: disable[TX301]\n", "`disable` stands alone on its line"),
        ("# txlint: disable\nf()\n", "names no rule; write `# txlint: disable[RULE] reason`"),
        ("# txlint: enabel[TX301]\nf()\n", "`enabel` is no txlint comment; did you mean `enable`?"),
        ("f()  # txlint: ignore[TX301] until=2030-02-30 x\n", "`until=2030-02-30` is no day; write `until=2030-01-31`"),
        ("f()  # txlint: ignore[TX301] until= x\n", "`until=` is no day"),
    ],
)
def test_ranges_and_days_that_mean_nothing(source: str, problem: str) -> None:
    assert [one.problem.startswith(problem) for one in suppressions(source) if one.problem] == [True]


@pytest.mark.parametrize(
    ("comment", "reason", "until"),
    [
        ("ignore[TX301] reason: outbox", "outbox", None),
        ("ignore[TX301]: outbox", "outbox", None),
        ("ignore[TX301] -- outbox  # noqa: E501", "outbox", None),
        ("ignore[TX301] reasonable: outbox", "reasonable: outbox", None),
        ("ignore[TX301] until=2030-01-31", "", date(2030, 1, 31)),
        ("ignore[TX301] until=2030-01-31 reason: outbox", "outbox", date(2030, 1, 31)),
        ("ignore[TX301] outbox until=2030-01-31", "outbox", date(2030, 1, 31)),
        ("ignore[TX301] x.until=2030-01-31", "x.until=2030-01-31", None),
    ],
)
def test_reason_and_day(comment: str, reason: str, until: date | None) -> None:
    [one] = suppressions(f"f()  # txlint: {comment}\n")
    assert (one.reason, one.until, one.problem) == (reason, until, "")


def test_the_last_day_counts() -> None:
    [one] = suppressions("f()  # txlint: ignore[TX301] until=2030-01-31\n")
    assert [one.expired(date(2030, 1, 31)), one.expired(date(2030, 2, 1))] == [False, True]


def test_a_file_in_another_encoding() -> None:
    [one] = suppressions("# coding: latin-1\nf('é')  # txlint: ignore[TX301] é\n", "latin-1")
    assert (one.span, one.column) == ((2, 2), 9)


def test_syntax_that_the_running_python_cannot_tokenise_still_has_lines() -> None:
    assert spans("f()  # txlint: ignore[TX301]\nx = $\n  y = (\ng()  # txlint: ignore[TX301]\n") == [(1, 1), (4, 4)]


@pytest.mark.parametrize(
    ("comment", "problem"),
    [
        ("# txlint: ignore[TX310]", "`TX310` is no rule; did you mean `TX301`?"),
        (
            "# txlint: ignore[dispatch-in-transactions]",
            "`dispatch-in-transactions` is no rule; did you mean `dispatch-in-transaction`?",
        ),
        ("# noqa: TX999", "`TX999` is no rule"),
        ("# txlint: ignore", "names no rule; write `# txlint: ignore[RULE] reason`"),
        ("# txlint: ignore[]", "names no rule; write `# txlint: ignore[RULE] reason`"),
        ("# txlint: ignor[TX301]", "`ignor` is no txlint comment; did you mean `ignore`?"),
    ],
)
def test_comments_that_mean_nothing(comment: str, problem: str) -> None:
    [one] = suppressions(f"f()  {comment}\n")
    assert one.problem.startswith(problem)
    assert not one.codes


@pytest.mark.parametrize("filler", ["#", " ", "# txlint: ", "# noqa: ", "A1,", "# noqa:" + "A1 " * 9, "[", "ignore[TX301] "])
def test_a_comment_of_a_megabyte_takes_no_time(filler: str) -> None:
    comment = Comment(1, "# noqa: txlint: " + filler * (1_000_000 // len(filler)), True)
    start = time.process_time()
    read("a.py", b"f()\n", [comment], resolve, CODES)
    assert time.process_time() - start < 1
