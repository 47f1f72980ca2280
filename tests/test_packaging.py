"""What is shipped: the wheel holds the rule pack, and the hook calls what exists."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import txlint

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.skipif(not (ROOT / "pyproject.toml").is_file(), reason="needs a checkout")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    [path] = folder.iterdir()
    return zipfile.ZipFile(path)


def test_the_wheel_holds_every_rule_its_page_and_every_catalogue(wheel: zipfile.ZipFile) -> None:
    listed = subprocess.run(["git", "ls-files", "-z", "rules", "txlint"], cwd=ROOT, capture_output=True, text=True, check=True)
    wanted = {re.sub(r"^rules/", "txlint/rules/", name) for name in listed.stdout.split("\0") if name}
    assert wanted
    assert wanted <= set(wheel.namelist())


def test_the_wheel_holds_nothing_else(wheel: zipfile.ZipFile) -> None:
    assert {name.split("/")[0] for name in wheel.namelist()} == {"txlint", f"txlint-{txlint.__version__}.dist-info"}
    assert not [name for name in wheel.namelist() if {"__pycache__", "tests"} & set(name.split("/"))]


def test_the_wheel_says_what_it_needs(wheel: zipfile.ZipFile) -> None:
    metadata = wheel.read(f"txlint-{txlint.__version__}.dist-info/METADATA").decode()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = re.findall(r"^Requires-Dist: ([\w-]+)[^;\n]*$", metadata, re.MULTILINE)
    assert sorted(needed) == sorted(re.split(r"[<>=]", one)[0] for one in project["dependencies"])
    assert "License-Expression: MIT" in metadata
    assert "txlint = txlint.__main__:main" in wheel.read(f"txlint-{txlint.__version__}.dist-info/entry_points.txt").decode()


def test_the_hook_and_the_guide_call_what_exists() -> None:
    hook = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    assert "entry: txlint check\n" in hook
    assert "require_serial: true\n" in hook
    assert re.findall(r"- id: (.*)\n", hook) == ["txlint", "txlint-fix", "txlint-all", "txlint-audit"]
    assert len({*re.findall(r"files: (.*)\n", hook)}) == 1
    pattern = re.compile(re.findall(r"files: (.*)\n", hook)[0])
    for name in ("shop/views.py", "pyproject.toml", "a/.txlint.toml", "txlint.toml"):
        assert pattern.search(name)
    for name in ("Cargo.toml", "not-txlint.toml", "README.md"):
        assert not pattern.search(name)


def test_the_same_command_installs_and_tests_everywhere() -> None:
    command = "pip install -e '.[dev]' && pytest"
    for name in (".ci/run", "CONTRIBUTING.md"):
        assert command in (ROOT / name).read_text(encoding="utf-8")
