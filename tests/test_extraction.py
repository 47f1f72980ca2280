"""Facts come from the cache where it has them, and are the same either way."""

from __future__ import annotations

from pathlib import Path

import pytest

from txlint import extraction, workers
from txlint.cache import FILE_NAME, FactsCache, key
from txlint.errors import Unanalysed
from txlint.extraction import facts_of

SOURCES = {"a.py": b"import os\n", "b.py": b"def f():\n    g()\n", "same.py": b"import os\n", "bad.py": b"def f(:\n"}


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many texts were extracted, call by call."""
    calls: list[int] = []

    def extract_all(texts: tuple[bytes, ...], jobs: int | None, tell: workers.Tell) -> list[workers.Outcome]:
        calls.append(len(texts))
        return workers.extract_all(texts, jobs, tell)

    monkeypatch.setattr(extraction, "extract_all", extract_all)
    return calls


def test_only_new_text_is_extracted(tmp_path: Path, counted: list[int]) -> None:
    without = facts_of(SOURCES, None, 0)
    cold = facts_of(SOURCES, tmp_path, 0)
    warm = facts_of(SOURCES | {"new.py": b"x()\n"}, tmp_path, 0)
    assert counted == [3, 3, 2], "equal texts once; then the new text and the one without facts"
    assert without == cold
    assert warm.facts.pop("new.py").functions
    assert warm == cold
    assert list(cold.facts) == ["a.py", "b.py", "same.py"]
    [bad] = cold.unanalysed
    assert isinstance(bad, Unanalysed)
    assert (bad.path, bad.row) == ("bad.py", 1)
    assert "not valid Python" in bad.reason


def test_a_damaged_entry_is_extracted_again(tmp_path: Path, counted: list[int]) -> None:
    good = facts_of(SOURCES, tmp_path, 0)
    with FactsCache(tmp_path) as store:
        store.put({key(b"import os\n"): b"\x93garbage"})
    assert facts_of(SOURCES, tmp_path, 0) == good
    assert facts_of(SOURCES, tmp_path, 0) == good
    assert counted == [3, 2, 1], "the damaged entry was replaced"


def test_trouble_with_the_cache_is_a_note(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database " * 100)
    found = facts_of(SOURCES, tmp_path, 0)
    assert found.facts == facts_of(SOURCES, None, 0).facts
    [note] = found.notes
    assert note.startswith("working without the cache")


def test_sql_scripts_are_read_beside_the_python_files() -> None:
    found = facts_of({"a.py": b"x = 1\n", "b.sql": b"BEGIN;\nSELECT 1;\n"}, None, 0)
    assert list(found.facts) == ["a.py"]
    assert [(one.line, one.words) for one in found.scripts["b.sql"].statements] == [(1, "begin"), (2, "select 1")]
