"""The pipeline from files to a report."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.stand_ins import build, report, rule, violation
from txlint.api import Rule, Severity, Violation
from txlint.config import Config
from txlint.engine import Request, analyse
from txlint.errors import RuleFailure
from txlint.rulepack import builtin_pack, load_pack

UNANALYSED = tuple(one for one in load_pack(builtin_pack()) if one.code == "TX004")


def write(root: Path, **files: bytes) -> None:
    for name, text in files.items():
        (root / f"{name}.py").write_bytes(text)


def test_every_file_is_analysed_or_named(tmp_path: Path) -> None:
    write(
        tmp_path,
        good=b"x = 1\n",
        bad=b"\ndef f(:\n",
        deep=b"x = " + b"(" * 3000,
        large=b"#" * 3500,
        latin=b"# coding: nonsense\n",
    )
    found = analyse(Request(tmp_path, Config(max_file_size=3400), cache=tmp_path / "cache"), UNANALYSED, build)
    assert found.files == ("good.py",)
    assert [(one.path, one.row, one.reason.split(":")[0]) for one in found.unanalysed] == [
        ("bad.py", 2, "not valid Python"),
        ("deep.py", 1, "nested too deeply"),
        ("large.py", 1, "larger than max-file-size (3400 bytes)"),
        ("latin.py", 1, "unknown encoding"),
    ]
    assert [(one.code, one.location.path, one.location.row) for one in found.findings] == [
        ("TX004", one.path, one.row) for one in found.unanalysed
    ]


def test_focus_does_not_hide_what_was_not_analysed(tmp_path: Path) -> None:
    write(tmp_path, bad=b"def f(:\n", good=b"")
    found = analyse(Request(tmp_path, focus=frozenset({"good.py"}), jobs=0), UNANALYSED, build)
    assert [(one.location.path, one.suppressed) for one in found.findings] == [("bad.py", None)]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    write(tmp_path, secret=b"")
    (tmp_path / "secret.py").chmod(0)
    [one] = analyse(Request(tmp_path, jobs=0), (), build).unanalysed
    assert one.reason == "cannot be read: Permission denied"


def test_the_overlay_counts_instead_of_the_disk(tmp_path: Path) -> None:
    write(tmp_path, saved=b"on_disk()\n")
    found = analyse(Request(tmp_path, overlay={"saved.py": b"unsaved()\n", "new.py": b""}, jobs=0), (), build)
    assert found.read("saved.py") == b"unsaved()\n"
    assert set(found.files) == {"saved.py", "new.py"}


def test_a_file_asked_for_by_name_that_is_left_out_is_told(tmp_path: Path) -> None:
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "a.py").touch()
    found = analyse(Request(tmp_path, focus=frozenset({"build/a.py", "docs"}), jobs=0), (), build)
    assert found.notes == ("build/a.py: left out by .gitignore or `exclude`",)


def test_the_analysis_gets_facts_configuration_text_and_what_is_missing() -> None:
    seen: list[Any] = []

    def look(analysis: Any) -> tuple[Violation, ...]:
        seen.append(analysis)
        return ()

    config = Config(jobs=7)
    found = report({"a.py": b"def f(): pass\n", "b.py": b"("}, Rule("TX101", "look", Severity.ERROR, look), config=config)
    [analysis] = seen
    assert [one.name for one in analysis.facts["a.py"].functions] == ["<module>", "f"]
    assert analysis.config is config
    assert analysis.read("a.py") == b"def f(): pass\n"
    assert [one.path for one in analysis.unanalysed] == ["b.py"]
    assert found.analysis is analysis


def test_only_chosen_rules_run() -> None:
    def explode(_: Any) -> tuple[Violation, ...]:
        raise AssertionError("ran")

    rules = (Rule("TX101", "off", Severity.ERROR, explode), rule("TX301", "on", violation("a.py:1")))
    assert [one.code for one in report({"a.py": b""}, *rules, config=Config(ignore=("off",))).findings] == ["TX301"]


def test_a_bug_in_a_rule_names_the_rule() -> None:
    def explode(analysis: SimpleNamespace) -> tuple[Violation, ...]:
        return analysis.nothing  # type: ignore[no-any-return]

    with pytest.raises(RuleFailure, match="TX301 dispatch failed: AttributeError: ") as caught:
        report({"a.py": b""}, Rule("TX301", "dispatch", Severity.ERROR, explode))  # type: ignore[arg-type]
    assert isinstance(caught.value.__cause__, AttributeError)


def test_a_run_from_the_cache_reports_the_same(tmp_path: Path) -> None:
    write(tmp_path, a=b"f()  # txlint: ignore[TX004] x\n", bad=b"(")
    request = Request(tmp_path, cache=tmp_path / "cache", jobs=1)
    cold, warm = (analyse(request, UNANALYSED, build) for _ in range(2))
    assert (cold.findings, cold.files, cold.unanalysed, cold.notes) == (warm.findings, warm.files, warm.unanalysed, warm.notes)
