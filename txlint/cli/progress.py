"""How far a long run is, for people who wait at a terminal."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from threading import Lock, Timer
from typing import TYPE_CHECKING, Any

from txlint.api import Analysis, Rule, Violation
from txlint.engine import Report, Request, analyse
from txlint.extraction import facts_of
from txlint.transactions.analysis import build

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

AFTER_SECONDS = 1.0
"""A run that is shorter says nothing."""
_READING, _JOINING, _CHECKING = "Reading files", "Following calls", "Checking rules"


class Progress:
    """What is being done now, shown on the error output from the first second on and wiped away at the end."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._bar: Bar | None = None
        self._task: TaskID | None = None
        self._now: tuple[str, int, int | None] = (_READING, 0, None)
        self._timer = Timer(AFTER_SECONDS, self._show)
        self._timer.daemon = True

    def __enter__(self) -> Progress:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            self._now = ("", 0, None)
            if self._bar is not None:
                self._bar.stop()

    def tell(self, doing: str, done: int, of: int | None) -> None:
        """Say what is being done, how much of it is, and how much there is to do, if that is known."""
        with self._lock:
            self._now = (doing, done, of)
            if self._bar is not None and self._task is not None:
                self._bar.update(self._task, description=doing, completed=done, total=of)

    def _show(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        # Not sys.stderr: what is kept as the answer of this run must not hold it.
        bar = Bar(*columns, console=Console(file=sys.__stderr__), transient=True)
        with self._lock:
            doing, done, of = self._now
            if doing:
                self._task = bar.add_task(doing, completed=done, total=of)
                bar.start()
                self._bar = bar


def followed(request: Request, pack: Sequence[Rule], quiet: bool) -> Report:
    """Analyse, and show how far it is where somebody waits for it."""
    if quiet or not _somebody_waits():
        return analyse(request, pack)
    with Progress() as progress:
        extract = partial(facts_of, tell=partial(progress.tell, _READING))
        rules = [_telling(rule, partial(progress.tell, _CHECKING, number, len(pack))) for number, rule in enumerate(pack)]

        def joined(*given: Any, **named: Any) -> Analysis:
            progress.tell(_JOINING, 0, None)
            return build(*given, **named)

        return analyse(request, rules, joined, extract)


def _telling(rule: Rule, tell: Callable[[], None]) -> Rule:
    def violations(analysis: Analysis) -> Iterator[Violation]:
        tell()
        yield from rule.violations(analysis)

    return dataclasses.replace(rule, violations=violations)


def _somebody_waits() -> bool:
    """Whether the error output is a terminal that can be written over, and no machine of a CI reads it."""
    stream = sys.__stderr__
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("CI")
