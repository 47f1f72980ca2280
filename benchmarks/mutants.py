"""Faults put into the rules and into txlint/transactions one at a time: `python -m benchmarks.mutants --count 300`.

All fast tests run once, while it is noted which lines each of them reaches. A fault is then made in the code of a process of
its own and tried on the tests that reach its line, up to the first that notices it. The survivors are the decisions that no
test depends on; those that no test reaches are told apart. `rules/` and `txlint/transactions` are looked at as a whole, or
only the places that `--only` names.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import signal
import sys
import time
import types
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import coverage
import pytest
from _pytest.runner import runtestprotocol

from benchmarks.faults import Fault, faults

ROOT = Path(__file__).parent.parent
TESTS = ("test_rule_pages.py", "test_fixtures.py", "test_markers.py", "transactions", "project", "audit")
LEFT_OUT = ("test_every_fix", "test_a_page", "test_page", "test_every_code_block", "test_every_rule")
"""What proves fixes takes long, and what looks at the headings of pages runs nothing."""
SECONDS = 60
SAME = "no fault"
OUTCOMES = {10: "killed", 11: "survived", 12: SAME, -signal.SIGALRM: "hung"}


class Tried(NamedTuple):
    """A fault that a process of its own is trying."""

    fault: Fault
    tests: int


class Mutants:
    """A pytest plugin that runs the tests once for each fault instead of once."""

    def __init__(self, given: argparse.Namespace) -> None:
        self._given = given
        self.tally: Counter[str] = Counter()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out what can notice no fault."""
        items[:] = [item for item in items if not item.name.startswith(LEFT_OUT)]

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Take the place of the usual run."""
        reached, seconds = self._reached(session.items)
        everything = [one for file in _files() for one in faults(file) if one.is_at(self._given.only)]
        count = min(self._given.count or len(everything), len(everything))
        sample = random.Random(self._given.seed).sample(everything, count)
        running: dict[int, Tried] = {}
        for fault in sample:
            meant = {item for line in fault.lines for item in reached.get((str(fault.file), line), ())}
            items = sorted(meant, key=lambda item: (fault.file.stem not in item.nodeid, seconds[item]))
            if not items:
                self._told("unreached", fault, 0)
                continue
            while len(running) >= self._given.jobs:
                self._ended(running)
            if not (process := os.fork()):
                code = 1
                try:
                    code = _judged(fault, items)
                finally:
                    os._exit(code)
            running[process] = Tried(fault, len(items))
        while running:
            self._ended(running)
        alive = self.tally["survived"] + self.tally["unreached"]
        tried = self.tally.total() - self.tally[SAME]
        rate = 100 * alive / max(1, tried)
        sys.stdout.write(f"{count} of {len(everything)} faults: {dict(self.tally)}; {rate:.0f} % of {tried} survive\n")
        return True

    def _reached(self, items: list[pytest.Item]) -> tuple[dict[tuple[str, int], list[pytest.Item]], dict[pytest.Item, float]]:
        """The tests that run each line, and how long each test takes; a test that fails anyway cannot notice anything."""
        seconds: dict[pytest.Item, float] = {}
        reached: dict[tuple[str, int], list[pytest.Item]] = defaultdict(list)
        by_name = {item.nodeid: item for item in items}
        watch = coverage.Coverage(data_file=None, source=[str(ROOT / "txlint" / "transactions"), str(ROOT / "rules")])
        watch.start()
        for item in items:
            start = time.monotonic()
            watch.switch_context(item.nodeid)
            if _fails(item):
                sys.stdout.write(f"fails without any fault, left out: {item.nodeid}\n")
                del by_name[item.nodeid]
            watch.switch_context("")
            seconds[item] = time.monotonic() - start
        watch.stop()
        data = watch.get_data()
        for file in data.measured_files():
            for line, names in data.contexts_by_lineno(file).items():
                reached[file, line] = [by_name[name] for name in names if name in by_name]
        sys.stderr.write(f"{len(by_name)} tests in {sum(seconds.values()):.0f} s\n")
        return reached, seconds

    def _ended(self, running: dict[int, Tried]) -> None:
        process, status = os.wait()
        fault, tests = running.pop(process)
        self._told(OUTCOMES.get(os.waitstatus_to_exitcode(status), "crashed"), fault, tests)

    def _told(self, outcome: str, fault: Fault, tests: int) -> None:
        self.tally[outcome] += 1
        sys.stderr.write(f"\r{self.tally.total()} ")
        if outcome in ("survived", "unreached"):
            place = f"{fault.file.relative_to(ROOT)}:{fault.lines[0]}"
            sys.stdout.write(f"{outcome}: {place}: {fault.made()[1]} ({tests} tests)\n")
            sys.stdout.flush()


def _files() -> list[Path]:
    """The files with the code that decides."""
    return sorted((*(ROOT / "txlint" / "transactions").glob("*.py"), *(ROOT / "rules").rglob("*.py")))


def _fails(item: pytest.Item) -> bool:
    return any(report.failed for report in runtestprotocol(item, log=False, nextitem=None))


def _judged(fault: Fault, items: list[pytest.Item]) -> int:
    """In the process of one fault: whether a test notices it."""
    signal.alarm(SECONDS)
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    if not _replaced(fault):
        return 12
    return 10 if any(map(_fails, items)) else 11


def _replaced(fault: Fault) -> bool:
    """Give the functions of the file their faulty code; False where that is what they have, or no running one can take it."""
    faulty = {(one.co_qualname, one.co_firstlineno): one for one in _codes(fault.made()[0])}
    done = False
    for function in gc.get_objects():
        if isinstance(function, types.FunctionType) and (old := function.__code__).co_filename == str(fault.file):
            new = faulty.get((old.co_qualname, old.co_firstlineno), old)
            if new != old and new.co_freevars == old.co_freevars:
                function.__code__ = new
                done = True
    return done


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for one in code.co_consts:
        if isinstance(one, types.CodeType):
            yield from _codes(one)


def main(arguments: Iterable[str] | None = None) -> None:
    """Try a sample and print the survivors and the rate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=0, help="how many; without, all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=(), metavar="PLACE", help="file.py, or file.py:LINE")
    mutants = Mutants(parser.parse_args(arguments if arguments is None else list(arguments)))
    os.chdir(ROOT)
    paths = [str(ROOT / "tests" / one) for one in TESTS]
    plugins = [word for one in ("xdist", "cacheprovider", "terminal") for word in ("-p", f"no:{one}")]
    pytest.main(["-s", *plugins, *paths], [mutants])


if __name__ == "__main__":
    main()
