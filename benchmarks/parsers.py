"""Compare what Python's own parser and libcst say of the same files: `python -m benchmarks.parsers FOLDER ...`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from txlint.errors import NotAnalysed
from txlint.facts import native
from txlint.facts.encoding import encoding_of
from txlint.facts.extract import extract

RECURSION = 20_000


def compared(paths: Iterable[Path]) -> Counter[str]:
    """How many files have the same facts, other facts, or are left to libcst; those of the latter two are named."""
    found: Counter[str] = Counter()
    for path in paths:
        source = path.read_bytes()
        try:
            ours = native.facts(source) if encoding_of(source) in ("utf-8", "utf-8-sig") else None
            what = "left to libcst" if ours is None else "same" if ours == extract(source) else "OTHER FACTS"
        except NotAnalysed as reason:
            what = f"refused: {reason.reason}"
        found[what.partition(":")[0]] += 1
        if what != "same":
            print(f"{path}: {what}")
    return found


def main() -> int:
    """Compare the files of the folders that are named; 1 where the facts of one are not the same."""
    sys.setrecursionlimit(RECURSION)
    found = compared(path for name in sys.argv[1:] for path in sorted(Path(name).rglob("*.py")) if path.is_file())
    print(", ".join(f"{count} {what}" for what, count in found.most_common()))
    return 1 if found["OTHER FACTS"] else 0


if __name__ == "__main__":
    sys.exit(main())
