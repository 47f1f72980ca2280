"""How much CPU an edit takes in a warm editor server: `python -m benchmarks.edits FOLDER [EDITS]`, after a first analysis.

Each edit is made in a function drawn at random, in the text that was analysed. What is measured is how long it takes to follow
it, or to see that the project has to be analysed.
"""

from __future__ import annotations

import argparse
import gc
import random
import statistics
import sys
import time
from pathlib import Path

from txlint.lsp.projects import Project
from txlint.rulepack import builtin_pack, load_pack
from txlint.workers import PROGRAM, SECONDS, Pool, deep

KINDS = {
    "a comment": lambda line, indent: [f"{indent}# a remark", line],
    "a blank line": lambda line, indent: ["", line],
    "another constant": lambda line, indent: [line.replace('"', '"_', 1) if line.count('"') == 2 else line.replace("0", "7")],
    "an assignment": lambda line, indent: [f"{indent}remark = 1", line],
    "a call": lambda line, indent: [f"{indent}print(1)", line],
}
"""What an edit makes of a line that begins a statement within a function."""


def edits(project: Project, count: int, drawn: random.Random) -> None:
    """Make edits of each kind and print how long they took, in milliseconds of CPU."""
    report = deep(lambda: project.analyse({}, lambda: False))
    gc.disable()  # As the server does.
    functions = [
        func
        for module in report.analysis.project.modules.values()
        for func in module.functions
        if func.parent and func.record.body
    ]
    for kind, change in KINDS.items():
        taken, followed = list[float](), 0
        for func in (drawn.choice(functions) for _ in range(count)):
            path = func.module.path
            lines = report.read(path).decode().split("\n")
            row = getattr(drawn.choice(func.record.body), "line", func.record.line + 1) - 1
            indent = lines[row][: len(lines[row]) - len(lines[row].lstrip())]
            lines[row : row + 1] = change(lines[row], indent)
            text = "\n".join(lines).encode()
            started = time.process_time()
            done = project.follow({path: text})
            taken.append(1000 * (time.process_time() - started))
            followed += done
        quick = sorted(taken)
        median, p90, p99 = statistics.median(quick), quick[int(0.9 * len(quick))], quick[int(0.99 * len(quick))]
        sys.stdout.write(f"{kind}: {followed} of {count} followed; p50 {median:.1f}, p90 {p90:.1f}, p99 {p99:.1f} ms\n")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="how much CPU an edit takes in a warm editor server")
    parser.add_argument("folder", type=Path, help="the project in which edits are made")
    parser.add_argument("edits", type=int, nargs="?", default=100, help="how many of each kind (default: 100)")
    given = parser.parse_args()
    with Pool(1, SECONDS, PROGRAM) as pool:
        edits(Project(given.folder.resolve(), load_pack(builtin_pack()), pool), given.edits, random.Random(1))


if __name__ == "__main__":
    main()
