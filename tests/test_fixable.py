"""`.ci/fixable.py` proves the fixes of a project and counts them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / ".ci/fixable.py"
VIEWS = """\
from django.db import models


class Order(models.Model):
    after = models.ForeignKey("self", null=True, on_delete=models.CASCADE)


def place(request):
    first = Order.objects.create()
    Order.objects.create(after=first)
"""
SETTINGS = 'ROOT_URLCONF = "shop.urls"\nDATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}}\n'
URLS = "from django.urls import path\nfrom shop import views\n\nurlpatterns = [path('', views.place)]\n"


def test_a_project_is_proved_and_left_as_it_is(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    files = {"__init__.py": "", "settings.py": SETTINGS, "views.py": VIEWS, "urls.py": URLS}
    for name, text in files.items():
        (shop / name).write_text(text)
    kept = tmp_path.with_suffix(".kept")
    command = [sys.executable, SCRIPT, "--prove", "--kept", kept, tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "1 findings, 1 with a fix, 1 proved, 0 along, 0 refused, 0 left" in done.stdout
    assert "a fix is known for 1 of 1 findings (100.0%)" in done.stdout
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (again.returncode, again.stdout) == (0, done.stdout) and len(kept.read_text().splitlines()) == 1
    assert {name: (shop / name).read_text() for name in files} == files
