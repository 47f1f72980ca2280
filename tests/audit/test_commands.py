"""`txlint why` and `txlint audit` from the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.audit.test_statuses import FIXTURES
from txlint.cli import main
from txlint.cli.output import CLEAN, INCOMPLETE


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    shutil.copytree(FIXTURES / "django_atomic_requests", folder)
    (folder / ".git").mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_why(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["why", "library/api.py:26", "--no-cache", "--jobs", "1"]) == CLEAN
    out = capsys.readouterr().out
    assert out.startswith("library/api.py:26 in lend  the function itself\n")
    assert "open: the request's transaction (ATOMIC_REQUESTS)" in out
    assert main(["why", "library/api.py:26", "--output-format", "json", "--no-cache"]) == CLEAN
    assert json.loads(capsys.readouterr().out)["function"] == "lend"


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("library/api.py", "write FILE:LINE"),
        ("library/apis.py:3", "no such file"),
        ("library/api.py:999", "the file has"),
        ("library:3", "did you mean"),
    ],
)
def test_why_of_a_wrong_place(project: Path, capsys: pytest.CaptureFixture[str], place: str, words: str) -> None:
    assert main(["why", place, "--no-cache"]) == INCOMPLETE
    assert words in capsys.readouterr().err


def test_why_without_repository_means_the_project_of_the_working_directory(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / ".git").rmdir()
    assert main(["why", "library/services.py:5", "--no-cache"]) == CLEAN
    assert "library/api.py:26" in capsys.readouterr().out


def test_audit(project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["audit", "--no-cache"]) == CLEAN
    out = capsys.readouterr().out
    assert out.startswith("Coverage 2/3, 0 unknown\n")
    assert max(map(len, out.splitlines())) <= 80
    assert main(["audit", "library/tasks.py", "--format", "json", "--no-cache"]) == CLEAN
    assert {one["filename"] for one in json.loads(capsys.readouterr().out)["operations"]} == {"library/tasks.py"}
    assert main(["audit", "--unknown", "--no-cache"]) == CLEAN
    assert capsys.readouterr().out == "0 of 3 operations could not be decided\n"
    assert main(["audit", "--explain", "lend_book", "--no-cache"]) == CLEAN
    assert "covered:request (covered!: TX301 open)" in capsys.readouterr().out
    assert main(["audit", "--explain", "lend_books", "--no-cache"]) == INCOMPLETE
    assert "did you mean `lend_book`?" in capsys.readouterr().err
