"""Worker processes: a file that crashes, hangs or confuses one costs only itself."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec
import pytest

from txlint.errors import NotAnalysed
from txlint.facts.records import ModuleFacts
from txlint.workers import Outcome, extract_all

ODD = """
import os, sys, time
sys.path[:] = sys.argv[1:]
from txlint.errors import NotAnalysed
from txlint.workers import serve

def extract(source):
    if source == b"crash": os.abort()
    if source == b"exit": os._exit(3)
    if source == b"hang": time.sleep(60)
    if source == b"print": print("noise", flush=True); os.write(1, b"more noise")
    if source == b"refuse": raise NotAnalysed("refused", 2, 3)
    if source == b"bug": raise KeyError("oops")
    if source == b"deep":
        def down(n): return n and 1 + down(n - 1)
        return str(down(50_000)).encode()
    return source.upper()

serve(extract)
"""


def told(outcome: Outcome) -> object:
    return (outcome.reason, outcome.row, outcome.column) if isinstance(outcome, NotAnalysed) else outcome


@pytest.mark.parametrize("jobs", [1, 3])
def test_every_file_gets_its_own_outcome_in_order(jobs: int) -> None:
    odd = [b"a", b"crash", b"b", b"hang", b"exit", b"refuse", b"bug", b"print", b"deep"]
    sources = odd + [b"file %d" % number for number in range(40)]
    start = time.monotonic()
    outcomes = [told(outcome) for outcome in extract_all(sources, jobs, seconds=2, program=ODD)]
    assert outcomes[:9] == [
        b"A",
        ("crashed the parser (SIGABRT)", 1, 1),
        b"B",
        ("took longer than 2 s", 1, 1),
        ("crashed the parser (exit code 3)", 1, 1),
        ("refused", 2, 3),
        ("cannot be read: KeyError: 'oops'", 1, 1),
        b"PRINT",
        b"50000",
    ]
    assert outcomes[9:] == [source.upper() for source in sources[9:]]
    assert time.monotonic() - start < 20


def test_workers_and_this_process_agree() -> None:
    sources = [b"import os\n", b"def f(:\n", "é = 1\n".encode("latin-1"), b"x = " + b"(" * 3000]
    here, there = (list(map(told, extract_all(sources, jobs))) for jobs in (0, 1))
    assert here == there
    assert isinstance(here[0], bytes)
    assert msgspec.msgpack.decode(here[0], type=ModuleFacts).functions[0].name == "<module>"
    assert [type(one) for one in here[1:]] == [tuple] * 3
    assert here[3] == ("nested too deeply: more than 200 brackets", 1, 205)


def test_an_installation_without_workers_is_an_error_not_a_crash_per_file() -> None:
    with pytest.raises(RuntimeError, match=r"did not start \(exit code 7\)"):
        extract_all([b"a"] * 30, 1, program="import sys; sys.exit(7)")


def test_workers_import_nothing_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("libcst", "msgspec", "json", "struct"):
        (tmp_path / f"{name}.py").write_text("open('PWNED', 'w')\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    [outcome] = extract_all([b"x = 1\n"], 1)
    assert isinstance(outcome, bytes)
    assert not (tmp_path / "PWNED").exists()


def test_nothing_to_do_starts_nothing() -> None:
    assert extract_all([], None, program="import sys; sys.exit(7)") == []
