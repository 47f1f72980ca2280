"""Each import contract breaks by one offending import."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# An editable installation would mix the packages of the checkout with those of the copy.
PROGRAM = f"import sys; sys.path[:] = [path for path in sys.path if path != {str(ROOT)!r}]; "
PROGRAM += "from importlinter.cli import lint_imports_command as lint; lint()"
LINT = [sys.executable, "-c", PROGRAM, "--no-cache"]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    if not (ROOT / "rules").is_dir():
        pytest.skip("needs a checkout")
    for name in ("txlint", "rules"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(tree: Path) -> tuple[int, str]:
    environment = os.environ | {"PYTHONPATH": str(tree)}
    run = subprocess.run(LINT, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    return run.returncode, run.stdout


def test_the_tree_keeps_every_contract(tree: Path) -> None:
    code, output = lint(tree)
    assert code == 0, output
    assert "5 kept, 0 broken" in output


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("txlint/findings.py", "import txlint.engine", "The pipeline flows one way"),
        ("txlint/facts/records.py", "import txlint.project", "The pipeline flows one way"),
        ("txlint/cache.py", "import txlint.workers", "The pipeline flows one way"),
        ("txlint/helpers.py", "", "The pipeline flows one way"),
        ("txlint/engine.py", "import rules.housekeeping.unanalysed_file", "The engine knows no rule"),
        ("rules/housekeeping/unanalysed_file.py", "import txlint.findings", "A rule knows txlint.api only"),
        ("rules/housekeeping/unanalysed_file.py", "import txlint.facts.records", "A rule knows txlint.api only"),
        ("txlint/engine.py", "import libcst", "Only facts and fixing read syntax trees"),
        ("rules/housekeeping/unanalysed_file.py", "import libcst", "Only facts and fixing read syntax trees"),
        ("txlint/engine.py", "import rich.console", "Only reporters and front ends print"),
        ("txlint/facts/records.py", "import click", "Only reporters and front ends print"),
    ],
)
def test_one_offending_import_breaks_its_contract(tree: Path, file: str, line: str, contract: str) -> None:
    with (tree / file).open("a") as stream:
        stream.write(f"\n{line}\n")
    code, output = lint(tree)
    assert code != 0
    assert re.findall(r"^(.*) BROKEN", output, re.MULTILINE) == [contract]
