"""Changes that mean nothing change no fingerprint; changes of how a run is made change no byte of its output."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.mutations import mutated
from benchmarks.rewritings import REWRITINGS, Rewriting, prints
from tests.test_fixtures import PROJECTS, sources
from txlint.cli import main

OTHER = {"django_commented_out", "rollup_says_so", "sql_timings"}
"""What their findings hang on is a comment, or no Python."""
CODE = [one for one in PROJECTS if one.name not in OTHER]


@pytest.mark.parametrize("project", CODE, ids=lambda project: project.name)
@pytest.mark.parametrize("rewriting", REWRITINGS, ids=lambda one: one.name)
def test_findings_stay_however_it_is_written(project: Path, rewriting: Rewriting) -> None:
    """The examples of the rule pages are tried by `python -m benchmarks.fuzz rewritings`."""
    texts = sources(project)
    if BY_NAME & texts.keys() and rewriting.name == "renamed":
        pytest.xfail("what a parameter's default makes is known to be a session by its name only")
    assert not rewriting.lost(texts)


def test_a_rewriting_changes_every_project_that_it_can() -> None:
    changed = Counter(one.name for texts in map(sources, CODE) for one in REWRITINGS if one.rewritten(texts) != texts)
    assert min(changed[one.name] for one in REWRITINGS) > 5, changed


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
def test_the_finding_stays_in_every_writing(writing: str) -> None:
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
