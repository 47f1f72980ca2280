"""Paths that the code contradicts: a call belongs to another class than its object, or to one of many callables."""

from __future__ import annotations

import pytest

from txlint.config import Config
from txlint.engine import analyse_sources
from txlint.filters import WEAK
from txlint.rulepack import builtin_pack, load_pack

RULES = [one for one in load_pack(builtin_pack()) if one.code in ("TX101", "TX301", "TX309")]
HEAD = """
from celery import shared_task
from django.db import models, transaction


@shared_task
def ship(pk):
    print(pk)


class Order(models.Model):
    number = models.CharField(max_length=9)


class Line(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE)


"""


def found(code: str) -> list[tuple[str, bool]]:
    """The rules that find something, and whether that is shown."""
    sources = {"shop/__init__.py": b"", "shop/models.py": (HEAD + code).encode()}
    return [(one.code, one.suppressed != WEAK) for one in analyse_sources(sources, RULES, Config()).findings]


HUB = """
def place():
    ship.delay(1)


def look():
    print(1)


def run(func):
    func()


def take(request):
    run(look)
    with transaction.atomic():
        Order.objects.create()
        run({func})
"""


def test_a_function_that_is_handed_over_among_others() -> None:
    assert found(HUB.format(func="look").replace("run(look)", "run(place)", 1)) == [("TX301", False)]
    assert found(HUB.format(func="place").replace("run(look)", "look()", 1)) == [("TX301", True)]


STEPS = """
class Step:
    def go(self):
        with transaction.atomic():
            Order.objects.create()
            self.then()

    def then(self):
        print(self)


class Ship(Step):
    def then(self):
        ship.delay(1)


class Look(Step):
    def then(self):
        print(1)
"""


@pytest.mark.parametrize(("name", "shown"), [("Ship", True), ("Look", False)])
def test_the_class_of_self(name: str, shown: bool) -> None:
    assert found(STEPS + f"\n\ndef take(request):\n    {name}().go()\n") == [("TX301", shown)]


def test_a_path_that_begins_in_a_method_is_one_for_each_subclass() -> None:
    more = "".join(f"\n\nclass More{at}(Step):\n    def then(self):\n        print({at})\n" for at in range(5))
    assert found(STEPS + more) == [("TX301", True)]
    assert found(STEPS + more + "\n\ndef take(step: Step):\n    step.go()\n") == [("TX301", False)]
