"""Apps: the folders that a project's operations are grouped by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

_MOST = 0.8
"""A folder with more than this share of the operations is no app but holds the apps."""


class Apps:
    """Tells the app of a file: the folder below the one that holds most of the project."""

    def __init__(self, paths: Sequence[str], apps: Collection[str] = ()) -> None:
        """From the files with operations, and folders that are known to be apps."""
        self._opened = {""}
        total, here = len(paths), ""
        while True:
            inside = Counter(_below(path, here) for path in paths if _is_in(path, here))
            largest = max(sorted(inside), key=inside.__getitem__, default=here)
            deeper = largest not in (here, *apps) and inside[largest] > _MOST * total
            if not deeper or not any(_below(path, largest) != largest for path in paths if _is_in(path, largest)):
                return
            self._opened.add(largest)
            here = largest

    def of(self, path: str) -> str:
        """The folder, relative to the project, that counts as the app of a file; `.` for files beside the apps."""
        here = ""
        while here in self._opened and (below := _below(path, here)) != here:
            here = below
        return here or "."


def _is_in(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")


def _below(path: str, folder: str) -> str:
    """The next folder on the way from a folder to a file; the folder itself for a file directly in it."""
    rest = path[len(folder) + 1 :] if folder else path
    name, slash, _ = rest.partition("/")
    return (f"{folder}/{name}" if folder else name) if slash else folder
