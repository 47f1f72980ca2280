"""What the README tells users to put into their files."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import msgspec

from txlint.config import Config
from txlint.findings import Confidence, Finding, Severity
from txlint.locations import Location
from txlint.reporters import concise

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def block(language: str, word: str) -> str:
    return next(text for text in re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL) if word in text)


class OneFinding:
    shown = (Finding("TX301", "x", "`a: b` is wrong", Severity.ERROR, Confidence.HIGH, Location("shop/a.py", 3, 5), "f"),)

    def filename(self, path: str) -> str:
        return path


def test_the_problem_matcher_of_vs_code_reads_concise_output() -> None:
    [task] = json.loads(block("json", "problemMatcher"))["tasks"]
    pattern = task["problemMatcher"]["pattern"]
    [line] = concise.lines(OneFinding())  # type: ignore[arg-type]
    match = re.match(pattern["regexp"], line)
    assert match
    parts = {key: match[number] for key, number in pattern.items() if key != "regexp"}
    assert parts == {"file": "shop/a.py", "line": "3", "column": "5", "code": "TX301", "message": "`a: b` is wrong"}


def test_the_server_of_helix_is_the_one_for_python() -> None:
    data = tomllib.loads(block("toml", "language-server"))
    assert data["language"][0]["language-servers"] == list(data["language-server"])
    assert data["language-server"]["txlint"] == {"command": "txlint", "args": ["lsp"]}


def test_the_configuration_is_valid() -> None:
    table = tomllib.loads(block("toml", "tool.txlint"))["tool"]["txlint"]
    assert msgspec.convert(table, Config).overrides[0].paths == ("legacy/",)
