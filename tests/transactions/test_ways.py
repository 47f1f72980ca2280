"""What a finding names beside the one path of its trace."""

from __future__ import annotations

from textwrap import dedent

from txlint.config import Config
from txlint.engine import analyse_sources
from txlint.rulepack import builtin_pack, load_pack

SHOP = {
    "shop/models.py": """
        from django.db import models

        class Order(models.Model):
            state = models.CharField(max_length=9)
        """,
    "shop/tasks.py": """
        from celery import shared_task

        @shared_task
        def tell(pk):
            print(pk)
        """,
    "shop/orders.py": """
        from django.db import transaction
        from shop.tasks import tell

        def announce(order):
            tell.delay(order.pk)

        def close(order):
            with transaction.atomic():
                order.save()
                announce(order)

        def cancel(order):
            with transaction.atomic():
                order.save()
                announce(order)

        def remind(order):
            announce(order)
        """,
    "shop/commands.py": """
        from shop.models import Order
        from shop.orders import cancel, close, remind

        def main():
            order = Order()
            close(order)
            cancel(order)
            remind(order)
        """,
}


def test_other_calls_inside_a_transaction_are_related_places() -> None:
    sources = {path: dedent(text).lstrip("\n").encode() for path, text in SHOP.items()}
    [found] = (
        one
        for one in analyse_sources(sources, load_pack(builtin_pack()), Config(select=("TX301",))).findings
        if not one.suppressed
    )
    assert (found.location.path, found.location.row) == ("shop/orders.py", 5)
    passed = [step.location.row for step in found.trace]
    [other] = found.related
    assert other.message == "`announce` leads here inside a transaction too"
    assert {10, 15} == {other.location.row} | ({10, 15} & set(passed))
    assert other.location.row not in passed


CACHED = """
    from django.core.cache import cache
    from django.db import models, transaction

    class Order(models.Model):
        state = models.CharField(max_length=9)

    def forget(order):
        cache.delete(order.pk)

    def close(order: Order):
        with transaction.atomic():
            order.save()
            forget(order)
    """


def test_callers_that_are_no_receivers_are_not_called_so() -> None:
    source = dedent(CACHED).lstrip("\n").encode()
    report = analyse_sources({"shop/orders.py": source}, load_pack(builtin_pack()), Config(select=("TX312",)))
    [found] = report.findings
    assert [step.message for step in found.related] == []
