"""The process around an analysis: streams, signals, full disks, and runs beside each other."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.reliability.test_inputs import FAULTY

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")

CLEAN, FINDINGS, INCOMPLETE, TERMINATED = 0, 1, 2, 143
COMMAND = (sys.executable, "-m", "txlint")


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one finding, and the working directory in it."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "pyproject.toml").write_text('[tool.txlint]\nselect = ["TX301", "TX004"]\n')
    (root / "shop.py").write_bytes(FAULTY)
    monkeypatch.chdir(root)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    return root


def shell(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command line as a shell runs it, `txlint` being this one."""
    line = command.replace("txlint", f"{sys.executable} -m txlint")
    variables = os.environ | environment
    return subprocess.run(["sh", "-c", line], env=variables, capture_output=True, text=True, errors="replace", check=False)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("txlint check >&-", FINDINGS),
        ("txlint check >&- 2>&- <&-", FINDINGS),
        ("txlint check --output-format json >&-", FINDINGS),
        ("txlint rules >&-", CLEAN),
        ("txlint audit >&- 2>&-", CLEAN),
    ],
)
def test_closed_streams(command: str, code: int) -> None:
    done = shell(command)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    "command", ["check", "check -o /dev/full", "audit", "rules", "explain TX301", "inspect", "--version", "clean"]
)
def test_a_full_disk_is_one_line_and_no_answer(command: str) -> None:
    done = shell(f"txlint {command} >/dev/full")
    assert done.returncode == INCOMPLETE
    [line] = done.stderr.splitlines()
    assert line.startswith("error: ") and "No space left on device" in line
    assert shell(f"txlint {command} >/dev/full 2>/dev/full").returncode == INCOMPLETE


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "cp1252"},
        *({"COLUMNS": width} for width in ("20", "1", "0", "wide")),
        {"NO_COLOR": "1", "FORCE_COLOR": "1"},
        {"TERM": "dumb"},
    ],
    ids=lambda environment: "-".join(environment),
)
def test_any_terminal(environment: dict[str, str]) -> None:
    (Path.cwd() / "shop.py").write_bytes(FAULTY.replace(b"send.delay(pk)", "send.delay(pk)  # é数 \u202e\x1b[1m".encode()))
    for command in ("check", "audit"):
        done = shell(f"txlint {command}", **environment)
        assert done.returncode == (FINDINGS if command == "check" else CLEAN)
        assert "\x1b" not in done.stdout and "\u202e" not in done.stdout
        assert done.stdout.strip() and "Traceback" not in done.stderr


def limited() -> None:
    """No file can be written to, as on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def run(*arguments: str, before: Callable[[], None] | None = None) -> subprocess.CompletedProcess[str]:
    """A run of its own; `before` happens in its process."""
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False, preexec_fn=before)


def test_no_room_for_the_cache_costs_nothing_but_time() -> None:
    done = run("check", "--output-format", "concise", before=limited)
    assert (done.returncode, done.stdout) == (FINDINGS, run("check", "--output-format", "concise", "--no-cache").stdout)
    assert done.stderr.startswith("note: working without the cache ")


def test_no_room_for_a_report_or_a_fix_leaves_everything_as_it_was(project: Path) -> None:
    (project / "report.txt").write_text("the last one")
    before = {path: path.read_bytes() for path in project.rglob("*")}
    for arguments in (("-o", "report.txt"), ("--fix", "--unsafe-fixes")):
        done = run("check", "--no-cache", *arguments, before=limited)
        assert done.returncode == INCOMPLETE, done.stderr
        assert "File too large" in done.stderr and "Traceback" not in done.stderr
        assert {path: path.read_bytes() for path in project.rglob("*")} == before


def busy(project: Path, tmp_path: Path) -> subprocess.Popen[str]:
    """A run that has a worker in the parser, where no signal handler of Python's runs."""
    (project / "slow.py").write_text("x = a" + ".f()" * 3000 + " #" * 200_000 + "\r")
    process = subprocess.Popen(
        [*COMMAND, "check"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    while not (tmp_path / "cache" / "txlint" / "facts.sqlite3").exists():
        time.sleep(0.05)
    time.sleep(1)
    assert process.poll() is None, "still busy"
    return process


def group_is_gone(group: int, seconds: float) -> bool:
    """Whether no process of the group is left after at most so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.2)
    return False


def test_sigterm_is_quiet_and_leaves_no_worker(project: Path, tmp_path: Path) -> None:
    process = busy(project, tmp_path)
    process.terminate()
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, output, errors) == (TERMINATED, "", "")
    assert group_is_gone(process.pid, 5)


def test_a_killed_run_leaves_nothing_broken(project: Path, tmp_path: Path) -> None:
    process = busy(project, tmp_path)
    process.kill()
    process.communicate(timeout=30)
    (project / "slow.py").unlink()
    first, second = (run("check", "--output-format", "json") for _ in range(2))
    assert first.stdout == second.stdout == run("check", "--output-format", "json", "--no-cache").stdout
    assert json.loads(first.stdout) and first.stderr == ""
    assert {path.name for path in project.iterdir()} == {"pyproject.toml", "shop.py"}
    assert group_is_gone(process.pid, 60), "a worker outlives the run that was killed"


def test_runs_beside_each_other_say_the_same(project: Path) -> None:
    for number in range(30):
        (project / f"m{number}.py").write_bytes(FAULTY + b"# %d\n" % number)
    command = [*COMMAND, "check", "--output-format", "json"]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    said = [one.communicate(timeout=120) for one in runs]
    assert {one.returncode for one in runs} == {FINDINGS}
    assert len({output for output, _ in said}) == 1
    assert {errors for _, errors in said} == {""}, "the first runs of all make the cache at the same moment"
    assert len(json.loads(said[0][0])) == 31


def test_ctrl_c_and_sigterm_wait_until_a_set_of_files_is_in_place(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from txlint import replacing

    (project / "other.py").write_bytes(b"old")
    swap = replacing._swap

    def interrupted(*given: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        swap(*given)  # type: ignore[arg-type]

    def ended(number: int, frame: object) -> None:
        raise SystemExit(TERMINATED)

    monkeypatch.setattr(replacing, "_swap", interrupted)
    previous = signal.signal(signal.SIGTERM, ended)
    changes = {name: replacing.Change((project / name).read_bytes(), b"new") for name in ("shop.py", "other.py")}
    try:
        with pytest.raises(SystemExit):
            replacing.replace_all(project, changes)
    finally:
        signal.signal(signal.SIGTERM, previous)
    assert {(project / name).read_bytes() for name in changes} == {b"new"}
