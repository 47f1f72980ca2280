"""What txlint finds in pinned public projects, against what is on record: `python -m benchmarks.ecosystem [PROJECT ...]`.

Prints the difference rule by rule, for the review of a change; `--record` makes the present findings the record. The record
holds rule, file, function, subject and fingerprint of each finding, and no code.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from benchmarks.sources import PINNED, fetched
from txlint.engine import Request, analyse
from txlint.rulepack import builtin_pack, load_pack
from txlint.workers import deep

TOP = Path(__file__).parent.parent
RECORD = Path(__file__).with_name("ecosystem.csv")


class Found(NamedTuple):
    """One finding in one project."""

    project: str
    rule: str
    path: str
    function: str
    subject: str
    fingerprint: str


def found(project: str, folder: Path, cache: Path) -> set[Found]:
    """What is found in a project with the default configuration. Raises RuntimeError where a file is not analysed."""
    report = deep(lambda: analyse(Request(folder, cache=cache), load_pack(builtin_pack())))
    if report.unanalysed:
        raise RuntimeError(f"{project}: {report.unanalysed[0].path}: {report.unanalysed[0].reason}")
    shown = (one for one in report.findings if one.suppressed is None)
    return {Found(project, one.code, one.location.path, one.function, one.subject, one.fingerprint) for one in shown}


def recorded() -> set[Found]:
    """The findings on record."""
    if not RECORD.exists():
        return set()
    with RECORD.open(encoding="utf-8", newline="") as stream:
        return {Found(*row) for row in csv.reader(stream)}


def difference(former: Iterable[Found], present: Iterable[Found]) -> list[str]:
    """Lines that say by rule what has come (+) and what has gone (-)."""
    former, present, rules = set(former), set(present), defaultdict(list)
    for sign, some in (("-", former - present), ("+", present - former)):
        for one in sorted(some):
            rules[one.rule].append(f"  {sign} {one.project} {one.path} {one.function}: {one.subject}")
    lines = [f"{len(present)} findings, {len(present - former)} more and {len(former - present)} fewer than on record"]
    for rule in sorted(rules):
        lines += [f"{rule}:", *sorted(rules[rule], key=lambda line: line[4:])]
    return lines


def main() -> None:
    """Compare, or record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("projects", nargs="*", help="all without")
    parser.add_argument("--record", action="store_true", help="make the present findings the record")
    parser.add_argument("--work", type=Path, default=TOP / ".benchmarks", help="where files are kept")
    given = parser.parse_args()
    names = given.projects or [*PINNED["projects"], *PINNED["ecosystem"]]
    pins = {name: version for name, version in (PINNED["projects"] | PINNED["ecosystem"]).items() if name in names}
    folder = fetched(given.work.resolve(), pins)
    present = {one for name in pins for one in found(name, folder / name, given.work / "cache")}
    former = recorded()
    others = {one for one in former if one.project not in pins}
    sys.stdout.write("\n".join(difference(former - others, present)) + "\n")
    if given.record:
        with RECORD.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows(sorted(present | others))


if __name__ == "__main__":
    main()
