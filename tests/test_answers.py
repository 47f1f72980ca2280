"""Kept answers: given again as long as everything is as it was, and found anew otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from txlint.cache import FILE_NAME
from txlint.cache_folder import ANSWERS

PROGRAM = """\
import sys
from txlint import answers
from txlint.__main__ import run

answers.SETTLED = 0  # the files of a test are new
code = run()
found, compared = "txlint.cli" in sys.modules, "txlint.immaterial" in sys.modules
sys.__stderr__.write("found" if found else "compared" if compared else "kept")
assert found or not {"libcst", "rich", "click", "txlint.engine"} & set(sys.modules)
assert found or compared or "msgspec" not in sys.modules
sys.exit(code)
"""
FILES = {
    "pyproject.toml": "[tool.txlint]\n",
    "shop/__init__.py": "",
    "shop/tests/test_orders.py": "x = 1\n",
    "shop/models.py": "from django.db import models\n\n\nclass Order(models.Model):\n    paid = models.BooleanField()\n",
    "shop/tasks.py": "from celery import shared_task\n\n\n@shared_task\ndef send(pk):\n    print(pk)\n",
    "shop/views.py": """\
from django.db import transaction

from shop.models import Order
from shop.tasks import send


def pay(request, pk):
    with transaction.atomic():
        Order.objects.filter(pk=pk).update(paid=True)
        send.delay(pk)
""",
}


@pytest.fixture(autouse=True)
def project(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one finding, in a git checkout and without."""
    root = tmp_path / "project"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    if getattr(request, "param", "folder") == "checkout":
        subprocess.run(["git", "init", "-q", str(root)], check=True)
    monkeypatch.chdir(root)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return root


def ask(*arguments: str, **environment: str) -> tuple[str, int, str]:
    """Whether the answer was kept or found, the exit code, and the output."""
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, "check", *arguments],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONDONTWRITEBYTECODE": "1"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stderr, run.returncode, run.stdout


def test_the_same_answer_is_given_again() -> None:
    found = ask()
    assert found[:2] == ("found", 1)
    assert "shop/views.py:10:" in found[2]
    assert ask() == ("kept", *found[1:])
    assert ask("--output-format", "json")[0] == "found"
    assert ask("--no-cache")[0] == "found"
    assert ask("--select", "TX399")[0].endswith("found")


def _edit(root: Path) -> None:
    text = FILES["shop/views.py"].replace("send.delay(pk)", "print(0, pk)  ")
    (root / "shop/views.py").write_text(text, encoding="utf-8")


def _add(root: Path) -> None:
    (root / "shop/more.py").write_text(FILES["shop/views.py"], encoding="utf-8")


def _remove(root: Path) -> None:
    (root / "shop/views.py").unlink()


def _ignore(root: Path) -> None:
    (root / ".gitignore").write_text("views.py\n", encoding="utf-8")


def _configure(root: Path) -> None:
    (root / "pyproject.toml").write_text("[tool.txlint]\nignore = ['TX301']\n", encoding="utf-8")


def _configure_nearer(root: Path) -> None:
    (root / ".txlint.toml").write_text("ignore = ['TX301']\n", encoding="utf-8")


@pytest.mark.parametrize("project", ["folder", "checkout"], indirect=True)
@pytest.mark.parametrize("change", [_edit, _add, _remove, _ignore, _configure, _configure_nearer])
def test_a_change_is_seen(project: Path, change: Callable[[Path], None]) -> None:
    before = ask()
    assert ask()[0] == "kept"
    change(project)
    after = ask()
    assert after[0] == "found"
    assert after[2] != before[2]
    assert ask() == ("kept", *after[1:])


def test_what_does_not_matter_is_not_seen(project: Path) -> None:
    before = ask()
    (project / "shop/tests/test_orders.py").write_text("x = 2\n", encoding="utf-8")
    views = project / "shop/views.py"
    views.write_text(views.read_text(encoding="utf-8"), encoding="utf-8")  # other times, same content
    assert ask() == ("kept", *before[1:])


def test_another_folder_and_environment_are_other_questions(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ask()
    assert ask(TXLINT_OUTPUT_FORMAT="concise")[0] == "found"
    monkeypatch.chdir(project / "shop")
    assert ask()[0] == "found"


@pytest.mark.parametrize("damage", [b"", b"\xff" * 100, None])
def test_a_damaged_answer_is_a_miss(tmp_path: Path, damage: bytes | None) -> None:
    before = ask()
    [kept] = (tmp_path / "cache" / "txlint" / ANSWERS).iterdir()
    kept.write_bytes(kept.read_bytes()[:-1] if damage is None else damage)
    assert ask() == before
    assert ask()[0] == "kept"


def test_an_answer_is_not_kept_of_files_that_are_being_written(project: Path) -> None:
    program = PROGRAM.replace("SETTLED = 0", "SETTLED = 10**18")
    command = [sys.executable, "-c", program, "check"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    for _ in range(2):
        assert subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stderr == "found"


def test_incomplete_answers_are_kept_too(project: Path) -> None:
    (project / "shop/broken.py").write_text("def f(:\n", encoding="utf-8")
    found = ask()
    assert found[:2] == ("found", 2)
    assert ask() == ("kept", *found[1:])


MODELS = FILES["shop/models.py"]


@pytest.mark.parametrize(
    "text",
    [
        MODELS + "# more\n",
        "# more\n\n" + MODELS,
        MODELS.replace("\n\n\n", "\n\n    # less\n"),
        MODELS.replace("BooleanField()", "BooleanField( )  # unpaid"),
        MODELS.replace("class Order(models.Model):", 'class Order(models.Model):\n    """An order."""\n'),
    ],
    ids=["comment", "lines before", "lines between", "layout", "docstring"],
)
def test_a_file_that_says_the_same_elsewhere_is_not_analysed_again(project: Path, text: str) -> None:
    before = ask()
    (project / "shop/models.py").write_text(text, encoding="utf-8")
    assert ask() == ("compared", *before[1:])
    assert ask() == ("kept", *before[1:])
    assert ask("--cache-dir", "another") == before


@pytest.mark.parametrize(
    "text",
    [
        MODELS + "x = 1\n",
        MODELS.replace("BooleanField", "TextField"),
        MODELS.replace("BooleanField()", "BooleanField(\n    )"),
        MODELS + "# txlint: ignore[TX301] for a reason\n",
        MODELS + "def f(:\n",
        "",
    ],
)
def test_a_file_that_says_something_else_is_analysed(project: Path, text: str) -> None:
    ask()
    (project / "shop/models.py").write_text(text, encoding="utf-8")
    after = ask()
    assert after[0].endswith("found")
    assert after[1:] == ask("--cache-dir", "another")[1:]


def test_a_file_that_is_shown_is_analysed_again(project: Path) -> None:
    before = ask()
    (project / "shop/views.py").write_text("# moved\n" + FILES["shop/views.py"], encoding="utf-8")
    after = ask()
    assert (before[0], after[0]) == ("found", "found")
    assert "shop/views.py:10:" in before[2]
    assert "shop/views.py:11:" in after[2]


def test_facts_that_are_gone_are_a_miss(project: Path, tmp_path: Path) -> None:
    before = ask()
    (tmp_path / "cache" / "txlint" / FILE_NAME).unlink()
    (project / "shop/models.py").write_text("# more\n" + MODELS, encoding="utf-8")
    assert ask() == before
