"""Comparisons: how the statuses of operations differ between two audits of a project."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from txlint.audit.coverage import Audit, Judged

ABSENT = ""
"""The status of an operation where there is none of that identity."""
_RANKS = {"covered": 2, "exempt": 2, "unsound": 1}


@dataclass(frozen=True, slots=True)
class Change:
    """One operation with its status before and now; an absent status is empty."""

    identity: str
    before: str
    after: str

    @property
    def kind(self) -> str:
        """What it has become: `covered`, `unsound`, `uncovered`, `exempt`, `unknown`, `removed`; `same` for no such change."""
        before, after = (_group(one) for one in (self.before, self.after))
        if before == after:
            return "same"
        return {ABSENT: "removed", "partial": "uncovered", "mixed": "uncovered"}.get(after, after)

    @property
    def arrow(self) -> str:
        """`↑` for better, `↓` for worse, `→` for neither; `+` for new, `-` for gone."""
        before, after = (_group(one) for one in (self.before, self.after))
        if not self.before or not self.after:
            return "+" if not self.before else "-"
        better = _RANKS.get(after, 0) - _RANKS.get(before, 0)
        return "↑" if better > 0 else "↓" if better < 0 else "→"


def _group(status: str) -> str:
    return "unsound" if status.endswith("!") else status.partition(":")[0]


def identified(audit: Audit) -> dict[str, Judged]:
    """The operations by their identity; equal names in one file are numbered."""
    seen: Counter[str] = Counter()
    found = {}
    for one in audit.judged:
        identity = one.operation.identity
        seen[identity] += 1
        found[identity if seen[identity] == 1 else f"{identity}#{seen[identity]}"] = one
    return found


def statuses(audit: Audit) -> dict[str, str]:
    """The status of every operation, by its identity."""
    return {name: f"{one.verdict.status.value}{'!' if one.unsound else ''}" for name, one in identified(audit).items()}


def moved(statuses: Mapping[str, str], renames: Mapping[str, str]) -> dict[str, str]:
    """Statuses by the identities that operations have now that their files have other names."""
    return {renames.get(path := one.partition(":")[0], path) + one.removeprefix(path): was for one, was in statuses.items()}


def compared(before: Mapping[str, str], after: Mapping[str, str], touched: Collection[str] = ()) -> tuple[Change, ...]:
    """The operations whose status differs, and those touched; by identity."""
    every = sorted({*before, *after})
    changes = (Change(one, before.get(one, ABSENT), after.get(one, ABSENT)) for one in every)
    return tuple(one for one in changes if one.before != one.after or one.identity in touched)


def tally(changes: Iterable[Change]) -> dict[str, int]:
    """How many became what."""
    counts = Counter(one.kind for one in changes)
    return {kind: counts[kind] for kind in ("covered", "unsound", "uncovered", "exempt", "unknown", "removed")}
