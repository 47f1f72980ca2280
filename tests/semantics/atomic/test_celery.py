"""Celery: no transaction of its own, messages that overtake the commit, and retries (TX301, TX310, TX501 to TX504)."""

from __future__ import annotations

from collections.abc import Iterator
from queue import Queue
from typing import Any

import pytest
from celery import Celery
from celery.contrib.testing.worker import start_worker
from django.db import connections, transaction
from kombu.exceptions import EncodeError

from tests.semantics.atomic.shop.models import Order

app = Celery("worker", broker="memory://", backend="cache+memory://", set_as_current=False)
app.conf.update(broker_connection_retry_on_startup=True, task_always_eager=False)
answers: Queue[Any] = Queue()


@app.task(name="look", shared=False)
def look(alias: str) -> None:
    try:
        answers.put((connections[alias].in_atomic_block, Order.objects.using(alias).count()))
    finally:
        connections.close_all()


@app.task(name="take", shared=False)
def take(order: Any) -> None:
    raise AssertionError(order)


@pytest.fixture
def worker() -> Iterator[None]:
    with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=20):
        yield


@pytest.mark.filterwarnings("ignore")
def test_a_worker_overtakes_the_commit_and_opens_nothing_itself(pg: str, worker: None) -> None:
    with transaction.atomic(using=pg):
        Order.objects.using(pg).create(number="a")
        look.delay(pg)
        assert answers.get(timeout=20) == (False, 0)
        transaction.on_commit(lambda: look.delay(pg), using=pg)
    assert answers.get(timeout=20) == (False, 1)


@pytest.mark.filterwarnings("ignore")
def test_a_row_is_no_message() -> None:
    with pytest.raises((EncodeError, TypeError)):
        take.delay(Order(number="a"))


def runs_of(options: dict[str, Any], swallow: bool = False) -> int:
    """How often a task runs that fails every time."""
    eager = Celery("eager", set_as_current=False)
    eager.conf.update(task_always_eager=True, task_eager_propagates=False)
    runs: list[int] = []

    @eager.task(name="fail", shared=False, **options)
    def fail() -> None:
        runs.append(1)
        try:
            raise ValueError
        except ValueError:
            if not swallow:
                raise

    fail.delay()
    return len(runs)


def test_options_alone_never_retry() -> None:
    assert runs_of({"max_retries": 3, "default_retry_delay": 1, "retry_backoff": True}) == 1
    assert runs_of({"max_retries": 3, "autoretry_for": (ValueError,), "retry_backoff": False}) == 4


def test_an_error_that_is_swallowed_is_not_retried() -> None:
    assert runs_of({"max_retries": 3, "autoretry_for": (ValueError,)}, swallow=True) == 1


def test_each_attempt_with_a_block_is_rolled_back_whole() -> None:
    eager = Celery("atomic", set_as_current=False)
    eager.conf.update(task_always_eager=True, task_eager_propagates=False)
    runs: list[int] = []

    @eager.task(name="store", shared=False, autoretry_for=(ValueError,), max_retries=2, default_retry_delay=0)
    @transaction.atomic
    def store() -> None:
        runs.append(Order.objects.create(number=f"N{len(runs)}").pk)
        raise ValueError

    store.delay()
    assert len(runs) == 3
    assert Order.objects.count() == 0


def test_eager_mode_hides_the_race() -> None:
    eager = Celery("hiding", set_as_current=False)
    eager.conf.task_always_eager = True

    @eager.task(name="count", shared=False)
    def count() -> tuple[bool, int]:
        return bool(connections["default"].in_atomic_block), Order.objects.count()

    with transaction.atomic():
        Order.objects.create(number="a")
        assert count.delay().get() == (True, 1)
