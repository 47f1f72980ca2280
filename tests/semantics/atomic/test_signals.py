"""Receivers: in which transaction they run, and what stays when they fail (TX104, TX105, TX309)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.dispatch import Signal

from tests.semantics.atomic.shop.models import Article, Book, Order, Tag


@contextmanager
def connected(signal: Signal, sender: Any, receiver: Callable[..., Any]) -> Iterator[None]:
    signal.connect(receiver, sender=sender, weak=False)
    try:
        yield
    finally:
        signal.disconnect(receiver, sender=sender)


def seen_by(signal: Signal, sender: Any, work: Callable[[], Any]) -> set[bool]:
    seen: set[bool] = set()
    with connected(signal, sender, lambda **_: seen.add(connection.in_atomic_block)):
        work()
    return seen


def test_receivers_of_a_plain_save_run_in_no_transaction() -> None:
    assert seen_by(post_save, Order, lambda: Order.objects.create(number="a")) == {False}
    assert seen_by(post_save, Book, lambda: Book.objects.create(name="a", pages=1)) == {False}


def test_receivers_of_get_or_create_deletes_and_links_run_in_one() -> None:
    assert seen_by(post_save, Order, lambda: Order.objects.get_or_create(number="a")) == {True}
    assert seen_by(post_save, Order, lambda: Order.objects.update_or_create(number="a", defaults={"count": 1})) == {True}
    assert seen_by(post_delete, Order, lambda: Order.objects.get(number="a").delete()) == {True}
    article = Article.objects.create(title="a")
    assert seen_by(m2m_changed, Article.tags.through, lambda: article.tags.add(Tag.objects.create(name="a"))) == {True}


def test_bulk_writes_send_no_signal() -> None:
    assert seen_by(post_save, Order, lambda: Order.objects.bulk_create([Order(number="a")])) == set()
    assert seen_by(post_save, Order, lambda: Order.objects.update(count=1)) == set()


def test_a_saved_row_stays_when_its_receiver_fails() -> None:
    def refuse(**_: Any) -> None:
        raise ValueError

    with connected(post_save, Order, refuse), pytest.raises(ValueError):
        Order.objects.create(number="a")
    assert Order.objects.count() == 1


def test_a_receiver_that_swallows_a_database_error_needs_a_savepoint() -> None:
    Tag.objects.create(pk=1, name="taken")

    def careless(**_: Any) -> None:
        try:
            Tag.objects.create(pk=1, name="again")
        except IntegrityError:
            pass

    def careful(**_: Any) -> None:
        try:
            with transaction.atomic():
                Tag.objects.create(pk=1, name="again")
        except IntegrityError:
            pass

    with connected(post_save, Order, careless), transaction.atomic():
        Order.objects.create(number="lost")
    with connected(post_save, Order, careful), transaction.atomic():
        Order.objects.create(number="kept")
    assert list(Order.objects.values_list("number", flat=True)) == ["kept"]
