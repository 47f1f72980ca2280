"""For how many findings is a fix known, and does it hold?

`python .ci/fixable.py REPORT.json...` counts in what `check --output-format json` wrote; `python .ci/fixable.py --prove DIR...`
analyses projects, makes and proves every fix of the default selection, writes nothing, and exits with 1 if one is refused.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path

from txlint.config import Config
from txlint.engine import Request, analyse
from txlint.repair import repaired
from txlint.rulepack import builtin_pack, load_pack


def main(arguments: list[str]) -> int:
    """Print the figures; the exit code."""
    if arguments[:1] == ["--prove"]:
        return prove([Path(one) for one in arguments[1:]])
    count(arguments)
    return 0


def count(reports: list[str]) -> None:
    """Print the figures by rule, and the share of all."""
    found: Counter[str] = Counter()
    fixable: Counter[tuple[str, str]] = Counter()
    for report in reports:
        for one in json.loads(Path(report).read_text(encoding="utf-8")):
            if one["suppressed"] is None:
                found[one["code"]] += 1
                if one["fix"]:
                    fixable[one["code"], one["fix"]["applicability"]] += 1
    for code, number in found.most_common():
        sys.stdout.write(f"{code} {number:>5}  safe {fixable[code, 'safe']:>4}  unsafe {fixable[code, 'unsafe']:>4}\n")
    total, known = sum(found.values()), sum(fixable.values())
    sys.stdout.write(f"a fix is known for {known} of {total} findings ({known / max(total, 1):.1%})\n")


def prove(roots: list[Path]) -> int:
    """Print for each project how many findings have a fix and how many of the fixes hold, and why the others do not."""
    pack, sums, failed = load_pack(builtin_pack()), Counter[str](), False
    for root in roots:
        request = Request(root, Config(), jobs=1)
        report = analyse(request, pack)
        shown = [one for one in report.findings if one.suppressed is None]
        began = time.perf_counter()
        done = repaired(report, pack, request, unsafe=True)
        took = time.perf_counter() - began
        left = sum(one.suppressed is None for one in done.report.findings)
        figures = {"findings": len(shown), "with a fix": sum(one.fix is not None for one in shown), "proved": len(done.fixed)}
        figures |= {"along": len(done.along), "refused": len(done.refused), "left": left}
        sums.update(figures)
        failed |= bool(done.refused) or done.unfinished
        sys.stdout.write(f"{root.name}: {_line(figures)} ({took:.0f} s)\n")
        for one in done.refused:
            place = one.finding.location
            sys.stdout.write(f"  {one.finding.code} {place.path}:{place.row} in {one.finding.function}: {one.reason}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{len(roots)} projects: {_line(sums)} ({sums['with a fix'] / max(sums['findings'], 1):.1%} with a fix)\n")
    return int(failed)


def _line(figures: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in figures.items())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
