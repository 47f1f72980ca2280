"""`txlint why` and `txlint audit` from the command line."""

from __future__ import annotations

import json
import shutil
import subprocess
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


def git(*arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(project: Path) -> Path:
    (project / ".git").rmdir()
    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "first")
    return project


def shop(folder: Path) -> Path:
    """A task file with one operation that is covered and one that is not."""
    file = folder / "library" / "loans.py"
    file.write_text(
        "from celery import shared_task\nfrom django.db import transaction\nfrom library.models import Fine, Loan\n\n\n"
        "@shared_task\ndef covered():\n    with transaction.atomic():\n"
        "        Fine.objects.create()\n        Loan.objects.create()\n"
        "\n\n@shared_task\ndef bare():\n    Fine.objects.create()\n    Loan.objects.create()\n"
    )
    return file


def test_only_what_was_touched_since_a_commit(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = shop(repository)
    git("add", "-A")
    git("commit", "-qm", "loans")
    old = "    Fine.objects.create()\n    Loan.objects.create()\n"
    new = "    with transaction.atomic():\n        Fine.objects.create()\n        Loan.objects.create()\n"
    text = file.read_text()
    file.write_text("# a comment moves every line\n" + text[: text.rindex(old)] + new)
    assert main(["audit", "--diff", "HEAD", "--no-cache"]) == CLEAN
    out = capsys.readouterr().out
    assert out.startswith("Coverage 1/1, 0 unknown\n")
    assert "  ↑ library/loans.py:bare:task  uncovered → covered:own\n" in out
    assert "covered:task" not in out
    assert main(["audit", "--diff", "HEAD", "--format", "json", "--no-cache"]) == CLEAN
    data = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in data["operations"]] == ["bare"]
    assert data["changes"] == [{"identity": "library/loans.py:bare:task", "before": "uncovered", "after": "covered:own"}]
    assert main(["audit", "--diff", "HEAD^", "--fail-under", "100", "--no-cache"]) == CLEAN
    assert "  + library/loans.py:bare:task  new → covered:own\n" in capsys.readouterr().out
    git("mv", "library/loans.py", "library/lending.py")
    assert main(["audit", "--diff", "HEAD", "--no-cache"]) == CLEAN
    assert "  ↑ library/lending.py:bare:task  uncovered → covered:own\n" in capsys.readouterr().out
    assert main(["audit", "--diff", "nowhere", "--no-cache"]) == INCOMPLETE
    assert "error: --diff: `nowhere` is no commit" in capsys.readouterr().err


def test_history(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--history", "runs.jsonl", "--no-cache"]) == CLEAN
    assert "Trend" not in capsys.readouterr().out
    shop(repository)
    assert main(["audit", "--history", "runs.jsonl", "--no-cache"]) == CLEAN
    out = capsys.readouterr().out
    assert "newly 1 covered, 1 uncovered" in out
    assert "Trend ▅▅  2/3 → 3/5 (60 %) in 2 runs" in out
    runs = [json.loads(line) for line in Path("runs.jsonl").read_text().splitlines()]
    assert runs[1]["changes"]["library/loans.py:bare:task"] == ["", "uncovered"]
    assert len(runs[1]["commit"]) == 40
    assert main(["audit", "library", "--history", "runs.jsonl"]) == INCOMPLETE


def test_an_assumption_is_compared_with_what_is_configured(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--assume", "atomic_requests=false", "--no-cache"]) == CLEAN
    out = capsys.readouterr().out
    assert "Compared with what is configured: newly 2 uncovered" in out
    assert "  ↓ library/api.py:lend:handler  covered:request! → uncovered" in out
    assert main(["audit", "--assume", "atomic_request=false"]) == INCOMPLETE
    assert "did you mean `atomic-requests`?" in capsys.readouterr().err
    assert main(["audit", "--assume", "atomic-requests=maybe"]) == INCOMPLETE


def test_missed_thresholds_are_wrong_use_as_in_coverage(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "txlint.toml").write_text("[audit]\nmax-unknown = 0\n[audit.fail-under]\ntask = 100\n")
    assert main(["audit", "--no-cache"]) == INCOMPLETE
    assert capsys.readouterr().err == "error: coverage of `task` is 0/1; fail-under is 100 %\n"
    assert main(["audit", "--fail-under", "task=0", "--fail-under-sound", "60", "--no-cache"]) == INCOMPLETE
    assert capsys.readouterr().err.startswith("error: sound coverage of the project is")


def test_files(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--format", "csv", "--output-file", "a.csv", "--badge", "b.svg", "--no-cache"]) == CLEAN
    assert Path("a.csv").read_text().startswith("file,line,operation,")
    assert Path("b.svg").read_text().startswith("<svg ")
    assert capsys.readouterr().out == ""
    assert main(["audit", "--format", "markdown", "--badge", "no/where.svg", "--no-cache"]) == INCOMPLETE
    assert "error: no/where.svg: No such file or directory" in capsys.readouterr().err


def test_patterns(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop(project).write_text(
        "from django.db import transaction\nfrom library.models import Fine\nfrom library.tasks import *\n"
        "def close(book):\n    with transaction.atomic():\n        book.save()\n"
        "        transaction.on_commit(lambda: fine_late_loans.delay())\n"
    )
    assert main(["audit", "--patterns", "--no-cache"]) == CLEAN
    out = capsys.readouterr().out
    assert "right patterns, " in out.splitlines()[0]
    assert "P16 dispatch after the commit" in out
