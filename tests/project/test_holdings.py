"""Managers and querysets of a project's own: what they hold, and what their methods give."""

from __future__ import annotations

from textwrap import dedent

import pytest

from txlint.config import Config
from txlint.engine import analyse_sources
from txlint.project.types import Inst

MODELS = """
    from django.db import models

    class OrderManager(models.Manager):
        def get_queryset(self):
            return super().get_queryset().select_related("buyer")

        def open(self):
            return self.get_queryset().filter(state="open")

        def place(self, number):
            order = self.create(number=number)
            order.save()
            return order

        def all_of_them(self):
            return super().get_queryset()

    class OrderQuerySet(models.QuerySet):
        def late(self):
            return self.filter(late=True)

    class Order(models.Model):
        number = models.CharField(max_length=9)
        objects = OrderManager()
        lates = OrderQuerySet.as_manager()
        both = OrderManager.from_queryset(OrderQuerySet)()
        plain = models.Manager()

    class NamedManager(models.Manager):
        def named(self, name):
            return self.get(name=name)

    class Named(models.Model):
        objects = NamedManager()

        class Meta:
            abstract = True

    class Shop(Named):
        pass

    class Shared(models.Manager):
        def one(self):
            return self.first()

    class Left(models.Model):
        objects = Shared()

    class Right(models.Model):
        objects = Shared()
    """
ROWS = {
    "Order.objects.get(pk=1)": "Order",
    "Order.plain.get(pk=1)": "Order",
    "Order.objects.exclude(number='1').order_by('pk').first()": "Order",
    "Order.objects.open().first()": "Order",
    "Order.objects.place('1')": "Order",
    "Order.objects.all_of_them().last()": "Order",
    "Order.lates.late().first()": "Order",
    "Order.lates.first()": "Order",
    "Order.both.late().first()": "Order",
    "Shop.objects.get(pk=1)": "Shop",
    "Shop.objects.named('x')": "Named",
    "Left.objects.first()": "Left",
}


@pytest.mark.parametrize("row", ROWS)
def test_a_row_is_of_the_model_that_declares_the_manager(row: str) -> None:
    assert _saved(row) == {ROWS[row]}


def test_a_manager_of_unrelated_models_says_nothing_of_its_own_rows() -> None:
    assert _saved("Left.objects.one()") == set()


def _saved(row: str) -> set[str]:
    work = f"from shop.models import Left, Order, Shop\n\ndef work():\n    row = {row}\n    row.save()\n"
    sources = {"shop/models.py": dedent(MODELS).encode(), "shop/work.py": work.encode()}
    project = analyse_sources(sources, (), Config()).analysis.project
    [site] = (one for one in project.sites() if one.func.record.name == "work" and one.line == 5)
    written = [effect.on for effect in site.effects if effect.kind == "database-write"]
    return {one.cls.record.name for one in written if isinstance(one, Inst)}
