"""Files on disk are replaced whole, together, or not at all."""

from __future__ import annotations

import os
import signal
import stat
from pathlib import Path

import pytest

from txlint import replacing
from txlint.errors import UserError
from txlint.replacing import Change, replace_all


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "shop").mkdir(parents=True)
    (root / "shop/a.py").write_bytes(b"a = 1\n")
    (root / "shop/b.py").write_bytes(b"b = 1\n")
    return root


BOTH = {"shop/a.py": Change(b"a = 1\n", b"a = 2\n"), "shop/b.py": Change(b"b = 1\n", b"b = 2\n")}


def contents(root: Path) -> dict[str, bytes]:
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in sorted(root.rglob("*")) if file.is_file()}


def test_modes_are_kept_and_nothing_else_is_left_behind(project: Path) -> None:
    (project / "shop/a.py").chmod(0o754)
    replace_all(project, BOTH)
    assert contents(project) == {"shop/a.py": b"a = 2\n", "shop/b.py": b"b = 2\n"}
    assert stat.S_IMODE((project / "shop/a.py").stat().st_mode) == 0o754


def test_a_file_that_was_changed_meanwhile_stops_the_whole_set(project: Path) -> None:
    (project / "shop/b.py").write_bytes(b"b = 3\n")
    with pytest.raises(UserError, match=r"shop/b\.py: has been changed meanwhile; no file was changed"):
        replace_all(project, BOTH)
    assert contents(project) == {"shop/a.py": b"a = 1\n", "shop/b.py": b"b = 3\n"}


def test_a_link_inside_the_project_is_followed_and_stays_a_link(project: Path) -> None:
    (project / "real.py").write_bytes(b"a = 1\n")
    (project / "shop/a.py").unlink()
    (project / "shop/a.py").symlink_to("../real.py")
    replace_all(project, BOTH)
    assert (project / "shop/a.py").is_symlink()
    assert (project / "real.py").read_bytes() == b"a = 2\n"


def test_a_link_out_of_the_project_stops_the_whole_set(project: Path) -> None:
    outside = project.parent / "outside.py"
    outside.write_bytes(b"a = 1\n")
    (project / "shop/a.py").unlink()
    (project / "shop/a.py").symlink_to(outside)
    with pytest.raises(UserError, match=r"shop/a\.py: is a link out of the project"):
        replace_all(project, BOTH)
    assert outside.read_bytes() == b"a = 1\n"
    assert (project / "shop/b.py").read_bytes() == b"b = 1\n"


def test_an_error_while_they_are_put_in_place_brings_the_first_one_back(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = Path.replace, [0]

    def failing(self: Path, target: Path) -> Path:
        calls[0] += 1
        if calls[0] == 2:
            raise OSError(28, "No space left on device")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(UserError, match="No space left on device"):
        replace_all(project, BOTH)
    assert contents(project) == {"shop/a.py": b"a = 1\n", "shop/b.py": b"b = 1\n"}


def test_ctrl_c_while_they_are_put_in_place_waits_until_all_are(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = replacing._swap

    def interrupted(*arguments: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(replacing, "_swap", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replace_all(project, BOTH)
    assert contents(project) == {"shop/a.py": b"a = 2\n", "shop/b.py": b"b = 2\n"}


def test_ctrl_c_before_that_leaves_every_file_as_it_was(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(replacing.shutil, "copystat", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replace_all(project, BOTH)
    assert contents(project) == {"shop/a.py": b"a = 1\n", "shop/b.py": b"b = 1\n"}
