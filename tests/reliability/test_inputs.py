"""Files that parsers choke on: each is analysed, or refused with the reason and its place, and costs no other file anything."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from txlint.config import Config
from txlint.engine import Report, Request, analyse, analyse_sources
from txlint.reporters.terminal import lines
from txlint.reporters.view import View
from txlint.rulepack import builtin_pack, load_pack
from txlint.workers import deep

RULES = load_pack(builtin_pack())
FAULTY = b"""\
from celery import shared_task
from django.db import models, transaction

class Order(models.Model):
    pass

@shared_task
def send(pk):
    pass

def place(pk):
    with transaction.atomic():
        Order.objects.create()
        send.delay(pk)
"""
ROW = 14
TOP = b"def top(pk):\n    with transaction.atomic():\n        Order.objects.create()\n        f0(pk)\n"
TEXTS = {"latin-1": "é", "cp1252": "€", "euc-jp": "日本", "shift_jis": "日本", "gbk": "日本", "koi8-r": "да", "utf-8": "é"}

ANALYSED: dict[str, tuple[bytes, int]] = {
    "brackets_150": (FAULTY + b"x = " + b"[" * 150 + b"]" * 150 + b"\n", ROW),
    "chain_1000": (FAULTY + b"x = a" + b".f()" * 1000 + b"\n", ROW),
    "elif_900": (FAULTY + b"if a:\n  b\n" + b"elif c:\n  d\n" * 900, ROW),
    "sum_1000": (FAULTY + b"x = " + b"a + " * 1000 + b"a\n", ROW),
    "strings_3000": (FAULTY + b"x = " + b"'a' " * 3000 + b"\n", ROW),
    "indented_99": (FAULTY + b"".join(b" " * depth + b"if x:\n" for depth in range(99)) + b" " * 99 + b"y\n", ROW),
    "annotated": (FAULTY + b"(x): int = 1\n", ROW),
    "megabyte_line": (FAULTY + b"x = '" + b"a" * 900_000 + b"'\n", ROW),
    "digits": (FAULTY + b"x = " + b"1" * 10_000 + b"\n", ROW),
    "surrogates": (FAULTY + b"x = '\\ud800', '\\udc00'\n", ROW),
    "newer_syntax": (FAULTY + b"type A[T] = list[T]\nx = t'{a!r:{b}}'\ntry: pass\nexcept A, B: pass\nlazy import os\n", ROW),
    "bom": (b"\xef\xbb\xbf" + FAULTY, ROW),
    "crlf": (FAULTY.replace(b"\n", b"\r\n"), ROW),
    "mixed": (FAULTY.replace(b"\n\n", b"\n\r\n"), ROW),
    "cr": (FAULTY.replace(b"\n", b"\r"), ROW),
    "crcrlf": (FAULTY.replace(b"\n", b"\r\r\n"), 2 * ROW - 1),
    "no_final_newline": (FAULTY.rstrip(), ROW),
    "form_feed": (b"\x0c" + FAULTY.replace(b"\n\n", b"\n\x0c\n"), ROW),
    **{
        f"encoded_{name.replace('-', '_')}": (f"# coding: {name}\nx = '{text}'\n{FAULTY.decode()}".encode(name), ROW + 2)
        for name, text in TEXTS.items()
    },
}
REFUSED: dict[str, tuple[bytes, int, int, str]] = {
    "parentheses_3000": (b"a = 1\nx = " + b"(" * 3000, 2, 205, "nested too deeply: more than 200 brackets"),
    "sum_2000": (b"x = " + b"a + " * 2000 + b"a\n", 1, 1, "nested too deeply to be analysed"),
    "indented_101": (b"".join(b" " * depth + b"if x:\n" for depth in range(101)) + b" " * 101 + b"y\n", 101, 1, "too many"),
    "nul_in_a_string": (b"y = 1\nx = 'a\0b'\n", 2, 7, "holds a NUL byte"),
    "nul": (b"x = \0 1\n", 1, 5, "holds a NUL byte"),
    "utf_16": ("x = 1\n".encode("utf-16"), 1, 1, "invalid or missing encoding declaration"),
    "wrong_utf_8": (b"y = 1\n# \xf9\n", 2, 3, "byte 0xf9"),
    **{
        f"codec_{name.replace('-', '_')}": (f"# coding: {name}\nx = 1\n".encode(), 1, 1, name)
        for name in ("nonsense", "rot13", "hex", "undefined", "utf-7", "unicode_escape", "idna", "punycode", "zlib")
    },
    "bom_and_latin": (b"\xef\xbb\xbf# coding: latin-1\n", 1, 1, "encoding"),
    "tabs": (b"def f():\n\tx\n        y\n", 3, 1, "inconsistent use of tabs and spaces"),
    "dedent": (b"def f():\n        y\n    z\n", 3, 6, "unindent does not match"),
    "control_z": (b"x = 1\n\x1a\n", 2, 1, "U+001A"),
    "vertical_tab": (b"x = 1\n\x0b x\n", 2, 1, "U+000B"),
    "no_break_space": ("x = 1\nx\u00a0= 1\n".encode(), 2, 2, "U+00A0"),
    "zero_width": ("x = 1\nx\u200b = 1\n".encode(), 2, 2, "U+200B"),
    "python_2": (b"x = 1\nprint 'a'\n", 2, 1, "Missing parentheses in call to 'print'"),
    "conflict": (b"x = 1\n<<<<<<< HEAD\nx = 2\n=======\nx = 3\n>>>>>>> b\n", 2, 1, "merge conflict marker"),
    "template": (b"x = 1\nimport {{ a }}\n", 2, 8, "invalid syntax"),
    "magic": (b"x = 1\n%timeit x\n", 2, 1, "invalid syntax"),
    "large": (b"x = 1\n" * 200_000, 1, 1, "larger than max-file-size (1000000 bytes)"),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The report on all of them at once; without workers, whose time limit is another matter on a busy machine."""
    root = tmp_path_factory.mktemp("odd")
    for name, (text, *_) in (ANALYSED | REFUSED).items():
        (root / f"{name}.py").write_bytes(text)
    return deep(lambda: analyse(Request(root, Config(select=("TX301", "TX004")), jobs=0), RULES))


@pytest.mark.parametrize("name", ANALYSED)
def test_analysed(name: str, found: Report) -> None:
    places = [(one.code, one.location.row) for one in found.findings if one.location.path == f"{name}.py"]
    assert places == [("TX301", ANALYSED[name][1])]


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_reason_and_place(name: str, found: Report) -> None:
    _, row, column, reason = REFUSED[name]
    [one] = (one for one in found.unanalysed if one.path == f"{name}.py")
    assert (one.row, one.column) == (row, column)
    assert reason in one.reason


def test_every_file_is_analysed_or_listed(found: Report) -> None:
    assert {*found.files, *(one.path for one in found.unanalysed)} == {f"{name}.py" for name in ANALYSED | REFUSED}


def test_a_large_file_is_analysed_where_that_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "large.py").write_bytes(FAULTY + b"#" * 1_100_000)
    [one] = analyse(Request(tmp_path, Config(select=("TX301",), max_file_size=0), jobs=1), RULES).findings
    assert one.location.row == ROW


def test_a_long_line_is_cut_and_costs_little(tmp_path: Path) -> None:
    (tmp_path / "long.py").write_bytes(FAULTY.replace(b"delay(pk)", b"delay(pk, '" + b"a" * 900_000 + b"')"))
    report = analyse(Request(tmp_path, Config(select=("TX301",)), jobs=1), RULES)
    start = time.process_time()
    shown = ["".join(text for text, _ in line) for line in lines(View(report, tmp_path, tmp_path), True)]
    assert time.process_time() - start < 2
    assert "send.delay(pk, 'aaa" in "\n".join(shown)
    assert max(map(len, shown)) < 400


@pytest.fixture
def special(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with names of Python files that are none."""
    monkeypatch.chdir(tmp_path)  # The path of a socket may have 107 characters.
    (tmp_path / "good.py").write_bytes(FAULTY)
    os.mkfifo(tmp_path / "fifo.py")
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "dangling.py").symlink_to("nowhere")
    (tmp_path / "loop.py").symlink_to("loop.py")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.py")
        yield tmp_path


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs FIFOs and sockets")
def test_what_is_no_file_is_not_waited_for(special: Path) -> None:
    report = analyse(Request(special, jobs=0), RULES)
    assert report.files == ("good.py",)
    assert report.unanalysed == ()


def test_a_file_that_goes_or_comes_during_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("gone", "good", "pipe"):
        (tmp_path / f"{name}.py").write_bytes(FAULTY)
    from txlint.discovery import discover

    def and_then(*given: object) -> object:
        listed = discover(*given)  # type: ignore[arg-type]
        (tmp_path / "gone.py").unlink()
        (tmp_path / "pipe.py").unlink()
        os.mkfifo(tmp_path / "pipe.py")
        return listed

    monkeypatch.setattr("txlint.engine.discover", and_then)
    report = analyse(Request(tmp_path, jobs=0), RULES)
    assert report.files == ("good.py",)
    assert [(one.path, one.reason) for one in report.unanalysed] == [
        ("gone.py", "cannot be read: No such file or directory"),
        ("pipe.py", "cannot be read: Invalid argument"),
    ]


def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("open", "secret"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.py").touch()
    scandir = os.scandir

    def refusing(path: Path) -> object:
        if Path(path).name == "secret":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    report = analyse(Request(tmp_path, jobs=0), ())
    assert report.files == ("open/a.py",)
    assert [(one.path, one.reason) for one in report.unanalysed] == [("secret", "cannot be read: Permission denied")]


def test_fifty_thousand_empty_files_are_found_in_seconds(tmp_path: Path) -> None:
    from txlint.discovery import discover

    for folder in range(50):
        (tmp_path / f"{folder}").mkdir()
        for number in range(1000):
            os.close(os.open(tmp_path / f"{folder}" / f"{number}.py", os.O_CREAT))
    start = time.process_time()
    assert len(discover(tmp_path, ("build",), 1_000_000).files) == 50_000
    assert time.process_time() - start < 3


def _cycle(size: int) -> dict[str, bytes]:
    """Modules that import each other in a ring, each calling the next."""
    names = [*range(size), 0]
    return {
        f"m{one}.py": f"from m{other} import f{other}\ndef f{one}():\n    f{other}()\n".encode()
        for one, other in pairwise(names)
    }


def _ring(size: int) -> dict[str, bytes]:
    """Functions that call each other in a ring, inside and outside of a transaction."""
    ring = "".join(f"def f{one}(pk):\n    f{(one + 1) % size}(pk)\n" for one in range(size)) + "    send.delay(pk)\n"
    return {"a.py": FAULTY + ring.encode() + TOP}


def _sending_ring(size: int) -> dict[str, bytes]:
    """Functions that call each other in a ring and each dispatch."""
    ring = "".join(f"def f{one}(pk):\n    send.delay(pk)\n    f{(one + 1) % size}(pk)\n" for one in range(size))
    return {"a.py": FAULTY + ring.encode() + TOP}


def _path(size: int) -> dict[str, bytes]:
    """A call path of that length from the transaction to the dispatch."""
    path = "".join(f"def f{one}(pk):\n    f{one + 1}(pk)\n" for one in range(size)) + f"def f{size}(pk):\n    send.delay(pk)\n"
    return {"a.py": FAULTY + path.encode() + TOP}


def _methods(size: int) -> dict[str, bytes]:
    """A class of that many methods."""
    methods = "".join(f"    def f{one}(self, pk):\n        self.f{(one * 7) % size}(pk)\n" for one in range(size))
    return {"a.py": FAULTY + f"class Service:\n{methods}".encode()}


def _diamonds(size: int) -> dict[str, bytes]:
    """Classes that inherit from the same ancestors over two ways each, so that there are 2 ** size ways up."""
    level = "class L{0}(B{0}): pass\nclass R{0}(B{0}): pass\nclass B{1}(L{0}, R{0}): pass\n"
    shape = "".join(level.format(one, one + 1) for one in range(size))
    return {"a.py": FAULTY + f"class B0:\n    def f(self): pass\n{shape}def g():\n    B{size}().f()\n".encode()}


def _bases(size: int) -> dict[str, bytes]:
    """A class with that many ancestors in a line."""
    shape = "".join(f"class B{one + 1}(B{one}): pass\n" for one in range(size))
    return {"a.py": FAULTY + f"class B0:\n    def f(self): pass\n{shape}def g():\n    B{size}().f()\n".encode()}


def _aliases(size: int) -> dict[str, bytes]:
    """A name for a name for a name for a task."""
    shape = "x0 = send\n" + "".join(f"x{one + 1} = x{one}\n" for one in range(size))
    return {"a.py": FAULTY + f"{shape}def g():\n    x{size}.delay(1)\n".encode()}


def _exports(size: int) -> dict[str, bytes]:
    """A task that is imported from a module that imports it from a module, and so on."""
    hops = {f"m{one}.py": f"from m{one + 1} import send\n".encode() for one in range(size)}
    return {**hops, f"m{size}.py": FAULTY, "a.py": b"from m0 import send\ndef g():\n    send.delay(1)\n"}


SHAPES: dict[str, Callable[[], dict[str, bytes]]] = {
    "import cycle of 500": partial(_cycle, 500),
    "recursion of 10000 functions": partial(_ring, 10_000),
    "call path of 3000": partial(_path, 3000),
    "class of 2000 methods": partial(_methods, 2000),
    "diamonds": partial(_diamonds, 20),
    "500 ancestors": partial(_bases, 500),
    "1000 aliases": partial(_aliases, 1000),
    "500 re-exports": partial(_exports, 500),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_large_shapes_take_seconds(shape: str, tmp_path: Path) -> None:
    from txlint.cli import main

    for name, text in SHAPES[shape]().items():
        (tmp_path / name).write_bytes(text)
    start = time.process_time()
    code = main(["check", str(tmp_path), "--select", "TX301", "--no-cache", "--output-format", f"json={tmp_path}/out.json"])
    assert code == (0 if "cycle" in shape else 1)
    assert time.process_time() - start < 30


def _calls_for(size: int) -> int:
    """How many calls of functions the analysis of a ring takes."""
    count = 0

    def counted(_: object, event: str, __: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(counted)
    try:
        report = analyse_sources(_sending_ring(size), RULES)
    finally:
        sys.setprofile(None)
    assert len([one for one in report.findings if one.code == "TX301"]) == size + 1
    return count


def test_what_everything_reaches_takes_steps_in_proportion() -> None:
    _calls_for(1)  # What is loaded once.
    assert _calls_for(800) < 2.2 * _calls_for(400)


def test_a_long_path_shows_the_opening_and_its_end() -> None:
    report = analyse_sources(_path(150), RULES)
    [found] = [one for one in report.findings if one.function == "f150"]
    opening, left_out, *calls, _ = (one.message for one in found.trace)
    assert opening == "`transaction.atomic()` opens the transaction"
    assert left_out == "calls `f50`, the last of 51 calls that are left out"
    assert calls == [f"calls `f{one}`" for one in range(51, 151)]
