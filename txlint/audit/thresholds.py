"""Thresholds: what coverage a project demands of all its operations, of a category or of a folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from txlint.audit.coverage import Audit, figures, within
from txlint.audit.figures import Figures
from txlint.audit.operations import Category
from txlint.errors import UserError, did_you_mean

ALL = "all"
Limits = Mapping[str, float]
"""Limits by what they are about: `all`, a category, or a folder of the project."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Coverage and sound coverage to be reached, in percent, and how many unknown operations are allowed."""

    fail_under: Limits
    fail_under_sound: Limits
    max_unknown: Limits


def parsed(option: str, values: Iterable[str]) -> Limits:
    """The limits that a command line gives: `80`, `task=90`, `shop/billing=100`. Raises UserError for anything else."""
    limits = {}
    for value in values:
        group, _, number = value.rpartition("=")
        try:
            limits[group.strip().rstrip("/") or ALL] = float(number)
        except ValueError:
            raise UserError(f"{option} {value}: no number; write {option} 80, or {option} task=80") from None
    return limits


def missed(audit: Audit, wanted: Thresholds) -> tuple[str, ...]:
    """One sentence for each threshold that is not kept. Raises UserError where one is about nothing."""
    return (
        *_under(audit, wanted.fail_under, "fail-under"),
        *_under(audit, wanted.fail_under_sound, "fail-under-sound"),
        *_unknown(audit, wanted.max_unknown),
    )


def _under(audit: Audit, limits: Limits, key: str) -> Iterator[str]:
    for group, limit in sorted(limits.items()):
        if not 0 <= limit <= 100:
            raise UserError(f"{key} {limit:g}: no percentage; name a number from 0 to 100")
        found = _figures(audit, group, key)
        sound = key == "fail-under-sound"
        ratio = found.vouched_sound if sound else found.vouched
        if not ratio.reaches(limit):
            what = "sound coverage" if sound else "coverage"
            doubt = f", every one of {found.unknown} unknown counted as uncovered" if found.in_doubt else ""
            yield f"{what} of {_named(group)} is {ratio}{doubt}; {key} is {limit:g} %"


def _unknown(audit: Audit, limits: Limits) -> Iterator[str]:
    for group, limit in sorted(limits.items()):
        found = _figures(audit, group, "max-unknown")
        if found.unknown > limit:
            yield f"{found.unknown} of {found.needs} operations of {_named(group)} are unknown; max-unknown is {limit:g}"


def _named(group: str) -> str:
    return "the project" if group == ALL else f"`{group}`"


def _figures(audit: Audit, group: str, key: str) -> Figures:
    if group == ALL:
        return audit.total
    if group in list(Category):
        return figures(one for one in audit.judged if one.operation.category == group)
    inside = [one for one in audit.judged if within(one.location.path, group)]
    if not inside:
        close = did_you_mean(group, (*Category, *audit.apps))
        raise UserError(f"{key}: `{group}` is neither a category nor a folder with operations{close}")
    return figures(inside)
