"""Hostile text for what reads anything but code: suppressions, configuration, kept facts and kept answers."""

from __future__ import annotations

import random
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import get_type_hints

from benchmarks.mutations import damaged
from txlint import baseline
from txlint.answers import recall
from txlint.cache import FILE_NAME, FactsCache, key
from txlint.configfiles import find
from txlint.errors import UserError
from txlint.extraction import facts_of
from txlint.facts.records import Comment
from txlint.suppressions import read

SECONDS = 2.0
COMMENT = b"# txlint: ignore[TX301, dispatch-in-transaction] the reason  # noqa: TX101, E501  # txlint: file-ignore[ALL] x"
CONFIGURATION = b"""[tool.txlint]
select = ["TX1", "TX3", "repository-commits"]
extend-exclude = ["vendor/", "!a", "**/[a-z"]
atomic-requests = { default = true }
severity = { TX301 = "info" }
[[tool.txlint.catalogue.effects]]
name = "shop.queue.send"
kind = "enqueue"
[tool.txlint.audit]
fail-under = { all = 80 }
"""
SOURCE = b"def place(order):\n    order.save()\n"


def _suppressions(text: bytes, folder: Path) -> None:
    shown = text.decode("utf-8", "replace").splitlines() or [""]
    read("a.py", text, [Comment(row, line, False) for row, line in enumerate(shown, 1)], lambda _: frozenset(), ("TX301",))


def _configuration(text: bytes, folder: Path) -> None:
    (folder / "pyproject.toml").write_bytes(text)
    try:
        find(folder)
    except UserError as error:
        if not str(error):
            raise AssertionError("an error without a word") from error


def _baseline(text: bytes, folder: Path) -> None:
    (folder / "baseline.json").write_bytes(text)
    with suppress(UserError):
        baseline.read(folder / "baseline.json")


def _facts(text: bytes, folder: Path) -> None:
    """Damage to one entry, or to the database around it, must give the facts that there are without a cache."""
    (folder / FILE_NAME).write_bytes(text)
    [found] = facts_of({"a.py": SOURCE}, folder, 0).facts.values()
    if found != facts_of({"a.py": SOURCE}, None, 0).facts["a.py"]:
        raise AssertionError("other facts than without a cache")


def _answer(text: bytes, folder: Path) -> None:
    (folder / "answer").write_bytes(text)
    recall(str(folder), "answer")


def _seeds(folder: Path) -> dict[Callable[[bytes, Path], None], bytes]:
    extracted = facts_of({"a.py": SOURCE}, folder, 0)
    with FactsCache(folder) as cache:
        known = cache.get([key(SOURCE)])
    assert extracted.facts and known
    answer = b"txlint answer 1\n0123456789abcdef0123456789abcdef\n0\0out\0err\0F\0" + b"1\0" * 5 + b"/a.py"
    (folder / "baseline.json").unlink(missing_ok=True)
    entry = baseline.Entry(**{field: "é" if kind is str else 1 for field, kind in get_type_hints(baseline.Entry).items()})
    baseline.write(folder / "baseline.json", (entry,))
    kept, known = (folder / FILE_NAME).read_bytes(), (folder / "baseline.json").read_bytes()
    return {
        _suppressions: COMMENT,
        _configuration: CONFIGURATION,
        _facts: kept,
        _answer: answer,
        _baseline: known,
    }


def tried(count: int, seed: int, told: Callable[[str, str], None]) -> Counter[str]:
    """How many damaged texts each reader was given; whatever is no UserError is a crash, more than SECONDS a hang."""
    tally: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as made:
        seeds = _seeds(Path(made))
    for number in range(seed, seed + count):
        chance = random.Random(number)
        reader, text = chance.choice(tuple(seeds.items()))
        start = time.monotonic()
        tally["tried"] += 1
        with tempfile.TemporaryDirectory() as made:
            try:
                reader(damaged(text, chance), Path(made))
            except Exception:  # noqa: BLE001  That is what is looked for.
                tally["crash"] += 1
                told(f"{reader.__name__}-{number}", "crash: " + traceback.format_exc()[-300:])
        if time.monotonic() - start > SECONDS:
            tally["hang"] += 1
            told(f"{reader.__name__}-{number}", f"hang: {time.monotonic() - start:.1f} s")
    return tally
