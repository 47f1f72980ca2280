"""What counts as a change, and how the project of a commit is read without a checkout."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stand_ins import build, step, violation
from txlint.api import Rule, Severity, Violation
from txlint.changes import ALIKE, Base, Changes, base, changes, commit, fork, renames, within
from txlint.config import Config
from txlint.engine import Report, Request, analyse
from txlint.extraction import facts_of
from txlint.filters import OUT_OF_FOCUS
from txlint.git import GitError
from txlint.locations import Location

BEFORE = b"""\
import a

LIMIT = 1


def kept():
    return 1


class Order:
    @a.decorated(
        1,
    )
    def place(self):
        kept()

    def pay(self):
        def inner():
            return 1

        return inner
"""


def git(root: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false")
    run = subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True, text=True)
    return run.stdout.strip()


def commit_all(root: Path, message: str = "m") -> str:
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", message)
    return git(root, "rev-parse", "HEAD")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg/a.py").write_bytes(BEFORE)
    commit_all(tmp_path)
    return tmp_path


def changed(before: bytes, after: bytes, path: str = "a.py") -> Changes:
    then, now = {"a.py": before}, {path: after}
    return changes(Base("0", then), facts_of(then, None, 0).facts, facts_of(now, None, 0).facts, now.__getitem__)


@pytest.mark.parametrize(
    ("old", "new", "functions"),
    [
        (b"import a", b"import a\n\n# moved down", []),
        (b"LIMIT = 1", b"LIMIT = 2", []),
        (b"    return 1\n\n\nclass", b"    return 2\n\n\nclass", ["kept"]),
        (b"        kept()\n", b"        kept(2)\n", ["Order.place"]),
        (b"        kept()\n", b"        if a:\n            kept()\n", ["Order.place"]),
        (b"        1,\n", b"        2,\n", ["Order.place"]),
        (b"            return 1", b"            return 2", ["Order.pay", "Order.pay.<locals>.inner"]),
        (b"def kept():\n    return 1\n", b"", []),
        (b"    return 1\n\n\nclass", b"    return 1\n\n\ndef new():\n    pass\n\n\nclass", ["new"]),
        (b"def kept():\n    return 1\n", b"if a:\n    def kept():\n        return 1\n\n", []),
    ],
)
def test_a_function_is_changed_if_its_text_is(old: bytes, new: bytes, functions: list[str]) -> None:
    assert old in BEFORE
    found = changed(BEFORE, BEFORE.replace(old, new))
    assert [name for one in found.files.values() for name in one.functions] == functions


def test_the_place_of_a_change() -> None:
    after = BEFORE.replace(b"return 1\n\n        return", b"return 2\n\n        return")
    found = changed(BEFORE, after.replace(b"= 1", b"= 2"))
    names = {row: found.at(Location("a.py", row)) for row in range(1, 22)}
    assert {name for row, name in names.items() if row not in (3, 17, 18, 19, 20, 21)} == {None}
    assert (names[3], names[17], names[19], names[21]) == ("<module>", "Order.pay", "Order.pay.<locals>.inner", "Order.pay")
    assert found.at(Location("b.py", 18)) is None


def test_line_endings_are_no_change_of_a_function() -> None:
    assert changed(BEFORE, BEFORE.replace(b"\n", b"\r\n")).files == {}


def test_a_file_that_could_not_be_read_before_is_new() -> None:
    assert list(changed(b"def f(:\n", b"def f():\n    pass\n").files["a.py"].functions) == ["f"]


def test_a_file_that_was_moved_has_not_changed() -> None:
    assert changed(BEFORE, BEFORE, "pkg/b.py").files == {}


def test_renames_are_the_most_alike_and_alike_at_all() -> None:
    lines = [b"%d\n" % number for number in range(10)]
    whole, most, half, less = (b"".join(lines[:size]) for size in (10, 9, 5, 4))
    assert ALIKE == 0.5
    assert renames({"old": whole}, {"b": half, "c": most}) == {"old": "c"}
    assert renames({"old": whole}, {"b": half}) == {"old": "b"}
    assert renames({"old": whole}, {"b": less}) == {}
    assert renames({"old": whole, "kept": most}, {"kept": most}) == {}
    assert renames({"empty": b""}, {"other": b""}) == {}


def test_the_project_of_a_commit_is_read_without_touching_the_checkout(checkout: Path) -> None:
    (checkout / "pkg/é b.py").write_bytes(b"x = 1\r\n")
    (checkout / "pkg/link.py").symlink_to("a.py")
    (checkout / "pkg/note.txt").write_bytes(b"")
    first = commit_all(checkout)
    (checkout / "pkg/a.py").write_bytes(b"dirty\n")
    (checkout / "pkg/é b.py").unlink()
    assert base(checkout, "HEAD", lambda _: True) == Base(first, {"pkg/a.py": BEFORE, "pkg/é b.py": b"x = 1\r\n"})
    assert base(checkout / "pkg", "HEAD", within(["a.py"])) == Base(first, {"a.py": BEFORE})
    assert base(checkout, "HEAD", lambda _: True, max_bytes=20).sources == {"pkg/é b.py": b"x = 1\r\n"}
    assert git(checkout, "status", "--porcelain", "-z").count("\0") == 2


@pytest.mark.parametrize("ref", ["", "-h", "--output=x", "nowhere", "HEAD:pkg/a.py", "a b"])
def test_what_is_no_commit(ref: str, checkout: Path) -> None:
    with pytest.raises(GitError, match="is no commit"):
        commit(checkout, ref)
    assert not (checkout / "x").exists()


def test_a_branch_is_compared_from_where_it_was_left(checkout: Path) -> None:
    start = git(checkout, "rev-parse", "HEAD")
    git(checkout, "checkout", "-q", "-b", "topic")
    commit_all(checkout, "ours")
    git(checkout, "checkout", "-q", "main")
    theirs = commit_all(checkout, "theirs")
    git(checkout, "checkout", "-q", "topic")
    assert fork(checkout, "main") == start != theirs
    git(checkout, "checkout", "-q", "--orphan", "other")
    commit_all(checkout, "unrelated")
    with pytest.raises(GitError, match="no common commit of `main` and HEAD; fetch more"):
        fork(checkout, "main")


def test_outside_of_a_checkout(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="is in no git checkout"):
        base(tmp_path, "HEAD", lambda _: True)


def analysed(root: Path, focus: frozenset[str] | None, new_only: bool = False, *, then_too: bool = False) -> Report:
    """Findings in b.py that `a.py:kept`, `a.py:Order.pay` and line 3 lead to; at the commit, only if `then_too`."""
    rows = {"kept": 7, "Order.pay": 21, "line": 3}

    def check(analysis: Any) -> Iterator[Violation]:
        [other] = analysis.facts.keys() - {"pkg/a.py"}
        for number, (name, row) in enumerate(rows.items(), start=1):
            if then_too or b"return 2" in analysis.read("pkg/a.py"):
                trace = (step(f"pkg/a.py:{row}", "on the way"),)
                yield violation(f"{other}:{number}", name, subject=name, trace=trace)

    rules = (Rule("TX301", "r", Severity.ERROR, check),)
    return analyse(Request(root, Config(), focus, since="HEAD", new_only=new_only, jobs=0), rules, build)


def test_what_a_change_led_to_elsewhere_is_in_focus(checkout: Path) -> None:
    (checkout / "pkg/b.py").write_bytes(b"1\n2\n3\n")
    head = commit_all(checkout)
    (checkout / "pkg/a.py").write_bytes(BEFORE.replace(b"            return 1", b"            return 2"))
    marks = {one.subject: (one.suppressed, one.cause) for one in analysed(checkout, frozenset({"pkg/a.py"})).findings}
    assert marks == {"kept": (OUT_OF_FOCUS, ""), "line": (OUT_OF_FOCUS, ""), "Order.pay": (None, "pkg/a.py:Order.pay")}
    # The path of a finding that was there before crosses the change, but the change did not cause it.
    marks = {one.subject: (one.suppressed, one.cause) for one in analysed(checkout, frozenset({"pkg"}), then_too=True).findings}
    assert marks == {"kept": (None, ""), "line": (None, ""), "Order.pay": (None, "pkg/a.py:Order.pay")}
    marks = {one.subject: one.suppressed for one in analysed(checkout, frozenset({"pkg/a.py"}), then_too=True).findings}
    assert marks["Order.pay"] == f"known at {head[:12]}"


def test_new_findings_only(checkout: Path) -> None:
    (checkout / "pkg/b.py").write_bytes(b"1\n2\n3\n")
    head = commit_all(checkout)
    (checkout / "pkg/a.py").write_bytes(BEFORE.replace(b"            return 1", b"            return 2"))
    assert [one.suppressed for one in analysed(checkout, None, True).findings] == [None] * 3
    assert [one.suppressed for one in analysed(checkout, None, True, then_too=True).findings] == [f"known at {head[:12]}"] * 3
    (checkout / "pkg/b.py").rename(checkout / "pkg/c.py")
    findings = analysed(checkout, None, True, then_too=True).findings
    assert [(one.location.path, one.suppressed) for one in findings] == [("pkg/c.py", f"known at {head[:12]}")] * 3
