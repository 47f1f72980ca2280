"""A few seconds of what `python -m benchmarks.fuzz` does for as long as it is let."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks import fuzz
from txlint.errors import NotAnalysed
from txlint.workers import extract_encoded

COUNTS = {"programs": 10, "mutants": 40, "projects": 25, "readers": 300, "files": 25, "rewritings": 60}


@pytest.mark.parametrize("kind", COUNTS)
def test_nothing_breaks_it(kind: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    if kind == "programs":
        pytest.importorskip("pysource_codegen")
    monkeypatch.setattr(sys, "argv", ["fuzz", kind, "--count", str(COUNTS[kind]), "--seconds", "120"])
    assert fuzz.main() == 0, capsys.readouterr().out


def test_a_fault_is_seen(tmp_path: Path) -> None:
    source, fewer = b"def f(): pass\ndef g(): pass\n", b"def f(): pass\n"
    assert fuzz.fault(source, extract_encoded(source)) == ""
    assert fuzz.fault(source, extract_encoded(fewer)) == "left out: g"
    assert fuzz.fault(source, NotAnalysed("not valid Python: invalid syntax")).startswith("wrongly refused: ")
    assert fuzz.fault(source, NotAnalysed("crashed the parser (SIGSEGV)")).startswith("crash: ")
    assert fuzz.fault(source, NotAnalysed("took longer than 10 s")).startswith("hang: ")
    assert fuzz.fault(b"def (", NotAnalysed("not valid Python: invalid syntax")) == "refused"
