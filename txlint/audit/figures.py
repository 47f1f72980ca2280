"""Figures: how many of some operations are covered, never without the numbers that they are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields

DOUBT = 0.1
"""From this share of unknown operations on, the headline is an interval."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A part of a whole; never shown without both numbers."""

    part: int
    whole: int

    def __str__(self) -> str:
        if not self.whole:
            return "n/a"
        if self.whole < 5:
            return f"{self.part}/{self.whole}"
        return f"{self.part}/{self.whole} ({100 * self.part // self.whole} %)"

    def reaches(self, percent: float) -> bool:
        """Whether it is at least so many percent, unrounded; where there is nothing to count, it is."""
        return 100 * self.part >= percent * self.whole


@dataclass(frozen=True, slots=True)
class Figures:
    """The counts of some operations and the figures that follow from them."""

    covered: int = 0
    partial: int = 0
    mixed: int = 0
    uncovered: int = 0
    unknown: int = 0
    exempt: int = 0
    unsound: int = 0

    def __add__(self, other: Figures) -> Figures:
        return Figures(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    @property
    def decided(self) -> int:
        """Those that need a transaction and whose status is known."""
        return self.covered + self.partial + self.mixed + self.uncovered

    @property
    def needs(self) -> int:
        """Those that need a transaction, or may."""
        return self.decided + self.unknown

    @property
    def coverage(self) -> Ratio:
        """The headline; to be shown together with `unknown` only."""
        return Ratio(self.covered, self.decided)

    @property
    def lower(self) -> Ratio:
        """As if every unknown operation were uncovered."""
        return Ratio(self.covered, self.needs)

    @property
    def upper(self) -> Ratio:
        """As if every unknown operation were covered."""
        return Ratio(self.covered + self.unknown, self.needs)

    @property
    def sound(self) -> Ratio:
        """Covered ones without an open finding that makes the transaction unsound."""
        return Ratio(self.covered - self.unsound, self.decided)

    @property
    def in_doubt(self) -> bool:
        """Whether so much is unknown that only the bounds mean anything."""
        return self.unknown > DOUBT * self.needs

    @property
    def vouched(self) -> Ratio:
        """The coverage that a threshold may trust: the headline, or its lower bound where that is an interval."""
        return self.lower if self.in_doubt else self.coverage

    @property
    def vouched_sound(self) -> Ratio:
        """Sound coverage, of all that need a transaction where too much is unknown."""
        return Ratio(self.covered - self.unsound, self.vouched.whole)


def counted(groups: Iterable[str]) -> Figures:
    """The figures of operations by their groups: `covered`, `covered!`, `partial`, `mixed`, `uncovered`, ..."""
    counts = Counter(groups)
    return Figures(
        counts["covered"] + counts["covered!"],
        counts["partial"],
        counts["mixed"],
        counts["uncovered"],
        counts["unknown"],
        counts["exempt"],
        counts["covered!"],
    )
