"""Programs that try to break txlint: `python -m benchmarks.fuzz KIND --count N`, or `all` for a bounded run of each kind.

Every file must be analysed or refused with a reason: no crash, no hang, no refusal of what Python accepts, and no function
or class that is left out of the facts; a program that is written otherwise must give the same findings. What fails is kept
below `--keep`, so that it can be tried again with `files`.
"""

from __future__ import annotations

import argparse
import ast
import io
import itertools
import random
import sys
import time
import tokenize
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from benchmarks import mutations, readers, rewritings, trees
from txlint.errors import NotAnalysed
from txlint.facts.records import ModuleFacts
from txlint.workers import SECONDS, Outcome, extract_all

BATCH = 200
BOUNDED = {"programs": 150, "mutants": 400, "projects": 150, "readers": 2000, "rewritings": 250}
"""What `all` tries of each kind: about a minute."""
FAULTS = ("crash", "hang", "wrongly refused", "left out", "changed")


class Case(NamedTuple):
    """A file to be read, by a name from which it can be found or made again."""

    name: str
    source: bytes


def programs(count: int, seed: int) -> Iterator[Case]:
    """Programs that use all of Python's grammar, valid as far as the running Python is concerned."""
    from pysource_codegen import generate

    for number in range(seed, seed + count):
        limit = random.Random(number).choice((20, 40, 80, 160))
        try:
            yield Case(f"program-{number}", generate(number, node_limit=limit).encode("utf-8", "surrogatepass"))
        except ValueError:  # What the running Python cannot write down.
            continue


def files(paths: Iterable[str]) -> Iterator[Case]:
    """The distinct Python files at or below the paths; without paths, of the running Python's standard library."""
    seen: set[bytes] = set()
    for path in (Path(one) for one in paths or (str(Path(ast.__file__).parent),)):
        for file in sorted(path.rglob("*.py")) if path.is_dir() else (path,):
            if file.is_file() and (text := file.read_bytes()) not in seen and len(text) <= 1_000_000:
                seen.add(text)
                yield Case(str(file), text)


def mutants(count: int, seed: int) -> Iterator[Case]:
    """Files of the standard library with damage done to their bytes."""
    originals = [one for one in files(()) if len(one.source) < 60_000]
    for number in range(seed, seed + count):
        chance = random.Random(number)
        original = chance.choice(originals)
        yield Case(f"mutant-{number}-of-{Path(original.name).name}", mutations.damaged(original.source, chance))


def fault(source: bytes, outcome: Outcome) -> str:
    """What is wrong with the outcome, as one of FAULTS and a detail; "" if nothing, "refused" if Python refuses too."""
    tree = _accepted(source)
    if isinstance(outcome, NotAnalysed):
        if outcome.reason.startswith(("crashed", "cannot be read")):
            return f"crash: {outcome.reason}"
        if outcome.reason.startswith("took longer"):
            return f"hang: {outcome.reason}"
        return f"wrongly refused: {outcome.reason}" if tree and "too deeply" not in outcome.reason else "refused"
    missing = _definitions(tree) - _found(msgspec.msgpack.decode(outcome, type=ModuleFacts)) if tree else None
    return f"left out: {', '.join(sorted(missing))}" if missing else ""


def _accepted(source: bytes) -> ast.Module | None:
    """The tree if the running Python accepts the file; its parser alone would let wrong bytes in comments pass."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        source.decode(encoding)
        return ast.parse(source)
    except (SyntaxError, ValueError, LookupError, RecursionError, MemoryError):
        return None


def _definitions(tree: ast.Module) -> Counter[str]:
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return Counter(node.name for node in ast.walk(tree) if isinstance(node, kinds))


def _found(facts: ModuleFacts) -> Counter[str]:
    return Counter(one.name for one in (*facts.functions, *facts.classes))


def read(cases: Iterable[Case], given: argparse.Namespace) -> Counter[str]:
    """How many cases there were of each outcome; what is wrong is printed and kept."""
    tally: Counter[str] = Counter()
    pending, keep = iter(cases), Path(given.keep) if given.keep else None
    while batch := list(itertools.islice(pending, BATCH)):
        outcomes = extract_all([one.source for one in batch], given.jobs, seconds=given.seconds)
        tally["tried"] += len(batch)
        sys.stderr.write(f"\r{tally['tried']} ")
        for case, outcome in zip(batch, outcomes, strict=True):
            wrong = fault(case.source, outcome)
            tally[wrong.partition(":")[0] or "analysed"] += 1
            if wrong.startswith(FAULTS):
                told(case.name, wrong)
                if keep:
                    keep.mkdir(parents=True, exist_ok=True)
                    (keep / f"{Path(case.name).stem}.py").write_bytes(case.source)
    return tally


def told(name: str, wrong: str) -> None:
    """Print one fault."""
    sys.stdout.write(f"{name}: {wrong[:300].encode('unicode_escape').decode()}\n")
    sys.stdout.flush()


def run(kind: str, count: int, given: argparse.Namespace) -> bool:
    """Try one kind of input, print the figures, and say whether nothing went wrong."""
    start = time.monotonic()
    match kind:
        case "programs":
            tally = read(programs(count, given.seed), given)
        case "mutants":
            tally = read(mutants(count, given.seed), given)
        case "files":
            tally = read(itertools.islice(files(given.paths), count or None), given)
        case "projects":
            tally = mutations.projects(count, given.seed, told)
        case "trees":
            tally = trees.tried(given.paths, count, given.seed, given.jobs, told)
        case "rewritings":
            tally = rewritings.tried(count, given.seed, told)
        case _:
            tally = readers.tried(count, given.seed, told)
    figures = ", ".join(f"{number} {what}" for what, number in tally.items())
    faults = sum(tally[one] for one in FAULTS)
    sys.stdout.write(f"{kind}: {figures}; {faults} faults in {time.monotonic() - start:.0f} s\n")
    return not faults


def main() -> int:
    """Read the arguments; exit code 1 for faults."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=(*BOUNDED, "files", "trees", "all"))
    parser.add_argument("paths", nargs="*", help="of `files` (the standard library without), and the projects of `trees`")
    parser.add_argument("--count", type=int, default=0, help="how many; a bounded number without, all `files` and `trees`")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=None)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="after which a file counts as a hang")
    parser.add_argument("--keep", help="folder for the files that break something")
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # About invalid escapes in what is read.
    kinds = BOUNDED if given.kind == "all" else {given.kind: given.count or BOUNDED.get(given.kind, 0)}
    results = [run(kind, count, given) for kind, count in kinds.items()]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
