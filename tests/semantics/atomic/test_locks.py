"""Locks: what needs a transaction, how long they last, and what they do not guard (TX401 to TX412)."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import OperationalError, connections, transaction
from django.db.models import F
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from tests.semantics.atomic.seen import elsewhere
from tests.semantics.atomic.shop.models import Order, Tag


def test_fetching_locked_rows_without_a_transaction_raises(pg: str) -> None:
    Order.objects.using(pg).create(number="a")
    queryset = Order.objects.using(pg).select_for_update()
    for fetch in (list, lambda rows: rows.first(), lambda rows: rows.get(number="a"), lambda rows: rows.exists()):
        with pytest.raises(TransactionManagementError):
            fetch(queryset.all())


@pytest.mark.parametrize("fetch", ["count", "delete"])
def test_counting_and_deleting_drop_the_lock_in_silence(pg: str, fetch: str) -> None:
    with CaptureQueriesContext(connections[pg]) as captured:
        getattr(Order.objects.using(pg).select_for_update(), fetch)()
    assert not any("FOR UPDATE" in query["sql"] for query in captured.captured_queries)


def test_sqlite_says_nothing_of_it() -> None:
    Order.objects.create(number="a")
    assert Order.objects.select_for_update().get().number == "a"


def test_a_locked_queryset_that_leaves_its_block_raises(pg: str) -> None:
    with transaction.atomic(using=pg):
        rows = Order.objects.using(pg).select_for_update()
    with pytest.raises(TransactionManagementError):
        list(rows)


def test_a_row_lock_ends_with_the_outermost_transaction(pg: str) -> None:
    Order.objects.using(pg).create(number="a")

    def is_free() -> bool:
        with transaction.atomic(using=pg):
            return Order.objects.using(pg).select_for_update(skip_locked=True).first() is not None

    with transaction.atomic(using=pg):
        with transaction.atomic(using=pg):
            Order.objects.using(pg).select_for_update().get()
        assert not elsewhere(is_free)  # releasing a savepoint releases no lock
    assert elsewhere(is_free)  # so what is done with the row from here on is guarded by nothing: TX407


def test_skipping_locked_rows_looks_like_finding_none(pg: str) -> None:
    Order.objects.using(pg).create(number="a")

    def first() -> object:
        with transaction.atomic(using=pg):
            return Order.objects.using(pg).select_for_update(skip_locked=True).first()

    with transaction.atomic(using=pg):
        Order.objects.using(pg).select_for_update().get()
        assert elsewhere(first) is None
    assert elsewhere(first) is not None


def _count_up(pg: str, lock_first: bool) -> int:
    """How far two threads get that each count up once, under a lock of the process."""
    Order.objects.using(pg).create(number="a")
    lock = threading.Lock()

    def step() -> None:
        order = Order.objects.using(pg).get(number="a")
        time.sleep(0.05)
        Order.objects.using(pg).filter(pk=order.pk).update(count=order.count + 1)

    def work() -> None:
        try:
            if lock_first:
                with lock, transaction.atomic(using=pg):
                    step()
            else:
                with transaction.atomic(using=pg):
                    with lock:
                        step()
                    time.sleep(0.3)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(20)
    return Order.objects.using(pg).get(number="a").count


def test_a_lock_inside_the_transaction_guards_nothing(pg: str) -> None:
    assert _count_up(pg, lock_first=False) == 1


def test_a_lock_around_the_transaction_does(pg: str) -> None:
    assert _count_up(pg, lock_first=True) == 2


def test_counting_in_python_loses_what_others_counted(pg: str) -> None:
    Order.objects.using(pg).create(number="a")
    order = Order.objects.using(pg).get()
    elsewhere(lambda: Order.objects.using(pg).update(count=F("count") + 1))
    order.count = order.count + 1
    order.save()
    assert Order.objects.using(pg).get().count == 1


def test_two_orders_of_the_same_locks_end_in_a_deadlock(pg: str) -> None:
    Order.objects.using(pg).create(number="a")
    Tag.objects.using(pg).create(name="a")
    both = threading.Barrier(2, timeout=20)
    errors: list[type[Exception]] = []

    def work(first: type, second: type) -> None:
        try:
            with transaction.atomic(using=pg):
                first.objects.using(pg).select_for_update().get()
                both.wait()
                second.objects.using(pg).select_for_update().get()
        except OperationalError as error:
            errors.append(type(error))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=pair) for pair in ((Order, Tag), (Tag, Order))]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert errors == [OperationalError]
