"""For how many findings is a fix known, and does it hold?

`python .ci/fixable.py REPORT.json...` counts in what `check --output-format json` wrote; `python .ci/fixable.py --prove DIR...`
analyses projects, makes and proves every fix of the default selection, writes nothing, and exits with 1 if one is refused. With
`--kept FILE` before the folders, what is known of a project is kept there, and a run that was ended goes on where it was.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from txlint.config import Config
from txlint.engine import Request, analyse
from txlint.repair import repaired
from txlint.rulepack import builtin_pack, load_pack


def main(arguments: list[str]) -> int:
    """Print the figures; the exit code."""
    if arguments[:1] == ["--prove"]:
        kept = Path(arguments[2]) if arguments[1:2] == ["--kept"] else None
        return prove([Path(one) for one in arguments[3 if kept else 1 :]], kept)
    count(arguments)
    return 0


def count(reports: list[str]) -> None:
    """Print the figures by rule, and the share of all."""
    rules: Counter[str] = Counter()
    for report in reports:
        for one in json.loads(Path(report).read_text(encoding="utf-8")):
            if one["suppressed"] is None:
                rules[f"{one['code']} {one['fix']['applicability'] if one['fix'] else 'none'}"] += 1
    by_rule(rules)


def by_rule(rules: Counter[str]) -> None:
    """Print how many findings of each rule have a safe, an unsafe and no fix."""
    found: Counter[str] = Counter()
    for name, number in rules.items():
        found[name.split()[0]] += number
    for code, number in found.most_common():
        sys.stdout.write(f"{code} {number:>5}  safe {rules[f'{code} safe']:>4}  unsafe {rules[f'{code} unsafe']:>4}\n")
    total = sum(rules.values())
    known = total - sum(number for name, number in rules.items() if name.endswith("none"))
    sys.stdout.write(f"a fix is known for {known} of {total} findings ({known / max(total, 1):.1%})\n")


def prove(roots: list[Path], kept: Path | None) -> int:
    """Print for each project how many findings have a fix and how many of the fixes hold, and why the others do not."""
    known: dict[str, dict[str, Any]] = {}
    if kept and kept.exists():
        known = {one["name"]: one for one in map(json.loads, kept.read_text(encoding="utf-8").splitlines())}
    sums, rules = Counter[str](), Counter[str]()
    for root in roots:
        done = known.get(root.resolve().name) or _proved(root.resolve())
        if kept and done["name"] not in known:
            with kept.open("a", encoding="utf-8") as stream:
                stream.write(f"{json.dumps(done)}\n")
        sums.update(done["figures"])
        rules.update(done["rules"])
        sys.stdout.write(f"{done['name']}: {_line(done['figures'])} ({done['seconds']} s)\n")
        sys.stdout.write("".join(f"  {one}\n" for one in done["refused"]))
        sys.stdout.flush()
    by_rule(rules)
    sys.stdout.write(f"{len(roots)} projects: {_line(sums)} ({sums['with a fix'] / max(sums['findings'], 1):.1%} with a fix)\n")
    return int(bool(sums["refused"] or sums["unfinished"]))


def _proved(root: Path) -> dict[str, Any]:
    pack, request = load_pack(builtin_pack()), Request(root, Config(), jobs=1)
    report = analyse(request, pack)
    shown = [one for one in report.findings if one.suppressed is None]
    began = time.perf_counter()
    done = repaired(report, pack, request, unsafe=True)
    left = sum(one.suppressed is None for one in done.report.findings)
    figures = {"findings": len(shown), "with a fix": sum(one.fix is not None for one in shown), "proved": len(done.fixed)}
    figures |= {"along": len(done.along), "refused": len(done.refused), "left": left, "unfinished": int(done.unfinished)}
    refused = [
        f"{one.finding.code} {one.finding.location.path}:{one.finding.location.row} in {one.finding.function}: {one.reason}"
        for one in done.refused
    ]
    rules = Counter(f"{one.code} {one.fix.applicability.value if one.fix else 'none'}" for one in shown)
    seconds = round(time.perf_counter() - began)
    return {"name": root.name, "figures": figures, "rules": rules, "refused": refused, "seconds": seconds}


def _line(figures: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in figures.items())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
