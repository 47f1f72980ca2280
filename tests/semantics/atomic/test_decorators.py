"""Decorators: only what stands below the one that registers is in force for what is registered (TX111)."""

from __future__ import annotations

from typing import Any

import pytest
from celery import Celery
from django.db import connection, transaction
from django.db.models.signals import post_save
from django.dispatch import receiver

from tests.semantics.atomic.shop.models import Order

app = Celery("tests", set_as_current=False)
app.conf.task_always_eager = True


def test_atomic_above_a_task_opens_nothing_in_the_worker() -> None:
    @transaction.atomic
    @app.task(name="above", shared=False)
    def above() -> bool:
        return bool(connection.in_atomic_block)

    @app.task(name="below", shared=False)
    @transaction.atomic
    def below() -> bool:
        return bool(connection.in_atomic_block)

    assert app.tasks["above"].apply().get() is False
    assert not hasattr(above, "delay")
    assert below.apply().get() is True


def test_atomic_above_a_receiver_opens_nothing() -> None:
    seen: dict[str, bool] = {}

    @transaction.atomic
    @receiver(post_save, sender=Order)
    def above(**_: Any) -> None:
        seen["above"] = connection.in_atomic_block

    @receiver(post_save, sender=Order)
    @transaction.atomic
    def below(**_: Any) -> None:
        seen["below"] = connection.in_atomic_block

    try:
        Order.objects.create(number="a")
    finally:
        post_save.disconnect(below, sender=Order)
        post_save.disconnect(above.__wrapped__, sender=Order)
    assert seen == {"above": False, "below": True}


def test_atomic_above_a_staticmethod_or_classmethod_is_broken_or_useless() -> None:
    class Below:
        @staticmethod
        @transaction.atomic
        def static() -> bool:
            return bool(connection.in_atomic_block)

        @classmethod
        @transaction.atomic
        def of_class(cls) -> bool:
            return bool(connection.in_atomic_block)

    assert Below.static()
    assert Below.of_class()
    with pytest.raises(TypeError):

        class Above:
            @transaction.atomic
            @classmethod
            def of_class(cls) -> bool:
                return True

        Above.of_class()
