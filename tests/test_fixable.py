"""`.ci/fixable.py` proves the fixes of a project and counts them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / ".ci/fixable.py"
VIEWS = """\
from django.db import models


class Order(models.Model):
    pass


def place(request):
    Order.objects.create()
    Order.objects.create()
"""
URLS = "from django.urls import path\nfrom shop import views\n\nurlpatterns = [path('', views.place)]\n"


def test_a_project_is_proved_and_left_as_it_is(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    files = {"__init__.py": "", "views.py": VIEWS, "urls.py": URLS}
    for name, text in files.items():
        (shop / name).write_text(text)
    done = subprocess.run([sys.executable, SCRIPT, "--prove", tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "1 findings, 1 with a fix, 1 proved, 0 along, 0 refused, 0 left" in done.stdout
    assert {name: (shop / name).read_text() for name in files} == files
