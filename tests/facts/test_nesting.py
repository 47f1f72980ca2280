"""What is refused before it is parsed, and what is not."""

from __future__ import annotations

import time

import pytest

from txlint.errors import NotAnalysed
from txlint.facts.nesting import check_nesting


@pytest.mark.parametrize(
    ("source", "reason", "place"),
    [
        (b"a = 1\nb = " + b"(" * 201, "more than 200 brackets", (2, 205)),
        (b"[" * 100 + b"{" * 101, "more than 200 brackets", (1, 201)),
        (b"x = " + b"not " * 1001 + b"y", "more than 1000 unary operators", (1, 5)),
        (b"\n\nx = " + b"-" * 10_000 + b"y", "more than 1000 unary operators", (3, 5)),
        (b"if a:\n  b\n" + b"elif c:\n  d\n" * 1001, "more than 1000 `elif`s", (2003, 1)),
    ],
)
def test_too_deep(source: bytes, reason: str, place: tuple[int, int]) -> None:
    with pytest.raises(NotAnalysed) as caught:
        check_nesting(source)
    assert caught.value.reason == f"nested too deeply: {reason}"
    assert (caught.value.row, caught.value.column) == place


@pytest.mark.parametrize(
    "source",
    [
        b"(" * 200 + b")" * 200,
        b"f()\n" * 1000,
        b'"' + b"(" * 300 + b'"',
        b"'''" + b"(\n" * 300 + b"\\''''''",
        b'"""' + b'"(' * 300 + b'"""',
        b"# " + b"[" * 300,
        b"'\\'" + b"(" * 300 + b"'",
        b"x = " + b"not " * 1000 + b"y",
        b"x = " + b" + ".join([b"a"] * 3000),
        (b"if a:\n  b\n" + b"elif c:\n  d\n" * 900 + b"else:\n  e\n") * 2,
    ],
)
def test_deep_enough_or_only_looking_so(source: bytes) -> None:
    check_nesting(source)


@pytest.mark.parametrize(
    "source",
    [
        b"'" * 1_000_000,
        b'"' * 999_999,
        b"\\" * 1_000_000,
        b"'''" + b"\\'" * 500_000,
        b" " * 1_000_000,
        (b"- " * 999 + b"x") * 500,
    ],
)
def test_takes_linear_time_on_hostile_text(source: bytes) -> None:
    start = time.process_time()
    check_nesting(source)
    assert time.process_time() - start < 2
