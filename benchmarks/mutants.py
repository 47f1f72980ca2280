"""Faults put into the rules and into txlint/transactions one at a time: `python -m benchmarks.mutants --count 200`.

Each is made in a process of its own and tried on the rule pages and fixture projects. The list of the survivors says which
decisions no example depends on.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib
import os
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import libcst  # noqa: F401  Loaded once, before the processes part.
import pytest  # noqa: F401

ROOT = Path(__file__).parent.parent
SECONDS = 60
KILLED, SURVIVED = 10, 11
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}
NAMED = {"any": "all", "all": "any", "min": "max", "max": "min"}


def changes(node: ast.AST) -> Iterator[Callable[[], Any]]:
    """The faults that can be put into a node of a tree, each made by calling it."""
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in COMPARISONS:
            yield lambda: setattr(node, "ops", [COMPARISONS[type(operator)]()])
        case ast.BoolOp(op=operator, values=values):
            yield lambda: setattr(node, "op", ast.Or() if isinstance(operator, ast.And) else ast.And())
            yield lambda: values.__setitem__(-1, values[0])
        case ast.UnaryOp(op=ast.Not()):
            yield lambda: setattr(node, "operand", ast.UnaryOp(ast.Not(), node.operand))
        case ast.If(test=test) | ast.IfExp(test=test):
            yield lambda: setattr(node, "test", ast.UnaryOp(ast.Not(), test))
        case ast.comprehension(ifs=[_, *_]):
            yield lambda: node.ifs.pop()
        case ast.Constant(value=bool()):
            yield lambda: setattr(node, "value", not node.value)
        case ast.Constant(value=int()):
            yield lambda: setattr(node, "value", node.value + 1)
        case ast.Call(func=ast.Name(id=name)) if name in NAMED:
            yield lambda: setattr(node.func, "id", NAMED[name])
        case ast.Continue() | ast.Break():
            yield lambda: setattr(node, "__class__", ast.Pass)
        case ast.Return(value=ast.AST() as value) if not isinstance(value, ast.Constant) or value.value:
            yield lambda: setattr(node, "value", ast.Constant(None))


def mutants() -> Iterator[tuple[Path, int, int]]:
    """Every fault: the file, the place of the node in it and which of the node's."""
    for file in sorted((*(ROOT / "txlint" / "transactions").glob("*.py"), *(ROOT / "rules").rglob("*.py"))):
        for number, node in enumerate(ast.walk(ast.parse(file.read_bytes()))):
            for which, _ in enumerate(changes(node)):
                yield file, number, which


def tried(file: Path, number: int, which: int) -> tuple[int, str]:
    """Whether the tests notice a fault, and the line that it is in."""
    tree = ast.parse(file.read_bytes())
    node = list(ast.walk(tree))[number]
    before = copy.deepcopy(node)
    list(changes(node))[which]()
    line = f"{file.relative_to(ROOT)}:{getattr(before, 'lineno', 0)}: {_shown(before)} -> {_shown(node)}"
    process = os.fork()
    if process == 0:
        os._exit(_judged(file, ast.fix_missing_locations(tree)))
    _, status = os.waitpid(process, 0)
    return (os.waitstatus_to_exitcode(status), line)


def _shown(node: ast.AST) -> str:
    text = ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))) if hasattr(node, "lineno") else "if"
    return " ".join(text.split())[:60]


def _judged(file: Path, tree: ast.Module) -> int:
    """In the process of one fault: load the faulty module instead of the right one, and compare every example."""
    import signal

    signal.alarm(SECONDS)
    code, get = compile(tree, str(file), "exec"), importlib.machinery.SourceFileLoader.get_code
    importlib.machinery.SourceFileLoader.get_code = (  # type: ignore[method-assign]
        lambda loader, name: code if loader.path == str(file) else get(loader, name)
    )
    try:
        return SURVIVED if _silent(file.stem) else KILLED
    except Exception:  # noqa: BLE001  A crash is noticed as well.
        return KILLED


def _silent(stem: str) -> bool:
    from tests.fixtures.expectations import differences
    from tests.test_fixtures import PROJECTS, sources
    from tests.test_rule_pages import EXAMPLES
    from txlint.config import Config
    from txlint.configfiles import read
    from txlint.rulepack import builtin_pack, load_pack

    rules = load_pack(builtin_pack())
    pages = sorted((one.values[0] for one in EXAMPLES), key=lambda one: one.page.stem != stem)
    pages = [one for one in pages if "pyproject.toml" not in one.files]
    settings = ((one, one / "pyproject.toml") for one in PROJECTS)
    projects = [(sources(one), (read(file) if file.is_file() else None) or Config()) for one, file in settings]
    cases = (*((one.files, Config()) for one in pages), *projects)
    return all(not differences(files, rules, config) for files, config in cases)


def main() -> None:
    """Try a sample and print the survivors and the rate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    everything = list(mutants())
    sample = random.Random(given.seed).sample(everything, min(given.count, len(everything)))
    tally: Counter[str] = Counter()
    for one in sample:
        code, line = tried(*one)
        outcome = {KILLED: "killed", SURVIVED: "survived"}.get(code, "hung or crashed")
        tally[outcome] += 1
        sys.stderr.write(f"\r{tally.total()} ")
        if outcome == "survived":
            sys.stdout.write(f"survived: {line}\n")
            sys.stdout.flush()
    rate = 100 * tally["survived"] / max(1, tally.total())
    sys.stdout.write(f"{tally.total()} of {len(everything)} faults: {dict(tally)}; {rate:.0f} % survive\n")


if __name__ == "__main__":
    main()
