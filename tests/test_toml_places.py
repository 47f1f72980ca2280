"""Rows and columns of keys in TOML documents."""

from __future__ import annotations

import pytest

from txlint.toml_places import line_of

DOCUMENT = """\
a = 1
b.c = 2
d = { e = { f = 1 }, e2 = 3 }
g = [
  1,
  { h = 2 },
]
[t."u"]
v = 1
[[w]]
x = 1
[[w]]
x = 2
[w.y]
z = 3
"""


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("a",), (1, 1)),
        (("b", "c"), (2, 3)),
        (("d", "e", "f"), (3, 13)),
        (("d", "e2"), (3, 22)),
        (("g", 1, "h"), (6, 5)),
        (("t", "u", "v"), (9, 1)),
        (("w", 0, "x"), (11, 1)),
        (("w", 1, "x"), (13, 1)),
        (("w", 1, "y", "z"), (15, 1)),
        (("nowhere",), (1, 1)),
    ],
)
def test_place_of_a_key(path: tuple[str | int, ...], place: tuple[int, int]) -> None:
    assert line_of(DOCUMENT, path) == place
