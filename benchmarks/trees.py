"""Whole projects with damage done to some of their files: each is analysed, and every file of it is analysed or named."""

from __future__ import annotations

import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.mutations import damaged, mutated
from txlint.api import Rule
from txlint.config import Config
from txlint.discovery import excluding
from txlint.engine import Report, Request, analyse
from txlint.filekinds import SOURCES, is_test
from txlint.rulepack import builtin_pack, load_pack

SECONDS = 900
"""Of a project of thousands of files."""


def tried(paths: Iterable[str], count: int, seed: int, jobs: int | None, told: Callable[[str, str], None]) -> Counter[str]:
    """How many projects, one in each of the folders, were analysed whole; at most `count`, if that is not 0."""
    rules = load_pack(builtin_pack())
    tally: Counter[str] = Counter()
    for number, path in enumerate(sorted(paths)[: count or None]):
        chance = random.Random(seed + number)
        with tempfile.TemporaryDirectory() as made:
            root = Path(made)
            tally["damaged files"] += _copied(Path(path), root, chance)
            tally["tried"] += 1
            _analysed(Path(path).name, root, rules, jobs, tally, told)
    return tally


def _copied(project: Path, root: Path, chance: random.Random) -> int:
    """Copy the sources of a project, and damage one file in five; how many were."""
    harmed = 0
    for file in sorted(project.rglob("*")):
        if not (file.name.endswith(SOURCES) and file.is_file() and not file.is_symlink()):
            continue
        text = file.read_bytes()
        if chance.random() < 0.2:
            text, harmed = _harmed(text, chance), harmed + 1
        target = root / file.relative_to(project)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text)
    return harmed


def _harmed(text: bytes, chance: random.Random) -> bytes:
    if chance.random() < 0.5:
        return damaged(text, chance)
    try:
        return mutated(text, chance)
    except (SyntaxError, ValueError, RecursionError):  # No Python of the running version's.
        return damaged(text, chance)


def _analysed(
    name: str, root: Path, rules: tuple[Rule, ...], jobs: int | None, tally: Counter[str], told: Callable[[str, str], None]
) -> None:
    start = time.monotonic()
    previous = signal.signal(signal.SIGALRM, _expired)
    signal.alarm(SECONDS)
    try:
        report = analyse(Request(root, Config(select=("ALL",)), jobs=jobs), rules)
    except TimeoutError:
        tally["hang"] += 1
        told(name, "hang")
    except Exception:  # noqa: BLE001  That is what is looked for.
        tally["crash"] += 1
        told(name, "crash: " + traceback.format_exc()[-300:])
    else:
        _weighed(name, root, report, tally, told)
        figures = f"{len(report.files)} analysed, {len(report.unanalysed)} named, {len(report.findings)} findings"
        sys.stderr.write(f"{name}: {figures}, {time.monotonic() - start:.0f} s\n")
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)


def _weighed(name: str, root: Path, report: Report, tally: Counter[str], told: Callable[[str, str], None]) -> None:
    """Compare the report with what lies in the folder."""
    unwanted = excluding(Config().exclude)
    there = {one.relative_to(root).as_posix() for one in root.rglob("*") if one.name.endswith(SOURCES) and one.is_file()}
    there = {one for one in there if not any(map(unwanted, (one, *(f"{folder}/" for folder in Path(one).parents))))}
    left = there - {*report.files, *(one.path for one in report.unanalysed)}
    tests = {one for one in left if is_test(one)}
    tally["files"] += len(report.files)
    tally["named"] += len(report.unanalysed)
    tally["tests"] += len(tests)
    if left != tests or len(tests) != report.tests:
        tally["left out"] += 1
        told(name, f"left out: {sorted(left - tests)[:5] or 'tests are not counted'}")
    if slow := [one for one in report.unanalysed if one.reason.startswith(("took longer", "crashed"))]:
        tally["hang"] += 1
        told(name, f"hang: {[(one.path, one.reason) for one in slow][:3]}")


def _expired(*_: object) -> None:
    raise TimeoutError
