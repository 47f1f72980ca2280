"""Which calls are one step (TX101, TX103, TX106): the statements that Django sends for each, and what an error leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.db.models.signals import m2m_changed
from django.forms import ModelForm
from django.test.utils import CaptureQueriesContext
from rest_framework.serializers import ModelSerializer

from tests.semantics.atomic.shop.models import Article, Book, Line, Order, Shelf, Tag


def statements(work: Callable[[], Any]) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        work()
    return [query["sql"].split()[0] for query in captured.captured_queries]


def writes_alone(found: list[str]) -> int:
    """How many writes are in no transaction."""
    alone, inside = 0, False
    for word in found:
        inside = word == "BEGIN" or (inside and word not in ("COMMIT", "ROLLBACK"))
        alone += word in ("INSERT", "UPDATE", "DELETE") and not inside
    return alone


@pytest.mark.parametrize(
    "work",
    [
        lambda: Order.objects.create(number="a"),
        lambda: Order(number="a").save(),
        lambda: Order.objects.update(count=1),
        lambda: Order.objects.bulk_create([Order(number="a"), Order(number="b")]),
        lambda: Order.objects.get_or_create(number="a"),
        lambda: Order.objects.update_or_create(number="a", defaults={"count": 1}),
        lambda: Book(name="a", pages=1).save(),
        lambda: Article.objects.create(title="a").tags.clear(),
    ],
    ids=["create", "save", "update", "bulk_create", "get_or_create", "update_or_create", "save of a child", "clear"],
)
def test_one_step(work: Callable[[], Any]) -> None:
    assert writes_alone(statements(work)) <= 1


def test_a_delete_that_cascades_has_a_transaction_of_its_own() -> None:
    order = Order.objects.create(number="a")
    Line.objects.create(order=order)
    found = statements(order.delete)
    assert found.count("DELETE") == 2
    assert writes_alone(found) == 0


def test_bulk_update_has_a_transaction_of_its_own() -> None:
    orders = [Order.objects.create(number=one) for one in "ab"]
    found = statements(lambda: Order.objects.bulk_update(orders, ["count"], batch_size=1))
    assert found.count("UPDATE") == 2
    assert writes_alone(found) == 0


def test_saving_no_fields_writes_nothing() -> None:
    order = Order.objects.create(number="a")
    assert statements(lambda: order.save(update_fields=[])) == []


# --- TX106 ------------------------------------------------------------------------------------------------------------------


def refuse(**_: Any) -> None:
    raise ValueError


def test_create_through_a_many_to_many_relation_leaves_the_target() -> None:
    article = Article.objects.create(title="a")
    m2m_changed.connect(refuse, sender=Article.tags.through)
    try:
        with pytest.raises(ValueError):
            article.tags.create(name="left")
    finally:
        m2m_changed.disconnect(refuse, sender=Article.tags.through)
    assert Tag.objects.filter(name="left").exists()


def test_a_link_that_is_there_already_is_no_error(pg: str) -> None:
    article, tag = Article.objects.using(pg).create(title="a"), Tag.objects.using(pg).create(name="a")
    with transaction.atomic(using=pg):
        article.tags.add(tag)
        article.tags.through.objects.using(pg).bulk_create(
            [article.tags.through(article=article, tag=tag)], ignore_conflicts=True
        )
        article.tags.add(tag)
        assert article.tags.count() == 1


def test_a_serializer_stores_no_relation_with_a_model_of_its_own() -> None:
    class ShelfSerializer(ModelSerializer[Shelf]):
        class Meta:
            model = Shelf
            fields = "__all__"

    class ArticleSerializer(ModelSerializer[Article]):
        class Meta:
            model = Article
            fields = "__all__"

    assert ShelfSerializer().fields["tags"].read_only
    assert not ArticleSerializer().fields["tags"].read_only


def test_a_model_form_leaves_the_row_when_its_links_fail() -> None:
    class ArticleForm(ModelForm):
        class Meta:
            model = Article
            fields = ("title", "tags")

    form = ArticleForm({"title": "left", "tags": [Tag.objects.create(name="a").pk]})
    m2m_changed.connect(refuse, sender=Article.tags.through)
    try:
        with pytest.raises(ValueError):
            form.save()
    finally:
        m2m_changed.disconnect(refuse, sender=Article.tags.through)
    assert Article.objects.filter(title="left").exists()


def test_an_update_of_both_tables_is_two_statements(pg: str) -> None:
    books = [Book.objects.using(pg).create(name=one, pages=number) for number, one in enumerate("ab")]
    with pytest.raises(DatabaseError):
        Book.objects.using(pg).update(name="changed", pages=7)  # two books cannot have the same number of pages
    left = set(Book.objects.using(pg).values_list("name", flat=True))
    with CaptureQueriesContext(connections[pg]) as captured:
        Book.objects.using(pg).filter(pk=books[0].pk).update(name="x", pages=9)
    words = [query["sql"].split()[0] for query in captured.captured_queries]
    assert words.count("UPDATE") == 2
    assert "BEGIN" not in words
    assert left <= {"a", "b", "changed"}
