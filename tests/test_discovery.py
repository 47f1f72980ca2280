"""Which files belong to a project."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from txlint.config import DEFAULT_EXCLUDE
from txlint.discovery import Discovered, discover, is_ignored_by_git, read_regular
from txlint.errors import UserError


def make(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("", encoding="utf-8")


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=x", "-c", "user.email=x@x", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture(params=["walked", "git"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "git":
        git(tmp_path, "init")
    return tmp_path


def test_python_files_only_and_sorted(root: Path) -> None:
    make(root, "b.py", "a/x.py", "a.pyi", "c.txt", "a/y.pyc")
    assert discover(root, ()) == Discovered(("a/x.py", "b.py"))


def test_gitignore_of_every_level_counts(root: Path) -> None:
    make(root, "a.py", "gen/b.py", "keep/gen/c.py", "keep/d_pb2.py", "keep/e_pb2.py")
    (root / ".gitignore").write_text("gen/\n*_pb2.py\n", encoding="utf-8")
    (root / "keep" / ".gitignore").write_text("!d_pb2.py\n", encoding="utf-8")
    assert discover(root, ()).files == ("a.py", "keep/d_pb2.py")


def test_excluded_folders_and_patterns(root: Path) -> None:
    make(root, "a.py", "venv/x.py", "shop/build/x.py", "x.egg-info/x.py", "legacy/x.py", "shop/legacy/y.py")
    assert discover(root, (*DEFAULT_EXCLUDE, "/legacy/")).files == ("a.py", "shop/legacy/y.py")


def test_only_regular_files(root: Path) -> None:
    make(root, "real.py")
    os.mkfifo(root / "fifo.py")
    (root / "folder.py").mkdir()
    (root / "link.py").symlink_to(root / "real.py")
    (root / "dangling.py").symlink_to(root / "nothing.py")
    (root / "loop").symlink_to(root)
    assert discover(root, ()) == Discovered(("real.py",))


def test_large_files_are_named_not_skipped(root: Path) -> None:
    (root / "large.py").write_bytes(b"#" * 11)
    (root / "small.py").write_bytes(b"#" * 10)
    found = discover(root, (), max_file_size=10)
    assert found.files == ("small.py",)
    assert [(one.path, one.reason) for one in found.unanalysed] == [("large.py", "larger than max-file-size (10 bytes)")]
    assert discover(root, (), max_file_size=0).files == ("large.py", "small.py")


def test_names_that_are_no_text(root: Path) -> None:
    name = os.fsdecode(b"caf\xe9 \n\x1b.py")
    make(root, name)
    assert discover(root, ()).files == (name,)


def test_a_broken_pattern_is_a_mistake_of_the_user(root: Path) -> None:
    with pytest.raises(UserError, match="exclude: "):
        discover(root, ("!",))


def test_virtual_environments_of_any_name_are_left_out(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "env/lib/x.py", "env/pyvenv.cfg")
    assert discover(tmp_path, ()).files == ("a.py",)


def test_git_files_that_are_deleted_or_in_submodules(tmp_path: Path) -> None:
    git(tmp_path, "init")
    make(tmp_path, "gone.py", "kept.py", "inner/a.py")
    git(tmp_path / "inner", "init")
    git(tmp_path, "add", "gone.py", "kept.py")
    (tmp_path / "gone.py").unlink()
    assert discover(tmp_path, DEFAULT_EXCLUDE).files == ("inner/a.py", "kept.py")


def test_a_broken_checkout_is_walked(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    make(tmp_path, "a.py", "b/c.py")
    assert discover(tmp_path, DEFAULT_EXCLUDE).files == ("a.py", "b/c.py")


def test_nothing_that_a_repository_configures_is_run(tmp_path: Path) -> None:
    git(tmp_path, "init")
    make(tmp_path, "a.py")
    hook = tmp_path / "hook.sh"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/PWNED\n", encoding="utf-8")
    hook.chmod(0o755)
    git(tmp_path, "config", "core.fsmonitor", str(hook))
    assert discover(tmp_path, ()).files == ("a.py",)
    assert not (tmp_path / "PWNED").exists()
    # The same call without the protection does run it.
    subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "PWNED").exists()


def test_the_environment_of_a_hook_does_not_mislead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("here", "there"):
        make(tmp_path, f"{name}/{name}.py")
        git(tmp_path / name, "init")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "there" / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "there"))
    assert discover(tmp_path / "here", ()).files == ("here.py",)


def test_what_git_ignores(tmp_path: Path) -> None:
    git(tmp_path, "init")
    make(tmp_path, "seen", "unseen")
    (tmp_path / ".gitignore").write_text("unseen\n", encoding="utf-8")
    assert not is_ignored_by_git(tmp_path, tmp_path / "seen")
    assert is_ignored_by_git(tmp_path, tmp_path / "unseen")


def test_a_file_that_became_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.py")
    with pytest.raises(OSError, match="no regular file"):
        read_regular(tmp_path / "fifo.py")
