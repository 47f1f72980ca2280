"""Comments that allow what is not there, taken out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from txlint.findings import Applicability, Edit
from txlint.fixing.repairs import Repair
from txlint.locations import Location

if TYPE_CHECKING:
    from txlint.fixing.tree.source import Sources


def shortened(place: Location, rest: Callable[[str], str]) -> Repair:
    """Leave of the comment on a line what a function leaves of its text; one that is empty then goes."""

    def make(sources: Sources) -> tuple[Edit, ...]:
        from txlint.fixing.tree.comments import shortened

        return shortened(sources.of(place.path), place.row, rest)

    return Repair("remove what nothing is found for from the comment", Applicability.SAFE, make)
