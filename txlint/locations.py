"""Places in the analysed source."""

from __future__ import annotations

from msgspec import Struct


class Location(Struct, frozen=True, order=True, array_like=True):
    """A span in one file: path relative to the project root (posix), rows and columns from 1, the end exclusive."""

    path: str
    row: int
    column: int = 1
    end_row: int = 0
    end_column: int = 0
