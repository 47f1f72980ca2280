"""The pages that promise something are kept by tests and data."""

from __future__ import annotations

import ast
import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(not (ROOT / "docs" / "reliability.md").is_file(), reason="needs a checkout")


def test_every_row_names_a_test_that_exists() -> None:
    _, _, *lines = (one for one in (ROOT / "docs" / "reliability.md").read_text().splitlines() if one.startswith("|"))
    rows = [re.search(r"\| `([\w/.]+)(?:::(\w+))?` \|$", line) for line in lines]
    assert len(rows) > 40
    for line, row in zip(lines, rows, strict=True):
        assert row, f"names no test: {line}"
        path, name = row.groups()
        defined = {node.name for node in ast.parse((ROOT / path).read_bytes()).body if isinstance(node, ast.FunctionDef)}
        assert name in defined or (not name and any(one.startswith("test_") for one in defined)), f"{path}::{name}"


def test_the_page_on_accuracy_is_what_the_data_say() -> None:
    script = runpy.run_path(str(ROOT / "docs" / "accuracy.py"))
    page = (ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8")
    assert page == script["page"](), "renew it with `python docs/accuracy.py`"


def test_no_finding_is_judged_twice() -> None:
    for sample in runpy.run_path(str(ROOT / "docs" / "accuracy.py"))["samples"]():
        judged = [one[:5] for one in sample.verdicts]
        assert len(judged) == len(set(judged)), sample.name
