"""The history of a project's coverage: a file with one line for each run, and what has changed since the last one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from txlint.audit.comparison import Change, compared
from txlint.audit.figures import Figures
from txlint.errors import UserError

_BARS = "▁▂▃▄▅▆▇█"
_SHOWN = 20
MAX_BYTES = 50_000_000


class Run(Struct, frozen=True, forbid_unknown_fields=True):
    """One line: when, on which commit, the counts, and the operations whose status is new (`[before, after]`)."""

    date: str
    commit: str
    covered: int
    partial: int
    mixed: int
    uncovered: int
    unknown: int
    exempt: int
    unsound: int
    changes: dict[str, tuple[str, str]]

    @property
    def figures(self) -> Figures:
        """Its figures."""
        return Figures(self.covered, self.partial, self.mixed, self.uncovered, self.unknown, self.exempt, self.unsound)


def read(path: Path) -> tuple[Run, ...]:
    """The runs in a file, the oldest first; none where there is no file. Raises UserError for what is no history."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise UserError(f"--history {path}: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise UserError(f"--history {path}: larger than {MAX_BYTES} bytes; begin a new file")
    runs = []
    for row, line in enumerate(data.splitlines(), start=1):
        try:
            runs.append(msgspec.json.decode(line, type=Run))
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise UserError(f"--history {path}:{row}: no line of a history ({error}); mend it, or begin a new file") from None
    return tuple(runs)


def next_run(runs: tuple[Run, ...], total: Figures, now: Mapping[str, str], date: str, commit: str) -> Run:
    """The run to be added: the counts, and what differs from the runs before."""
    changes = {one.identity: (one.before, one.after) for one in changes_since(runs, now)}
    counts = (total.covered, total.partial, total.mixed, total.uncovered, total.unknown, total.exempt, total.unsound)
    return Run(date, commit, *counts, changes)


def changes_since(runs: tuple[Run, ...], now: Mapping[str, str]) -> tuple[Change, ...]:
    """What differs between the last run and these statuses."""
    before: dict[str, str] = {}
    for run in runs:
        before |= {identity: after for identity, (_, after) in run.changes.items()}
    return compared({identity: status for identity, status in before.items() if status}, now)


def append(path: Path, run: Run) -> None:
    """Add a line in one go. Raises UserError where the file cannot be written."""
    line = msgspec.json.encode(run, order="deterministic") + b"\n"
    try:
        with path.open("ab+", buffering=0) as stream:
            if size := stream.seek(0, os.SEEK_END):
                stream.seek(size - 1)
                line = line if stream.read(1) == b"\n" else b"\n" + line
            stream.write(line)
    except OSError as error:
        raise UserError(f"--history {path}: {error.strerror}") from None


def sparkline(runs: tuple[Run, ...]) -> str:
    """The coverage that can be vouched for in the last runs, one bar each from nothing to all; a dot where there is none."""
    return "".join(_bar(run.figures) for run in runs[-_SHOWN:])


def _bar(one: Figures) -> str:
    ratio = one.vouched
    return _BARS[(len(_BARS) - 1) * ratio.part // ratio.whole] if ratio.whole else "·"
