"""For how many findings is a fix known? `python .ci/fixable.py REPORT.json...`, as `check --output-format json` writes them."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path


def main(reports: list[str]) -> None:
    """Print the figures by rule, and the share of all."""
    found: Counter[str] = Counter()
    fixable: Counter[tuple[str, str]] = Counter()
    for report in reports:
        for one in json.loads(Path(report).read_text(encoding="utf-8")):
            if one["suppressed"] is None:
                found[one["code"]] += 1
                if one["fix"]:
                    fixable[one["code"], one["fix"]["applicability"]] += 1
    for code, count in found.most_common():
        sys.stdout.write(f"{code} {count:>5}  safe {fixable[code, 'safe']:>4}  unsafe {fixable[code, 'unsafe']:>4}\n")
    total, known = sum(found.values()), sum(fixable.values())
    sys.stdout.write(f"a fix is known for {known} of {total} findings ({known / max(total, 1):.1%})\n")


if __name__ == "__main__":
    main(sys.argv[1:])
