"""The facts cache: hits, bounds, and that no trouble with it is more than a miss."""

from __future__ import annotations

import multiprocessing
import sqlite3
from pathlib import Path

import pytest

from txlint import cache
from txlint.cache import FILE_NAME, FactsCache, clean, extractor_version, key
from txlint.cache_folder import default_folder
from txlint.facts import records


def test_what_was_put_is_found_again(tmp_path: Path) -> None:
    entries = {key(b"%d" % number): b"facts %d" % number for number in range(1200)}
    with FactsCache(tmp_path / "new" / "folder") as store:
        store.put(entries)
    with FactsCache(tmp_path / "new" / "folder") as store:
        assert store.get((*entries, key(b"other"))) == entries
        assert store.trouble is None


def test_the_folder_is_private_and_marked_as_a_cache(tmp_path: Path) -> None:
    with FactsCache(tmp_path / "folder"):
        pass
    assert (tmp_path / "folder").stat().st_mode & 0o077 == 0
    assert (tmp_path / "folder" / ".gitignore").read_text() == "*\n"
    assert (tmp_path / "folder" / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55\n")


def test_the_key_depends_on_content_and_extractor(monkeypatch: pytest.MonkeyPatch) -> None:
    one = key(b"a")
    assert one == key(b"a") != key(b"b")
    extractor_version.cache_clear()
    monkeypatch.setattr(records, "SCHEMA", records.SCHEMA + 1)
    assert key(b"a") != one
    monkeypatch.undo()
    extractor_version.cache_clear()
    assert key(b"a") == one


@pytest.mark.parametrize("damage", [b"", b"no database at all " * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_file_is_a_miss(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(damage)
    with FactsCache(tmp_path) as store:
        assert store.get([key(b"a")]) == {}
        store.put({key(b"a"): b"facts"})
        assert store.get([key(b"a")]) == ({} if damage else {key(b"a"): b"facts"})
    if damage:
        assert store.trouble and store.trouble.endswith("`txlint clean` removes it")
        assert str(tmp_path) in store.trouble


def test_truncated_in_the_middle(tmp_path: Path) -> None:
    entries = {key(b"%d" % number): bytes(1000) for number in range(500)}
    with FactsCache(tmp_path) as store:
        store.put(entries)
    data = (tmp_path / FILE_NAME).read_bytes()
    (tmp_path / FILE_NAME).write_bytes(data[: len(data) // 2])
    with FactsCache(tmp_path) as store:
        found = store.get(entries)
        store.put({key(b"new"): b"facts"})
    assert set(found.items()) <= set(entries.items())
    assert store.trouble


def test_a_locked_cache_is_a_miss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "WAIT_SECONDS", 0.05)
    with FactsCache(tmp_path) as store:
        store.put({key(b"a"): b"facts"})
    other = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    other.execute("begin exclusive")
    with FactsCache(tmp_path) as store:
        store.put({key(b"b"): b"facts"})
        assert store.get([key(b"b")]) == {}
    other.close()
    assert store.trouble and "locked" in store.trouble


def test_a_database_that_another_run_makes_at_this_moment_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    other.execute("create table half_made (one)")
    other.execute("begin immediate")  # Against whoever changes the journal SQLite waits no time at all.
    monkeypatch.setattr("time.sleep", lambda _: other.close())
    with FactsCache(tmp_path) as store:
        store.put({key(b"a"): b"facts"})
        assert store.get([key(b"a")])
    assert store.trouble is None


def test_a_folder_that_another_run_makes_at_this_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "exists", lambda _: False)
    with FactsCache(tmp_path) as store:
        store.put({key(b"a"): b"facts"})
    assert store.trouble is None


def test_a_folder_that_cannot_be_made_is_a_miss(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with FactsCache(tmp_path / "file" / "folder") as store:
        store.put({key(b"a"): b"facts"})
        assert store.get([key(b"a")]) == {}
    assert store.trouble


def test_a_cache_of_another_user_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FactsCache(tmp_path) as store:
        store.put({key(b"a"): b"facts"})
    monkeypatch.setattr("os.getuid", lambda: tmp_path.stat().st_uid + 1)
    with FactsCache(tmp_path) as store:
        assert store.get([key(b"a")]) == {}
    assert store.trouble and "belongs to another user" in store.trouble


def test_the_longest_unused_entries_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FactsCache(tmp_path, max_bytes=400_000) as store:
        for day in range(10):
            monkeypatch.setattr("time.time", lambda day=day: (1000 + day) * cache.DAY)
            store.put({key(b"%d %d" % (day, number)): bytes(1000) for number in range(100)})
            assert store.get([key(b"0 0")]), "used every day"
        kept = [len(store.get(key(b"%d %d" % (day, number)) for number in range(100))) for day in range(10)]
        assert kept[9] == 100
        assert kept[1] == 0
        assert sum(kept) < 450
    assert (tmp_path / FILE_NAME).stat().st_size < 1_000_000


def _fill(folder: Path, start: int) -> None:
    for number in range(start, start + 60):
        with FactsCache(folder) as store:
            store.put({key(b"%d" % number): b"facts %d" % number})
            assert store.trouble is None, store.trouble


def test_runs_at_once_do_no_harm(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    runs = [context.Process(target=_fill, args=(tmp_path / "c", start)) for start in (0, 30, 60)]
    for run in runs:
        run.start()
    for run in runs:
        run.join(60)
    assert [run.exitcode for run in runs] == [0, 0, 0]
    with FactsCache(tmp_path / "c") as store:
        assert store.get(key(b"%d" % number) for number in range(120)) == {
            key(b"%d" % number): b"facts %d" % number for number in range(120)
        }


def test_clean_removes_the_cache_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    assert not clean(tmp_path)
    with FactsCache(tmp_path) as store:
        store.put({key(b"a"): b"facts"})
    assert clean(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_the_default_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert default_folder() == "/somewhere/txlint"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/me")
    assert default_folder() == "/home/me/.cache/txlint"
