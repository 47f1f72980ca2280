"""What a rule says about how its finding can be put right. Trees are read only when the edits are made, in `fixing.tree`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from txlint.findings import Applicability, Edit, Fix

if TYPE_CHECKING:
    from txlint.fixing.tree.source import Sources


class Unfixable(Exception):
    """Why a fix that looked possible cannot be made: the syntax at the place is not what it was made for."""


@dataclass(frozen=True, slots=True)
class Repair:
    """A fix before its edits are made: what it does, how sure it is, and the function that makes the edits from the sources.

    That function raises Unfixable where the syntax at the place leaves no room for the fix.
    """

    title: str
    applicability: Applicability
    make: Callable[[Sources], tuple[Edit, ...]]

    @property
    def promise(self) -> Fix:
        """The fix without its edits."""
        return Fix(self.title, self.applicability)


def together(repairs: Iterable[Repair | None]) -> Repair | None:
    """Several repairs as one, no safer than any of them; None where one of them is not known."""
    found = tuple(repairs)
    known = tuple(one for one in found if one is not None)
    if not known or len(known) < len(found):
        return None
    applicability = max((one.applicability for one in known), key=list(Applicability).index)
    return Repair(known[0].title, applicability, partial(_make_all, known))


def _make_all(repairs: tuple[Repair, ...], sources: Sources) -> tuple[Edit, ...]:
    return tuple(edit for one in repairs for edit in one.make(sources))


@dataclass(frozen=True, slots=True)
class Words:
    """The full names of what hands work over and of what binds arguments, and how the database is said."""

    outer: str
    inner: str
    using: str
