"""What every form of the audit shows."""

from __future__ import annotations

from dataclasses import dataclass

from txlint.audit.comparison import Change
from txlint.audit.coverage import Audit
from txlint.audit.history import Run
from txlint.audit.suspects import Suspects
from txlint.reporters.view import View


@dataclass(frozen=True)
class Shown:
    """An audit with all that was asked for besides."""

    view: View
    audit: Audit
    suspects: tuple[Suspects, ...] = ()
    silent: tuple[str, ...] = ()
    """Rules that would make transactions unsound and did not run."""
    compared_with: str | None = None
    changes: tuple[Change, ...] = ()
    runs: tuple[Run, ...] = ()
    """The history, this run included."""
    missed: tuple[str, ...] = ()
    """The thresholds that are not kept."""
