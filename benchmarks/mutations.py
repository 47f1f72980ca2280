"""Damage to the bytes of a file, and small valid projects with statements moved, lost, doubled and wrapped."""

from __future__ import annotations

import ast
import copy
import random
import signal
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from txlint.engine import Report, analyse_sources
from txlint.filekinds import is_test
from txlint.rulepack import builtin_pack, load_pack

ROOT = Path(__file__).parent.parent
SECONDS = 60
HOSTILE = (
    *(b"(" * 300, b"[" * 150, b"not " * 1500, b"\0", b"\r", b"\r\n", b"\x0c", b"\xef\xbb\xbf", b"\xff", b"\x1a", b"\\\n"),
    *(b"'''", b'"""', b"f'{", b"t'{x!r:{y}}'", b"}", b"\t", b"        ", b"# -*- coding: latin-1 -*-\n", b"# coding: rot13\n"),
    *(b"if x:\n", b"else:\n", b"except* E :\n", b"match x:\n  case _:\n", b"lambda: ", b"async ", b"await ", b"yield ", b"@"),
    *(b"(x): int = 1\n", b"x = a" + b".f()" * 400 + b"\n", b"type X[T] = T\n", b"def f[T: int](): pass\n", b"del (", b":="),
    *("\N{RIGHT-TO-LEFT OVERRIDE}".encode(), "\N{ZERO WIDTH SPACE}".encode(), b"# txlint: ignore[", b"\xed\xa0\x80"),
)


def damaged(source: bytes, chance: random.Random) -> bytes:
    """A file after one or two accidents."""
    for _ in range(chance.randint(1, 2)):
        here, there = sorted(chance.choices(range(len(source) + 1), k=2))
        there = min(there, here + 200)
        lines = source.splitlines(keepends=True) or [b""]
        one, other = chance.choices(range(len(lines)), k=2)
        match chance.randrange(8):
            case 0:
                source = source[:here] + source[there:]
            case 1:
                source = source[:here] + chance.choice(HOSTILE) + source[here:]
            case 2:
                source = source[:there] + source[here:there] * chance.randint(1, 30) + source[there:]
            case 3:
                lines[one], lines[other] = lines[other], lines[one]
                source = b"".join(lines)
            case 4:
                source = source[:here] + chance.randbytes(3) + source[here:]
            case 5:
                source = source.replace(b"\n", chance.choice((b"\r\n", b"\r", b"\n\n", b"\n\x0c")))
            case 6:
                source = b"".join(lines[: one + 1])
            case _:
                lines[one : one + 1] = [b" " * chance.randint(0, 12) + lines[one].lstrip(), lines[other]]
                source = b"".join(lines)
    return source


def examples() -> Iterator[dict[str, bytes]]:
    """The small projects that the tests analyse: fixtures and the examples of the rule pages."""
    from tests.test_rule_pages import PAGES
    from tests.test_rule_pages import examples as on_page

    for project in sorted((ROOT / "tests" / "fixtures").iterdir()):
        if texts := {file.relative_to(project).as_posix(): file.read_bytes() for file in sorted(project.rglob("*.py"))}:
            yield texts
    for page in PAGES:
        for example in on_page(page):
            yield {path: text for path, text in example.files.items() if path.endswith(".py")}


def projects(count: int, seed: int, told: Callable[[str, str], None]) -> Counter[str]:
    """How many mutated projects could be analysed by all rules; a crash or hang is told."""
    rules, originals = load_pack(builtin_pack()), list(examples())
    tally: Counter[str] = Counter()
    for number in range(seed, seed + count):
        chance = random.Random(number)
        sources = {path: mutated(text, chance) for path, text in chance.choice(originals).items()}
        tally["tried"] += 1
        previous = signal.signal(signal.SIGALRM, _expired)
        signal.alarm(SECONDS)
        try:
            report = analyse_sources(sources, rules)
        except TimeoutError:
            tally["hang"] += 1
            told(f"project-{number}", "hang")
        except Exception:  # noqa: BLE001  That is what is looked for.
            tally["crash"] += 1
            told(f"project-{number}", "crash: " + traceback.format_exc()[-300:])
        else:
            tally["analysed"] += 1
            tally["findings"] += len(report.findings)
            if left := _left_out(sources, report):
                tally["left out"] += 1
                told(f"project-{number}", f"left out: {', '.join(sorted(left))}")
        finally:
            signal.alarm(0)
            signal.signal(signal.SIGALRM, previous)
    return tally


def _left_out(sources: Iterable[str], report: Report) -> set[str]:
    """The files that are neither analysed nor named nor counted as tests, which are left out on purpose."""
    left = {*sources} - {*report.files, *(one.path for one in report.unanalysed)}
    tests = {one for one in left if is_test(one)}
    return left - tests if len(tests) == report.tests else left


def _expired(*_: object) -> None:
    raise TimeoutError


def mutated(source: bytes, chance: random.Random) -> bytes:
    """A valid file with some statements moved, lost, doubled, nested or rid of their names."""
    tree = ast.parse(source)
    for _ in range(chance.randint(0, 3)):
        blocks = [block for node in ast.walk(tree) for block in _blocks(node)]
        if not blocks:
            break
        block, other = chance.choice(blocks), chance.choice(blocks)
        place = chance.randrange(len(block))
        match chance.randrange(7):
            case 0:
                block[place : place + 1] = [ast.Pass()]
            case 1:
                block.insert(place, copy.deepcopy(chance.choice(other)))
            case 2:
                block[place] = ast.If(ast.Name("unknown", ast.Load()), [block[place]], [])
            case 3:
                block[place] = ast.With([ast.withitem(ast.Call(ast.Name("guard", ast.Load()), [], []))], [block[place]])
            case 4:
                handler = ast.ExceptHandler(ast.Name("Exception", ast.Load()), "error", [copy.deepcopy(chance.choice(other))])
                block[place] = ast.Try([block[place]], [handler], [], [])
            case 5:
                names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
                if names:
                    chance.choice(names).id = chance.choice(names).id
            case _:
                block.reverse()
    return ast.unparse(ast.fix_missing_locations(tree)).encode("utf-8", "surrogatepass") + b"\n"


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        if isinstance(block := getattr(node, name, None), list) and block:
            yield block
