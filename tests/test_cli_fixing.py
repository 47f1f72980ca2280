"""`txlint check --fix`, `--diff`, `--show-fixes` as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from txlint.cli import main
from txlint.cli.output import CLEAN, FINDINGS, INCOMPLETE

VIEWS = """\
from django.db import transaction
from shop.models import Order
from shop.tasks import send


def place(request):
    with transaction.atomic():
        order = Order.objects.create()
        send.delay(order.pk)
"""
REMINDERS = """\
from django.db import transaction
from shop.tasks import send


def remind(pk):
    transaction.on_commit(lambda: send.delay(pk))
"""
FILES = {
    "shop/__init__.py": "",
    "shop/models.py": "from django.db import models\n\n\nclass Order(models.Model):\n    pass\n",
    "shop/tasks.py": "from celery import shared_task\n\n\n@shared_task\ndef send(pk):\n    pass\n",
    "shop/reminders.py": REMINDERS,
    "shop/views.py": VIEWS,
}
FIXED = "from functools import partial\n\n" + VIEWS.replace(
    "send.delay(order.pk)", "transaction.on_commit(partial(send.delay, order.pk))"
)


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def test_fix_writes_and_reports_what_is_left(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--fix", "--show-fixes"]) == CLEAN
    assert (shop / "shop/views.py").read_text() == FIXED
    output = capsys.readouterr()
    assert "Fixed 1 finding in 1 file\n" in output.err
    assert "    1 x TX301 dispatch-in-transaction: hand it over to `transaction.on_commit`\n" in output.err
    assert output.out.endswith("All checks passed (5 files analysed)\n")
    assert main(["check", "--fix"]) == CLEAN
    assert (shop / "shop/views.py").read_text() == FIXED


def test_diff_prints_a_patch_and_writes_nothing(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--diff"]) == FINDINGS
    assert (shop / "shop/views.py").read_text() == VIEWS
    output = capsys.readouterr()
    assert output.out.startswith("--- shop/views.py\n+++ shop/views.py\n@@ ")
    assert "+        transaction.on_commit(partial(send.delay, order.pk))\n" in output.out
    assert "Would fix 1 finding in 1 file\n" in output.err


def test_diff_without_a_difference_is_clean(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--diff", "--select", "TX1"]) == CLEAN
    assert capsys.readouterr().out == ""


def test_unsafe_fixes_only_where_they_are_asked_for(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = VIEWS.replace("order.pk)", "str(order.pk))")
    (shop / "shop/views.py").write_text(text)
    assert main(["check", "--fix"]) == FINDINGS
    assert (shop / "shop/views.py").read_text() == text
    assert "a fix is known for 1 (--fix --unsafe-fixes)" in capsys.readouterr().out
    assert main(["check", "--fix", "--unsafe-fixes"]) == CLEAN


def test_show_fixes_alone_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--show-fixes"]) == INCOMPLETE
    assert capsys.readouterr().err == "error: --show-fixes lists what was fixed; add --fix or --diff\n"


def test_json_carries_the_edits_of_a_safe_fix(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--output-format", "json"]) == FINDINGS
    [finding] = json.loads(capsys.readouterr().out)
    assert finding["fix"]["proved"] is True
    lines = VIEWS.splitlines()
    for edit in sorted(finding["fix"]["edits"], key=lambda one: one["location"]["row"], reverse=True):
        assert edit["filename"] == "shop/views.py" and edit["location"]["row"] == edit["end_location"]["row"]
        row, start, end = edit["location"]["row"] - 1, edit["location"]["column"] - 1, edit["end_location"]["column"] - 1
        lines[row] = lines[row][:start] + edit["content"] + lines[row][end:]
    assert "\n".join(lines) + "\n" == FIXED


def test_json_carries_no_edits_of_a_fix_that_does_not_hold(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("txlint.proving.compiles", lambda text: b"partial" not in text)
    for fmt in ("json", "sarif"):
        assert main(["check", "--output-format", fmt]) == FINDINGS
        text = capsys.readouterr().out
        assert "partial(send.delay, order" not in text
        assert fmt == "sarif" or json.loads(text)[0]["fix"] | {"message": ""} == {
            "applicability": "safe",
            "message": "",
            "proved": False,
            "edits": [],
        }
