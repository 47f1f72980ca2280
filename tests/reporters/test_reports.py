"""What the reporters print: for people, for editors, for programs."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.stand_ins import UNUSED, build, report, rule, step, violation
from txlint.api import Confidence, Severity
from txlint.config import Config
from txlint.engine import Request, analyse
from txlint.reporters import concise, terminal
from txlint.reporters import json as json_reporter
from txlint.reporters.view import View, visible

SOURCE = b"""\
with atomic():
    place(order)

def place(order):
\tsend.delay(order.pk)
"""
FOUND = violation(
    "shop/a.py:5:2",
    "`send.delay()` is queued too early",
    function="place",
    remedy="transaction.on_commit(...)\nafter the commit",
    trace=(step("shop/a.py:1", "transaction opened here"), step("shop/other.py:22", "elsewhere")),
    related=(step("shop/a.py:4", "defined here"),),
)
DISPATCH = rule("TX301", "early-dispatch", FOUND)


def view(
    *rules: Any, source: bytes = SOURCE, cwd: str = "/project", path: str = "shop/a.py", config: Config = Config()
) -> View:
    return View(report({path: source}, *rules, config=config), Path("/project"), Path(cwd))


def text(shown: View, unicode: bool = True) -> str:
    stream = io.StringIO()
    terminal.write([*terminal.lines(shown, unicode), terminal.summary(shown)], stream, colour=False)
    return stream.getvalue()


def test_full() -> None:
    assert text(view(DISPATCH)) == (
        "error[TX301] `send.delay()` is queued too early\n"
        "  ╭─ shop/a.py:5:2 in place  early-dispatch\n"
        "  │\n"
        "4 │ def place(order):\n"
        "5 │     send.delay(order.pk)\n"
        "  │     ━━━━━━━━━━\n"
        "  │\n"
        "  1 shop/a.py:1       transaction opened here\n"
        "                      with atomic():\n"
        "  2 shop/other.py:22  elsewhere\n"
        "  see shop/a.py:4  defined here\n"
        "  help: transaction.on_commit(...)\n"
        "        after the commit\n"
        "\n"
        "Found 1 finding in 1 file (1 file analysed)\n"
    )


def test_full_in_ascii() -> None:
    shown = text(view(DISPATCH), unicode=False)
    assert shown.isascii()
    assert "--> shop/a.py:5:2" in shown
    assert "  |     ^^^^^^^^^^\n" in shown


@pytest.mark.parametrize(
    ("source", "place", "underline"),
    [
        ("x = f(1)", "a.py:1:5:1:9", "    ━━━━"),
        ("x = f(\n  1)", "a.py:1:5:2:5", "    ━━"),
        ("x = f(1)", "a.py:1:5", "    ━"),
        ("x = 'é数据' + f(1)", "a.py:1:13:1:17", " " * 14 + "━━━━"),
        ("x = +y", "a.py:1:5", "    ━"),
        ("x", "a.py:1:9", " ━"),
        ("y" * 300 + "f(1)", "a.py:1:301:1:305", " " * 79 + "━━━━"),
    ],
)
def test_underline(source: str, place: str, underline: str) -> None:
    shown = text(view(rule("TX301", "r", violation(place)), source=source.encode(), path="a.py"))
    [line] = [line for line in shown.splitlines() if "━" in line]
    assert line == f"  │ {underline}"
    assert max(map(len, shown.splitlines())) < 170


def test_colour_changes_nothing_but_colour() -> None:
    stream = io.StringIO()
    terminal.write(terminal.lines(view(DISPATCH)), stream, colour=True)
    coloured = stream.getvalue()
    plain = io.StringIO()
    terminal.write(terminal.lines(view(DISPATCH)), plain, colour=False)
    assert "\x1b[1;31merror[TX301]\x1b[0m" in coloured
    assert [line.rstrip() for line in re.sub(r"\x1b\[[\d;]*m", "", coloured).split("\n")] == plain.getvalue().split("\n")


def test_concise() -> None:
    assert list(concise.lines(view(DISPATCH, cwd="/project/docs"))) == [
        "../shop/a.py:5:2: TX301 `send.delay()` is queued too early"
    ]


def test_json_is_exactly_this() -> None:
    [item] = json.loads(json_reporter.document(view(DISPATCH, cwd="/project/shop")))
    fingerprint = item.pop("fingerprint")
    assert len(fingerprint) == 32
    assert item == {
        "code": "TX301",
        "name": "early-dispatch",
        "message": "`send.delay()` is queued too early",
        "severity": "error",
        "confidence": "high",
        "filename": "a.py",
        "location": {"row": 5, "column": 2},
        "end_location": {"row": 5, "column": 2},
        "function": "place",
        "trace": [
            {"filename": "a.py", "location": {"row": 1, "column": 1}, "message": "transaction opened here"},
            {"filename": "other.py", "location": {"row": 22, "column": 1}, "message": "elsewhere"},
        ],
        "related": [{"filename": "a.py", "location": {"row": 4, "column": 1}, "message": "defined here"}],
        "remedy": "transaction.on_commit(...)\nafter the commit",
        "fix": None,
        "suppressed": None,
        "cause": None,
    }


def test_json_has_what_comments_allow_and_not_what_is_out_of_sight() -> None:
    source = b"a()\nb()  # txlint: ignore[TX301] outbox\n"
    found = rule("TX301", "r", violation("shop/a.py:1"), violation("shop/a.py:2"), violation("tests/a.py:1"))
    items = json.loads(json_reporter.document(view(found, UNUSED, source=source)))
    assert [(item["location"]["row"], item["suppressed"]) for item in items] == [(1, None), (2, "ignore comment: outbox")]


def test_json_of_nothing_is_an_empty_array() -> None:
    assert json.loads(json_reporter.document(view())) == []


def test_json_keeps_names_and_messages_that_are_no_text() -> None:
    name = "caf\udce9\n.py"
    [item] = json.loads(json_reporter.document(view(rule("TX301", "r", violation(f"{name}:1", "a\x1bb")), path=name)))
    assert (item["filename"], item["message"]) == ("caf\\xe9\n.py", "a\x1bb")


@pytest.mark.parametrize("evil", ["\x1b[31m", "\x07", "\r", "\n!!error", "\x9b31m", "\u202e", "\u2066", "\x7f", "\u2028"])
def test_nothing_that_a_terminal_obeys_is_printed(evil: str) -> None:
    path = f"a{evil}b.py"
    trace = (step(f"{path}:1", f"s{evil}"),)
    # A remedy may have several lines.
    found = violation(f"{path}:1", f"m{evil}", function=f"f{evil}", remedy=f"r{evil}".replace("\n", ""), trace=trace)
    shown = view(rule("TX301", "r", found), path=path, source=f"x = '{evil}'".encode())
    for output in (text(shown), "\n".join(concise.lines(shown))):
        assert evil not in output
        assert all(character.isprintable() for line in output.split("\n") for character in line)


def test_visible() -> None:
    assert visible("a\x1b\n\t\x7f\u202e\ud800 é 数\u00a0") == "a␛␊␉␡\\u202e\\ud800 é 数\u00a0"


def test_summary_names_what_is_missing() -> None:
    shown = View(report({"a.py": b"", **{f"bad{number}.py": b"(" for number in range(7)}}), Path("/p"), Path("/p"))
    assert shown.summary() == (
        "Incomplete: no findings in what could be analysed (1 file analysed, 7 not analysed: "
        + "; ".join(f"bad{number}.py: not valid Python: '(' was never closed" for number in range(5))
        + "; and 2 more)"
    )


def test_summary_of_everything_right_and_everything_allowed() -> None:
    assert view().summary() == "All checks passed (1 file analysed)"
    found = rule("TX301", "r", violation("shop/a.py:1"))
    shown = view(found, source=b"a()  # noqa: TX301\n")
    assert shown.summary() == "All checks passed, 1 allowed by comments (1 file analysed)"


def test_summary_counts_what_is_less_sure_and_says_how_to_see_it() -> None:
    codes = ("TX309", "TX101", "TX309")
    rules = [rule(code, f"r{at}", violation(f"shop/a.py:{at}", confidence=Confidence.LOW)) for at, code in enumerate(codes, 1)]
    assert view(*rules).summary() == "All checks passed, 3 less sure (--select TX101,TX309) (1 file analysed)"


def test_infos_do_not_fail() -> None:
    assert not view(rule("TX301", "r", violation("shop/a.py:1"), severity=Severity.INFO)).fails
    assert view(rule("TX301", "r", violation("shop/a.py:1"), severity=Severity.WARNING)).fails


def test_statistics() -> None:
    one, two = (
        rule(code, code.lower(), *(violation(f"shop/a.py:{row}") for row in rows))
        for code, rows in [("TX1", [1]), ("TX2", [1, 2])]
    )
    assert view(one, two).statistics() == ((2, "TX2", "tx2"), (1, "TX1", "tx1"))


def test_source_in_another_encoding_is_shown_as_text(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes("# coding: latin-1\r\nx = 'é'\r\n".encode("latin-1"))
    found = analyse(Request(tmp_path, jobs=0), (rule("TX301", "r", violation("a.py:2:5")),), build)
    assert "2 │ x = 'é'\n" in text(View(found, tmp_path, tmp_path))


def test_a_finding_in_a_file_that_was_not_read_has_no_excerpt() -> None:
    shown = text(view(rule("TX301", "r", violation("shop/gone.py:3"))))
    assert shown.startswith("error[TX301] wrong\n  ╭─ shop/gone.py:3:1 in f  r\n\n")
