"""Writes docs/accuracy.md from docs/judged/: what txlint finds of known defects, and how much of what it reports is right.

Renew it with `python docs/accuracy.py`. The judged findings are rows of docs/judged/*.csv, one a finding that was looked up in
the code; the known defects are counted by class in docs/judged/ground_truth.toml.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

JUDGED = Path(__file__).with_name("judged")
FILE = Path(__file__).with_name("accuracy.md")
COLUMNS = ("project", "commit", "path", "line", "rule", "verdict", "reason")
VERDICTS = ("right", "wrong")
ANSWER_COLUMNS = ("project", "commit", "path", "line", "verdict", "reason")
ANSWER_VERDICTS = ("right", "incomplete", "wrong")
_SAMPLE = re.compile(r"(?P<group>[a-z]+)(?P<number>\d*)")
FEW = 5
"""Judged findings of a rule below which its share says nothing."""


class Verdict(NamedTuple):
    """One finding in a public project, looked up in the code."""

    project: str
    commit: str
    path: str
    line: str
    rule: str
    verdict: str
    reason: str


class Sample(NamedTuple):
    """Findings that were drawn and judged together: `django3` is the third sample of the group `django`."""

    name: str
    group: str
    number: int
    verdicts: tuple[Verdict, ...]


def samples() -> list[Sample]:
    """All samples by group, the newest first. Raises ValueError, naming file and line, for a row that is no judged finding."""
    found = []
    for file in JUDGED.glob("*.csv"):
        if not (name := _SAMPLE.fullmatch(file.stem)):
            raise ValueError(f"{file.name}: a sample is called GROUP.csv or GROUP2.csv")
        found.append(Sample(file.stem, name["group"], int(name["number"] or 1), tuple(_read(file))))
    return sorted(found, key=lambda one: (one.group, -one.number))


def _read(file: Path) -> Iterator[Verdict]:
    with file.open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream)
        if tuple(next(rows)) != COLUMNS:
            raise ValueError(f"{file.name}: the columns are {', '.join(COLUMNS)}")
        for row in rows:
            if len(row) != len(COLUMNS) or row[5] not in VERDICTS or not row[6]:
                raise ValueError(f"{file.name}:{rows.line_num}: {', '.join(COLUMNS)}; the verdict right or wrong")
            yield Verdict(*row)


def share(part: int, whole: int) -> str:
    """A part of a whole, and the percentage where there is enough to speak of one."""
    return f"{part}/{whole} ({100 * part / whole:.0f} %)" if whole >= FEW else f"{part}/{whole}"


def recall() -> list[str]:
    """What is found of the known defects, by class."""
    data = tomllib.loads((JUDGED / "ground_truth.toml").read_text(encoding="utf-8"))
    lines = [
        f"Measured at {data['measured']}: {data['what']}",
        "",
        "| class | what it is | defects found | fix clears it | right code left alone |",
        "| --- | --- | --- | --- | --- |",
    ]
    total: Counter[str] = Counter()
    for name, one in data["class"].items():
        for key in ("found", "cleared", "quiet"):
            total[key] += one[key][0]
            total[f"{key} of"] += one[key][1]
        cells = (share(*one[key]) if one[key][1] else "-" for key in ("found", "cleared", "quiet"))
        lines.append(f"| {name} | {one['is']} | {' | '.join(cells)} |")
    cells = (f"**{share(total[key], total[f'{key} of'])}**" for key in ("found", "cleared", "quiet"))
    return [*lines, f"| all | | {' | '.join(cells)} |", "", "Where it is weak:", "", *(f"- {one}" for one in data["weak"])]


def precision(every: list[Sample]) -> list[str]:
    """How many of the judged findings are right, by rule, in the newest sample of each group; the earlier ones by sample."""
    newest: dict[str, Sample] = {}
    for one in every:
        newest.setdefault(one.group, one)
    judged = [verdict for one in newest.values() for verdict in one.verdicts]
    earlier = [one for one in every if newest[one.group] is not one]
    whole = Counter(one.rule for one in judged)
    right = Counter(one.rule for one in judged if one.verdict == "right")
    projects = len({one.project for one in judged})
    few = sorted(rule for rule in whole if whole[rule] < FEW)
    drawn = "; ".join(f"`{one.name}` {_rate(one)}" for one in newest.values())
    lines = [
        f"{len(judged)} findings in {projects} projects were looked up in the code: "
        f"**{share(right.total(), len(judged))}** are right. Each is a row of [docs/judged](judged/), with the reason.",
        "A finding is right where the transaction is as the message says and the code is wrong because of it.",
        f"The samples: {drawn}. Who judged these had not made what was judged, and has mended nothing.",
        "",
        "| rule | right |",
        "| --- | --- |",
        *(f"| {rule} | {share(right[rule], whole[rule])} |" for rule in sorted(whole, key=lambda one: (-whole[one], one))),
        "",
        f"Fewer than {FEW} findings were judged of {len(few)} of these rules, and none of all others: little is known there.",
        "",
        "### Judged wrong",
        "",
    ]
    wrong = sorted((one for one in judged if one.verdict == "wrong"), key=lambda one: (one.rule, *one[:4]))
    lines += [f"- {one.rule} {one.project}@{one.commit[:12]} `{one.path}:{one.line}`: {one.reason}" for one in wrong]
    if earlier:
        lines += ["", "### Earlier samples", "", "Drawn from earlier versions, and used to mend what they showed.", ""]
        lines += [f"- `{one.name}`: {_rate(one)}" for one in earlier]
    return lines


def answers() -> list[str]:
    """How many answers of `txlint why` say what a careful reader finds, by sample, and what the newest one's others lack."""
    lines: list[str] = []
    for number, file in enumerate(sorted(JUDGED.glob("answers/*.csv"), reverse=True)):
        found = _answers(file)
        counts = Counter(one[4] for one in found)
        projects = len({one[0] for one in found})
        others = ", ".join(f"{counts[verdict]} {verdict}" for verdict in ANSWER_VERDICTS[1:])
        lines.append(f"- `{file.stem}`: {share(counts['right'], len(found))} in {projects} projects; {others}.")
        if not number:
            lines += [f"  - {one[4]}: {one[0]}@{one[1]} `{one[2]}:{one[3]}`: {one[5]}" for one in found if one[4] != "right"]
    return lines


def _answers(file: Path) -> list[tuple[str, ...]]:
    """The rows of a sample. Raises ValueError, naming file and line, for one that is no judged answer."""
    with file.open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream)
        if tuple(next(rows)) != ANSWER_COLUMNS:
            raise ValueError(f"{file.name}: the columns are {', '.join(ANSWER_COLUMNS)}")
        found = [tuple(row) for row in rows]
    for number, row in enumerate(found, start=2):
        if len(row) != len(ANSWER_COLUMNS) or row[4] not in ANSWER_VERDICTS or (row[4] == "right") == bool(row[5]):
            raise ValueError(f"{file.name}:{number}: {', '.join(ANSWER_COLUMNS)}; a reason for all but what is right")
    return found


def _rate(sample: Sample) -> str:
    return share(sum(one.verdict == "right" for one in sample.verdicts), len(sample.verdicts))


def page() -> str:
    """The whole page."""
    lines = [
        "# How accurate txlint is",
        "",
        "Generated by `python docs/accuracy.py` from the data in [docs/judged](judged/); a test compares them. Samples were",
        "used to mend what they showed, so the present version does better on them than on code that nobody has looked at yet.",
        "",
        "## Known defects",
        "",
        *recall(),
        "",
        "## Judged findings",
        "",
        *precision(samples()),
        "",
        "## Answers of `txlint why`",
        "",
        "Calls that write, send or commit were drawn at random in projects not looked at before, one or two of each.",
        "An answer is right where it says who runs the call, in which transaction, and who commits, as a careful reader does.",
        "A part of what the others lacked is mended since.",
        "",
        *answers(),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
