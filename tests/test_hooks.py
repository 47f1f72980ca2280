"""The hooks and the action, as the tools that run them do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_changes import commit_all, git
from tests.test_cli import FAULTY, FILES

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.skipif(not (ROOT / "action.yml").is_file(), reason="needs a checkout")
PRE_COMMIT = shutil.which("pre-commit")
needs_pre_commit = pytest.mark.skipif(
    PRE_COMMIT is None, reason="pre-commit is not installed, so the hooks are NOT PROVEN here; .ci/run installs it"
)
LATER = "from shop.tasks import send\n\n\ndef later(pk):\n    send.delay(pk)\n"
UNSAFE = FAULTY.replace("shop.tasks import send", "shop.later import later").replace("send.delay(pk)", "later(pk)")
HANDED = """\
from django.db import transaction
from shop.tasks import send


def handed(pk):
    transaction.on_commit(lambda: send.delay(pk))
"""
SAFE = UNSAFE.replace("        later(pk)", "    later(pk)")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A committed project without findings; its view calls, after the transaction, what dispatches in another file."""
    root = tmp_path / "project"
    for name, text in (FILES | {"shop/later.py": LATER, "shop/views.py": SAFE}).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    git(root, "init", "-q", "-b", "main")
    commit_all(root)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return root


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """This checkout with its uncommitted changes as a repository of hooks, and a place for what pre-commit installs."""
    repository = tmp_path_factory.mktemp("hooks")
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (repository / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, repository / name)
    git(repository, "init", "-q")
    commit_all(repository)
    before = os.environ.get("PRE_COMMIT_HOME")
    os.environ["PRE_COMMIT_HOME"] = str(tmp_path_factory.mktemp("installed"))
    yield repository
    os.environ.pop("PRE_COMMIT_HOME")
    if before is not None:
        os.environ["PRE_COMMIT_HOME"] = before


def run(root: Path, *command: str) -> tuple[int, str]:
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@needs_pre_commit
def test_the_hooks_in_a_real_repository(project: Path, hooks: Path) -> None:
    ids = "".join(f"\n      - id: {name}" for name in ("txlint", "txlint-all", "txlint-audit"))
    revision = git(hooks, "rev-parse", "HEAD")
    config = f"repos:\n  - repo: {hooks}\n    rev: {revision}\n    hooks:{ids}\n"
    (project / ".pre-commit-config.yaml").write_text(config)
    code, output = run(project, str(PRE_COMMIT), "install", "--hook-type", "pre-commit", "--hook-type", "pre-push")
    assert code == 0, output
    commit_all(project, "hooks")

    (project / "shop/views.py").write_text(UNSAFE)
    git(project, "add", "-A")
    code, output = run(project, "git", "-c", "user.name=n", "-c", "user.email=e@example.org", "commit", "-m", "unsafe")
    assert code == 1, output
    assert "shop/later.py:5:5" in output
    assert "caused by your change in shop/views.py:pay" in output
    assert "audit" not in output

    (project / "shop/views.py").write_text(SAFE.replace("pk=pk", "id=pk"))
    commit_all(project, "safe")
    git(project, "init", "-q", "--bare", str(project.parent / "remote"))
    git(project, "remote", "add", "origin", str(project.parent / "remote"))
    code, output = run(project, "git", "push", "origin", "main")
    assert code == 0, output
    assert "txlint (whole project)" in output
    assert "txlint audit" in output


@needs_pre_commit
def test_try_repo_with_each_hook(project: Path, hooks: Path) -> None:
    (project / "shop/views.py").write_text(FAULTY)
    (project / "shop/handed.py").write_text(HANDED)  # only a project that defers already has safe fixes that defer
    git(project, "add", "-A")
    code, output = run(project, str(PRE_COMMIT), "try-repo", str(hooks), "txlint", "--files", "shop/views.py", "pyproject.toml")
    assert code == 1, output
    assert "error[TX301]" in output
    (project / "--exclude=*,x.py").touch()
    git(project, "add", "-A")
    code, output = run(project, str(PRE_COMMIT), "try-repo", str(hooks), "txlint", "--all-files")
    assert code == 1 and "error[TX301]" in output, "no file's name is an option"
    code, output = run(project, str(PRE_COMMIT), "try-repo", str(hooks), "txlint-fix", "--files", "shop/views.py")
    assert code == 1, output
    assert "files were modified by this hook" in output
    assert "on_commit" in (project / "shop/views.py").read_text()


def script(step: str) -> str:
    """The shell script of a step of the action."""
    text = (ROOT / "action.yml").read_text(encoding="utf-8").partition(f"- name: {step}\n")[2].partition("run: |\n")[2]
    return textwrap.dedent("".join(line for line in text.splitlines(keepends=True) if line.startswith("        ")))


def act(project: Path, **inputs: str) -> tuple[int, str]:
    """The `Check` step of the action, as GitHub runs it."""
    temporary = project.parent / "runner"
    (temporary / "txlint/bin").mkdir(parents=True, exist_ok=True)
    start = f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m txlint "$@"\n'
    (temporary / "txlint/bin/txlint").write_text(start)
    (temporary / "txlint/bin/txlint").chmod(0o755)
    given = {"PATHS": ".", "ARGS": "", "SARIF": "", "SUMMARY": "true"} | inputs
    github = {"RUNNER_TEMP": str(temporary), "GITHUB_STEP_SUMMARY": str(temporary / "summary"), "GITHUB_ACTIONS": "true"}
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script("Check")]
    done = subprocess.run(command, cwd=project, env=os.environ | github | given, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_the_action_annotates_reports_and_fails(project: Path) -> None:
    (project / "shop/views.py").write_text(FAULTY)
    code, output = act(project, SARIF="txlint.sarif")
    assert code == 1
    assert output.startswith("::error title=txlint TX301 (dispatch-in-transaction),file=shop/views.py,line=10,")
    assert json.loads((project / "txlint.sarif").read_text())["runs"][0]["results"][0]["ruleId"] == "TX301"
    assert (project.parent / "runner/summary").read_text().startswith("<!-- txlint -->\n### txlint\n\nFound 1 finding")


def test_the_action_passes_options_and_paths_but_runs_nothing_in_them(project: Path) -> None:
    (project / "shop/views.py").write_text(FAULTY)
    assert act(project, ARGS="--ignore TX301", SUMMARY="false") == (0, "")
    assert act(project, PATHS="shop/models.py shop/tasks.py")[0] == 0
    code, _ = act(project, PATHS="$(touch pwned)", ARGS="; touch pwned")
    assert code == 2
    assert not (project / "pwned").exists()
