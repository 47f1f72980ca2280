"""Suspects: what a dashboard of the running system would show as slow, deadlocked or lost, by the findings about it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from txlint.audit.coverage import UNSOUND
from txlint.findings import Finding

QUESTIONS = {
    "long-transactions": ("Long transactions", "remote calls and waiting inside a transaction", ("TX303", "TX509")),
    "deadlocks": ("Deadlocks", "locks taken in different orders, or for long", ("TX410", "TX412")),
    "lost-logs": ("Lost failure logs", "records of a failure that are rolled back with it", ("TX603",)),
}


@dataclass(frozen=True, slots=True)
class Suspects:
    """The open findings that answer one question, and the rules about it that did not run."""

    key: str
    title: str
    meaning: str
    findings: tuple[Finding, ...]
    silent: tuple[str, ...]

    @property
    def asked(self) -> bool:
        """Whether any rule about it ran."""
        return len(self.silent) < len(QUESTIONS[self.key][2])


def suspects(findings: Sequence[Finding], ran: Collection[str]) -> tuple[Suspects, ...]:
    """The suspects of a project, by the codes of the rules that ran."""
    shown = [one for one in findings if one.suppressed is None]
    return tuple(
        Suspects(
            key,
            title,
            meaning,
            tuple(one for one in shown if one.code in codes),
            tuple(code for code in codes if code not in ran),
        )
        for key, (title, meaning, codes) in QUESTIONS.items()
    )


def unjudged(known: Collection[str], ran: Collection[str]) -> tuple[str, ...]:
    """The rules that make a transaction unsound and were switched off, so that sound coverage says too much."""
    return tuple(sorted(code for code in UNSOUND if code in known and code not in ran))
