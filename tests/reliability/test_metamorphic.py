"""Changes that mean nothing change no fingerprint; changes of how a run is made change no byte of its output."""

from __future__ import annotations

import ast
import io
import os
import random
import subprocess
import sys
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.mutations import mutated
from tests.fixing_projects import analysed
from tests.test_fixtures import PROJECTS, sources
from txlint.cli import main

Text = Callable[[bytes], bytes]
COMMENT = b"  # a note"


def _ends(source: bytes) -> Iterator[int]:
    """The rows at which statements end."""
    for token in tokenize.tokenize(io.BytesIO(source).readline):
        if token.type == tokenize.NEWLINE:
            yield token.start[0]


def _spaced(source: bytes) -> bytes:
    """A blank line below every statement."""
    ends = {*_ends(source)}
    lines = source.splitlines(keepends=True)
    return b"".join(line + b"\n" * (row in ends) for row, line in enumerate(lines, 1))


def _commented(source: bytes) -> bytes:
    """A comment beside every statement that has none, and one above."""
    ends = {*_ends(source)}
    lines = source.splitlines()
    return b"# Above.\n" + b"".join(
        line + COMMENT * (row in ends and b"#" not in line) + b"\n" for row, line in enumerate(lines, 1)
    )


def _crlf(source: bytes) -> bytes:
    return source.replace(b"\n", b"\r\n")


def _bom(source: bytes) -> bytes:
    return b"\xef\xbb\xbf" + source


def _unparsed(source: bytes) -> bytes:
    """As a formatter writes it: other quotes, other line breaks, no comments."""
    return ast.unparse(ast.parse(source)).encode() + b"\n"


def _reordered(source: bytes) -> bytes:
    """Plain functions that stand together in the opposite order."""
    tree = ast.parse(source)
    decorators = {node.id for one in ast.walk(tree) for each in getattr(one, "decorator_list", ()) for node in names(each)}
    at = 0
    while at < len(tree.body):
        end = at
        while end < len(tree.body) and isinstance(tree.body[end], ast.FunctionDef) and tree.body[end].name not in decorators:
            end += 1
        tree.body[at:end] = reversed(tree.body[at:end])
        at = end + 1
    return ast.unparse(tree).encode() + b"\n"


def names(tree: ast.AST) -> list[ast.Name]:
    """The names in a piece of code."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.Name)]


def _renamed(source: bytes) -> bytes:
    """Local variables of functions without functions in them under other names."""
    tree = ast.parse(source)
    for function in ast.walk(tree):
        inner = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.Global, ast.Nonlocal)
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if any(isinstance(node, inner) for one in function.body for node in ast.walk(one)):
            continue
        given = {one.arg for one in ast.walk(function.args) if isinstance(one, ast.arg)}
        stored = {node.id for one in function.body for node in names(one) if isinstance(node.ctx, ast.Store)} - given
        for node in (node for one in function.body for node in names(one) if node.id in stored):
            node.id += "_here"
    return ast.unparse(tree).encode() + b"\n"


TRANSFORMATIONS: tuple[Text, ...] = (_spaced, _commented, _crlf, _bom, _unparsed, _reordered)


def prints(texts: dict[str, bytes]) -> list[tuple[str, ...]]:
    """What identifies the findings of a project."""
    found = (one for one in analysed(texts).findings if one.suppressed is None and not one.code.startswith("TX0"))
    return sorted((one.code, one.location.path, one.function, one.subject, one.fingerprint) for one in found)


CODE = [one for one in PROJECTS if one.name != "django_commented_out"]  # Its finding is about a comment.


@pytest.fixture(scope="module", params=CODE, ids=lambda project: project.name)
def project(request: pytest.FixtureRequest) -> tuple[dict[str, bytes], list[tuple[str, ...]]]:
    """A small project and its findings."""
    texts = sources(request.param)
    return texts, prints(texts)


@pytest.mark.parametrize("transformation", TRANSFORMATIONS, ids=lambda one: one.__name__)
def test_fingerprints_stay(project: tuple[dict[str, bytes], list[tuple[str, ...]]], transformation: Text) -> None:
    texts, before = project
    assert prints({path: transformation(text) for path, text in texts.items()}) == before


def test_findings_stay_under_other_local_names(project: tuple[dict[str, bytes], list[tuple[str, ...]]]) -> None:
    """The subject is what is written there, so that only a finding about a renamed variable itself is called something else."""
    texts, before = project
    if BY_NAME & texts.keys():
        pytest.xfail("what a parameter's default makes is known to be a session by its name only")
    after = prints({path: _renamed(text) for path, text in texts.items()})
    assert [one[:3] for one in after] == [one[:3] for one in before]
    assert [one[3].replace("_here", "") for one in after] == [one[3] for one in before]


BY_NAME = {"feeds/scope.py"}

MODELS = b"from django.db import models\nclass Order(models.Model):\n    pass\n"
TASKS = b"from celery import shared_task\n@shared_task\ndef send(pk):\n    pass\n"
VIEWS = """\
from django.db import transaction
from shop.models import Order
from shop.tasks import send
from shop.more import tell


def place(request, pk):
    with transaction.atomic():
        Order.objects.create()
        tell(pk)
"""
TELL = "def tell(pk):\n    send.delay(pk)\n"
SEND = "from shop.tasks import send\n"
ONCE = "import transaction\nfrom django.db.transaction import atomic as once"
ALSO = "\n\ndef also(pk):\n    tell(pk)\n"


def more(start: str, name: str) -> dict[str, str]:
    """The module that dispatches, with the task imported and called in some way."""
    return {"shop/more.py": start + TELL.replace("send", name)}


def views(*changes: tuple[str, str]) -> dict[str, str]:
    """The module that opens the transaction, changed."""
    text = VIEWS
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return {"shop/views.py": text}


WRITINGS = {
    "as it is": {},
    "task under another name": more("from shop.tasks import send as post\n", "post"),
    "module": more("from shop import tasks\n", "tasks.send"),
    "module under another name": more("import shop.tasks as t\n", "t.send"),
    "relative": more("from .tasks import send\n", "send"),
    "django under another name": views(("import transaction", "import transaction as t"), ("transaction.atomic", "t.atomic")),
    "atomic under another name": views(("import transaction", ONCE), ("transaction.atomic()", "once()")),
    "decorator": views(("def place", "@transaction.atomic\ndef place"), ("with transaction.atomic()", "if True")),
    "a helper between": {"shop/views.py": views(("        tell", "        also"))["shop/views.py"] + ALSO},
    "a helper in a third module": {
        **views(("from shop.more import tell", "from shop.third import also"), ("tell(", "also(")),
        "shop/third.py": f"from shop.more import tell\n{ALSO}",
    },
    "the module split in two": {"shop/more.py": "from shop.part import tell\n", "shop/part.py": SEND + TELL},
}


@pytest.mark.parametrize("writing", WRITINGS)
def test_the_finding_stays_however_it_is_written(writing: str) -> None:
    texts = {"shop/views.py": VIEWS, "shop/more.py": SEND + TELL} | WRITINGS[writing]
    sources = {"shop/models.py": MODELS, "shop/tasks.py": TASKS} | {path: text.encode() for path, text in texts.items()}
    assert [(one[0], one[2]) for one in prints(sources) if one[0] == "TX301"] == [("TX301", "tell")]


@pytest.fixture
def edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project on disk, and the working directory in it."""
    root = tmp_path / "project"
    chosen = next(one for one in PROJECTS if one.name == "django_entry_points")
    for path, text in sources(chosen).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text)
    (root / "pyproject.toml").write_text('[tool.txlint]\nselect = ["ALL"]\n')
    monkeypatch.chdir(root)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return root


def output(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Exit code and output of a check."""
    code = main(["check", "--output-format", "json", *arguments])
    return code, capsys.readouterr().out


@pytest.mark.parametrize("seed", range(4))
def test_warm_is_cold_after_every_edit(seed: int, edited: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chance, files = random.Random(seed), sorted(edited.rglob("*.py"))
    originals = {file: file.read_bytes() for file in files}
    for _ in range(8):
        file = chance.choice(files)
        match chance.randrange(4):
            case 0:
                file.write_bytes(originals[file])
            case 1:
                file.unlink(missing_ok=True)
            case 2:
                file.write_bytes(originals[file] + b"def (\n")
            case _:
                file.write_bytes(mutated(originals[file], chance))
        assert output(capsys) == output(capsys) == output(capsys, "--no-cache")


def test_the_number_of_workers_changes_nothing(edited: Path, capsys: pytest.CaptureFixture[str]) -> None:
    views = (edited / "library" / "views.py").read_bytes()
    for number in range(40):
        (edited / "library" / f"more{number}.py").write_bytes(views + b"# %d\n" % number)
    one, *others = (output(capsys, "--no-cache", "--jobs", jobs) for jobs in ("1", "2", "5"))
    assert one[0] == 1 and others == [one, one]


def test_hash_seeds_change_nothing(edited: Path) -> None:
    for source in (one for one in PROJECTS if one.name.startswith(("quiet_1", "session_d", "celery_i", "django_rec"))):
        for path, text in sources(source).items():
            (edited / source.name / path).parent.mkdir(parents=True, exist_ok=True)
            (edited / source.name / path).write_bytes(text)
    outputs = set()
    for seed in ("0", "1", "77", "4242"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        for arguments in (("check", "--no-cache", "--output-format", "full"), ("audit", "--no-cache")):
            command = [sys.executable, "-m", "txlint", *arguments]
            done = subprocess.run(command, env=environment, capture_output=True, check=False)
            outputs.add((arguments[0], done.returncode, done.stdout))
    assert len(outputs) == 2
