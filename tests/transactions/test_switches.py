"""Paths that the constants of a call switch off."""

from __future__ import annotations

from textwrap import dedent

import pytest

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
}
SENDING = {
    "in a branch": """
        def announce(order, mode="later", loud=False):
            if loud:
                tell.delay(order.pk)
        """,
    "after a branch that has left": """
        def announce(order, mode="later", loud=False):
            if not loud:
                return
            tell.delay(order.pk)
        """,
    "beside another condition": """
        def announce(order, mode="later", loud=False):
            if order.state and loud:
                tell.delay(order.pk)
        """,
    "unless one of two": """
        def announce(order, mode="later", loud=False):
            if not loud or not order.state:
                return
            tell.delay(order.pk)
        """,
    "in the other branch": """
        def announce(order, mode="later", loud=False):
            if loud is False:
                print("quiet")
            else:
                tell.delay(order.pk)
        """,
    "handed on": """
        def announce(order, mode="later", loud=False):
            send(order, wanted=loud)

        def send(order, wanted):
            if wanted:
                tell.delay(order.pk)
        """,
    "collected and handed on": """
        def announce(order, mode="later", loud=False):
            pass_on(order, loud=loud)

        def pass_on(*args, **kwargs):
            send(*args, **kwargs)

        def send(order, *, loud=True):
            if loud:
                tell.delay(order.pk)
        """,
    "said beside what is handed on": """
        def announce(order, mode="later", loud=False):
            if loud:
                send(order, loud=True)
            quietly(order, mode=mode)

        def quietly(*args, **kwargs):
            send(*args, loud=False, **kwargs)

        def send(order, mode="later", loud=True):
            if loud:
                tell.delay(order.pk)
        """,
    "compared": """
        def announce(order, mode="later", loud=False):
            if mode == "now" or loud:
                print("now")
            if mode == "now":
                tell.delay(order.pk)
            elif loud is True:
                tell.delay(order.pk)
        """,
}
CALLS = {
    "announce(order)": 0,
    "announce(order, loud=False)": 0,
    "announce(order, 'later')": 0,
    "announce(order, 'later', True)": 1,
    "announce(order, loud=True)": 1,
    "announce(order, loud=wanted())": 1,
    "announce(order, **options())": 1,
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("sending", SENDING)
def test_what_is_switched_off_is_not_reached(sending: str, call: str) -> None:
    orders = f"""
        from django.db import transaction
        from shop.options import options, wanted
        from shop.tasks import tell

        def close(order):
            with transaction.atomic():
                order.save()
                {call}
        """
    assert bool(_dispatches(dedent(orders) + dedent(SENDING[sending]))) == bool(CALLS[call])


def test_what_a_receiver_leaves_at_its_default_is_not_reached() -> None:
    orders = """
        from django.db import transaction
        from django.db.models.signals import post_save
        from django.dispatch import receiver
        from shop.models import Order
        from shop.tasks import tell

        def announce(order, on_commit=True):
            if on_commit:
                transaction.on_commit(lambda: send(order))
            else:
                send(order)

        def send(order):
            tell.delay(order.pk)

        @receiver(post_save, sender=Order)
        def saved(sender, instance, **kwargs):
            announce(instance{given})

        def hurry(order):
            announce(order, on_commit=False)
        """
    assert not _dispatches(dedent(orders).replace("{given}", ""), "TX309")
    assert _dispatches(dedent(orders).replace("{given}", ", on_commit=False"), "TX309")


def test_a_parameter_that_is_set_anew_is_not_constant() -> None:
    orders = """
        from django.db import transaction
        from shop.options import options
        from shop.tasks import tell

        def announce(order, loud=False):
            loud = loud or options()
            if loud:
                tell.delay(order.pk)

        def close(order):
            with transaction.atomic():
                order.save()
                announce(order)
        """
    assert _dispatches(dedent(orders))


def test_the_path_leads_over_the_call_that_switches_it_on() -> None:
    orders = """
        from django.db import transaction
        from shop.tasks import tell

        def announce(order, loud=False):
            if loud:
                tell.delay(order.pk)

        def close(order):
            with transaction.atomic():
                order.save()
                announce(order)

        def cancel(order):
            with transaction.atomic():
                order.save()
                warn(order)

        def warn(order):
            announce(order, loud=True)
        """
    [path] = _dispatches(dedent(orders))
    assert [one for one in path if "calls" in one] == ["calls `warn`", "calls `announce`"]


def test_a_case_is_not_decided_by_whether_its_subject_is_true() -> None:
    orders = """
        from django.db import transaction
        from shop.tasks import tell

        def announce(order, mode="later"):
            match mode:
                case "later":
                    print("later")
                case _:
                    tell.delay(order.pk)

        def close(order):
            with transaction.atomic():
                order.save()
                announce(order, "now")
        """
    assert _dispatches(dedent(orders))


def _dispatches(orders: str, code: str = "TX301") -> list[list[str]]:
    sources = {path: dedent(text).lstrip("\n").encode() for path, text in SHOP.items()}
    sources["shop/orders.py"] = orders.encode()
    report = analyse_sources(sources, [one for one in load_pack(builtin_pack()) if one.code == code], Config())
    return [[step.message for step in one.trace] for one in report.findings]
