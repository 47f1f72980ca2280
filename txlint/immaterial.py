"""Changes of files that change nothing: their facts are what they were, apart from the numbers of their lines.

Whatever the analysis makes of a file it takes from its facts, and of lines it asks only which one comes first. So where no
place of a file is shown and nobody has read its text, another comment, string that no fact keeps, or layout has no effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from txlint.cache import FactsCache, key
from txlint.facts.reading import read_natively
from txlint.facts.records import ModuleFacts

MAX_BYTES = 200_000
"""Larger files are left to a worker process."""
_LINES = frozenset({"line", "at", "end_line"})


def says_the_same(folder: Path | str, changed: Mapping[str, str]) -> bool:
    """Whether each file has the facts that are known in the cache by these keys, but for lines. Raises OSError."""
    keys = {path: bytes.fromhex(one) for path, one in changed.items()}
    with FactsCache(Path(folder)) as cache:
        known = cache.get(keys.values())
        fresh: dict[bytes, bytes] = {}
        for path, before in keys.items():
            source = Path(path).read_bytes()
            now = read_natively(source) if before in known and len(source) <= MAX_BYTES else None
            if now is None or moved_lines(msgspec.msgpack.decode(known[before], type=ModuleFacts), now) is None:
                return False
            fresh[key(source)] = msgspec.msgpack.encode(now)
        cache.put(fresh)
    return not cache.trouble


def key_now(path: str) -> str:
    """What identifies the facts of a file as it is. Raises OSError."""
    return key(Path(path).read_bytes()).hex()


def moved_lines(before: ModuleFacts, now: ModuleFacts) -> dict[int, int] | None:
    """Which lines have become which, of those that facts speak of; None where more than lines has changed, or their order."""
    moved: dict[int, int] = {}
    try:
        if not _same(_from_first_line(before), _from_first_line(now), moved):
            return None
    except RecursionError:
        return None
    lines = [moved[line] for line in sorted(moved)]
    return moved if all(first < second for first, second in pairwise(lines)) else None


def _from_first_line(facts: ModuleFacts) -> ModuleFacts:
    """The facts without the extent of the top-level code, which begins where the file does, whatever stands there."""
    top, *others = facts.functions
    return msgspec.structs.replace(facts, functions=(msgspec.structs.replace(top, line=0, end_line=0), *others))


def _same(before: Any, now: Any, moved: dict[int, int]) -> bool:
    """Whether two records are the same but for lines; these are noted, each with what it has become."""
    if before.__class__ is not now.__class__:
        return False
    if isinstance(before, tuple):
        return len(before) == len(now) and all(_same(one, other, moved) for one, other in zip(before, now, strict=True))
    if not isinstance(before, msgspec.Struct):
        return bool(before == now)
    for name in before.__struct_fields__:
        one, other = getattr(before, name), getattr(now, name)
        if name in _LINES:
            if moved.setdefault(one, other) != other:
                return False
        elif not _same(one, other, moved):
            return False
    return True
