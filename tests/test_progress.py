"""A long run shows how far it is on a terminal, and nowhere else."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """\
import sys, time
from txlint import answers
from txlint.cli import progress
from txlint.workers import Pool

answers.SETTLED = 0  # the files of a test are new
progress.AFTER_SECONDS = 0.2
ask = Pool._extract
Pool._extract = lambda pool, source: (time.sleep(0.05), ask(pool, source))[1]
from txlint.__main__ import run
sys.exit(run())
"""


def shown(project: Path, *arguments: str, **environment: str) -> tuple[str, str]:
    """The output, and what a terminal gets as the error output."""
    ours, theirs = pty.openpty()
    around = {name: value for name, value in os.environ.items() if name != "CI"} | {"TERM": "xterm"}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "check", "--jobs", "1", *arguments],
        cwd=project,
        env=around | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))} | environment,
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
    )
    os.close(theirs)
    seen = b""
    try:
        while piece := os.read(ours, 4096):
            seen += piece
    except OSError:  # The other side has gone.
        pass
    out, _ = process.communicate()
    os.close(ours)
    assert process.returncode == 0, seen
    return out, seen.decode()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files enough for a while."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "project").mkdir()
    for number in range(30):
        (tmp_path / "project" / f"m{number}.py").write_text(f"x = {number}\n", encoding="utf-8")
    return tmp_path / "project"


def test_a_long_run_shows_how_far_it_is_and_wipes_it_away(project: Path) -> None:
    out, seen = shown(project, "--no-cache")
    assert "Reading files" in seen and "/30" in seen
    assert "\x1b[2K" in seen.rpartition("Reading files")[2], "wiped away"
    assert "Reading" not in out and "All checks passed" in out


@pytest.mark.parametrize(("arguments", "environment"), [(("--quiet",), {}), ((), {"CI": "true"}), ((), {"TERM": "dumb"})])
def test_nobody_is_shown_what_nobody_waits_for(project: Path, arguments: tuple[str, ...], environment: dict[str, str]) -> None:
    assert "Reading" not in shown(project, "--no-cache", *arguments, **environment)[1]


def test_a_kept_answer_holds_nothing_of_it(project: Path) -> None:
    first, seen = shown(project)
    assert "Reading files" in seen
    again, seen = shown(project)
    assert again == first
    assert "Reading" not in seen
