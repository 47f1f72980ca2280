"""Measure txlint and its peers on the same files: `python -m benchmarks.run [--times 5] [--work FOLDER] [--resume]`.

Fetches pinned source distributions from the package index, installs the pinned peers into an environment of their own, runs
everything in turns, and writes the table of the README and `docs/benchmarks.svg`. Ratios within one run mean something, seconds
only on the machine that gave them.
"""

from __future__ import annotations

import argparse
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.measure import Run, interleaved, median
from benchmarks.plot import plotted
from benchmarks.sources import PINNED, fetched, lines, multiplied, peers
from benchmarks.tools import everything, in_part, scaled

TOP = Path(__file__).parent.parent
WORK = Path(tempfile.gettempdir()) / "txlint-benchmarks"
"""Not in this checkout: what its .gitignore leaves out some of the tools leave out too."""
MARKS = re.compile(r"(<!-- benchmarks -->\n).*?(<!-- /benchmarks -->)", re.DOTALL)


def main() -> None:
    """Measure, and write what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5, help="how often each tool runs")
    parser.add_argument("--work", type=Path, default=WORK, help="where files and tools are kept; outside of a checkout")
    parser.add_argument("--resume", action="store_true", help="go on with a measurement that was interrupted")
    given = parser.parse_args()
    work = given.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    environment = {"PYTHONPATH": str(TOP), "SEMGREP_SEND_METRICS": "off"}
    whole, programs = fetched(work), peers(work)
    part = whole / PINNED["part"]
    tools = [*everything(whole, work, programs), *in_part(part, work, programs)]
    for number in (1, 2, 4, 8):
        tools += scaled(multiplied(work, part, number, given.resume), work, number)
    runs = interleaved(tools, given.times, environment, work / "runs.json", given.resume)
    found = {name: median(some) for name, some in runs.items()}
    table = _table(found, {name: len(some) for name, some in runs.items()}, lines(whole), lines(part))
    print(table)
    shown = {_label(name): one.cpu for name, one in found.items() if "x, " not in name}
    (TOP / "docs" / "benchmarks.svg").write_text(plotted(shown))
    readme = TOP / "README.md"
    readme.write_text(MARKS.sub(lambda match: match[1] + table + match[2], readme.read_text()))


def _table(found: Mapping[str, Run], times: Mapping[str, int], whole: int, part: int) -> str:
    rows = ["| | runs | wall s | CPU s | MiB | CPU against txlint cold |", "| --- | ---: | ---: | ---: | ---: | ---: |"]
    for name, one in found.items():
        base = "txlint, cold (part)" if name in _PART else "txlint, cold"
        ratio = f"{one.cpu / found[base].cpu:.3g}" if "x, " not in name else ""
        rows.append(f"| {name} | {times[name]} | {one.wall:.2f} | {one.cpu:.2f} | {one.memory:.0f} | {ratio} |")
    text = f"Medians of runs in turns on {os.cpu_count()} cores: {_projects(PINNED['projects'])}, {whole:,} lines "
    text += f"without tests; from `txlint, cold (part)` on: {PINNED['part']}, {part:,} lines, and one to eight copies of it.\n"
    text += "CPU seconds are those of all processes and hold on a busy machine; wall seconds grow with what else it does.\n\n"
    return text + "\n".join(rows) + "\n"


def _label(name: str) -> str:
    return f"{name} (part)" if name in _PART and "part" not in name else name


_PART = ("txlint, cold (part)", "flake8-django", "fixit", "pylint-django")


def _projects(versions: Mapping[str, str]) -> str:
    named: Sequence[str] = [f"{name} {version}" for name, version in versions.items()]
    return " and ".join(named)


if __name__ == "__main__":
    main()
