"""The right patterns that are recognised, each beside a near relative that is none."""

from __future__ import annotations

from textwrap import dedent

import pytest

from txlint.engine import analyse_sources
from txlint.transactions.patterns import NAMES, patterns

MODELS = """
    from django.db import models

    class Order(models.Model):
        number = models.CharField(max_length=10)
        state = models.CharField(max_length=10)

    class OutboxMessage(models.Model):
        text = models.TextField()
"""
TABLES = """
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

    class Base(DeclarativeBase):
        pass

    class Order(Base):
        __tablename__ = "orders"
        id: Mapped[int] = mapped_column(primary_key=True)
        state: Mapped[str]
"""
DATABASE = """
    from sqlalchemy import create_engine
    from sqlalchemy.orm import sessionmaker

    SessionLocal = sessionmaker(create_engine("sqlite://"))
"""


def found(code: str, fixed: dict[str, str] | None = None) -> dict[str, list[str]]:
    """The functions of `shop/work.py` by the code of the pattern that they show."""
    files = {"shop/models.py": MODELS, "shop/tables.py": TABLES, "shop/database.py": DATABASE, **(fixed or {})}
    files["shop/work.py"] = code
    sources = {path: dedent(text).lstrip("\n").encode() for path, text in files.items()}
    shown: dict[str, list[str]] = {}
    for one in patterns(analyse_sources(sources, ()).analysis):
        if one.location.path == "shop/work.py":
            assert one.name == NAMES[one.code] and one.evidence
            shown.setdefault(one.code, []).append(one.function)
    return shown


DJANGO = """
    from functools import partial

    from celery import shared_task
    from django.db import IntegrityError, transaction
    from django.db.models.signals import post_delete
    from django.dispatch import receiver

    from shop.models import Order, OutboxMessage

    @shared_task
    def pack(number):
        print(number)
"""
SESSIONS = """
    from contextlib import contextmanager

    import requests
    from celery import shared_task
    from sqlalchemy import select
    from sqlalchemy.exc import IntegrityError
    from sqlalchemy.orm import Session

    from shop.database import SessionLocal
    from shop.tables import Order
"""
CASES = {
    "P1": (
        DJANGO,
        """
        def right(request):
            try:
                with transaction.atomic():
                    Order.objects.create(number="1")
            except IntegrityError:
                return None

        def other(request):
            with transaction.atomic():
                try:
                    Order.objects.create(number="1")
                except IntegrityError:
                    return None
        """,
    ),
    "P2": (
        DJANGO,
        """
        def right(orders):
            for order in orders:
                try:
                    with transaction.atomic():
                        Order.objects.create(number=order)
                except IntegrityError:
                    continue

        def other(orders):
            for order in orders:
                with transaction.atomic():
                    Order.objects.create(number=order)
        """,
    ),
    "P3": (
        DJANGO,
        """
        @shared_task
        def right():
            for number in range(3):
                pack.delay(number)

        @shared_task
        def other():
            Order.objects.create(number="1")
            pack.delay(1)
        """,
    ),
    "P5": (
        DJANGO,
        """
        @receiver(post_delete, sender=Order)
        def right(sender, instance, **kwargs):
            Order.objects.filter(state="gone").delete()

        @receiver(post_delete, sender=Order)
        def other(sender, instance, **kwargs):
            with transaction.atomic():
                Order.objects.filter(state="gone").delete()
        """,
    ),
    "P6": (
        DJANGO,
        """
        @transaction.atomic
        def right():
            Order.objects.create(number="1")
            try:
                with transaction.atomic():
                    Order.objects.create(number="2")
            except IntegrityError:
                pass

        @transaction.atomic
        def other():
            try:
                Order.objects.create(number="2")
            except IntegrityError:
                pass
        """,
    ),
    "P16": (
        DJANGO,
        """
        def right(order):
            order.save()
            transaction.on_commit(partial(pack.delay, order.pk))

        def other(order):
            order.save()
            pack.delay(order.pk)
        """,
    ),
    "P7": (
        DJANGO,
        """
        from redis import Redis

        client = Redis()

        def right(pk):
            with client.lock("orders"):
                with transaction.atomic():
                    Order.objects.filter(pk=pk).update(state="paid")

        def other(pk):
            with transaction.atomic():
                with client.lock("orders"):
                    Order.objects.filter(pk=pk).update(state="paid")

        def other_within(pk):
            with transaction.atomic():
                with client.lock("orders"):
                    with transaction.atomic():
                        Order.objects.filter(pk=pk).update(state="paid")

        def other_without(pk):
            with client.lock("orders"):
                Order.objects.filter(pk=pk).update(state="paid")
        """,
    ),
    "P17": (
        DJANGO,
        """
        def right(batches, work):
            for batch in batches:
                with transaction.atomic():
                    work(batch)

        def other(batches, work):
            for batch in batches:
                work(batch)

        def other_once(batch, work):
            with transaction.atomic():
                work(batch)

        def store(batch):
            Order.objects.create(number=batch)

        def other_own(batches):
            for batch in batches:
                with transaction.atomic():
                    store(batch)
        """,
    ),
    "P18": (
        DJANGO,
        """
        @transaction.atomic
        def right():
            Order.objects.create(number="1")
            OutboxMessage.objects.create(text="placed")

        def other():
            OutboxMessage.objects.create(text="alone")
        """,
    ),
    "P20": (
        DJANGO,
        """
        def right():
            for attempt in range(3):
                try:
                    with transaction.atomic():
                        Order.objects.create(number="1")
                    return
                except IntegrityError:
                    continue

        def other():
            with transaction.atomic():
                for attempt in range(3):
                    Order.objects.create(number="1")
        """,
    ),
    "P21": (
        DJANGO,
        """
        @shared_task(autoretry_for=(IntegrityError,))
        @transaction.atomic
        def right():
            Order.objects.create(number="1")
            Order.objects.create(number="2")

        @shared_task
        @transaction.atomic
        def other():
            Order.objects.create(number="1")
            Order.objects.create(number="2")
        """,
    ),
    "P8": (
        SESSIONS,
        """
        def right(session: Session):
            order = session.query(Order).with_for_update(skip_locked=True).first()
            order.state = "taken"
            session.commit()

        def other(session: Session):
            order = session.query(Order).first()
            order.state = "taken"
            session.commit()
        """,
    ),
    "P9": (
        SESSIONS,
        """
        def right(session: Session, orders):
            for order in orders:
                try:
                    session.add(order)
                    session.commit()
                except IntegrityError:
                    session.rollback()

        def other(session: Session, orders):
            for order in orders:
                session.add(order)
                session.commit()
        """,
    ),
    "P10": (
        SESSIONS,
        """
        @shared_task
        def right():
            session = SessionLocal()
            try:
                session.add(Order(state="new"))
                session.commit()
            finally:
                session.close()

        @shared_task
        def other():
            session = SessionLocal()
            session.add(Order(state="new"))
            session.commit()
        """,
    ),
    "P11": (
        SESSIONS,
        """
        @contextmanager
        def right():
            session = SessionLocal()
            try:
                yield session
                session.commit()
            except Exception:
                session.rollback()
                raise
            finally:
                session.close()

        @contextmanager
        def other():
            session = SessionLocal()
            yield session
            session.commit()
            session.close()
        """,
    ),
    "P12": (
        SESSIONS,
        """
        class right:
            def __enter__(self):
                self.session = SessionLocal()
                return self

            def __exit__(self, kind, error, trace):
                try:
                    if kind is None:
                        self.session.commit()
                    else:
                        self.session.rollback()
                finally:
                    self.session.close()

        class other:
            def __enter__(self):
                self.session = SessionLocal()
                return self

            def __exit__(self, kind, error, trace):
                self.session.commit()
                self.session.close()
        """,
    ),
    "P13": (
        SESSIONS,
        """
        def right(steps):
            done = []
            try:
                for step in steps:
                    step.run()
                    done.append(step)
            except Exception:
                for step in reversed(done):
                    try:
                        step.undo()
                    except Exception:
                        print("not undone")
                raise

        def other(steps):
            done = []
            try:
                for step in steps:
                    step.run()
                    done.append(step)
            except Exception:
                for step in done:
                    step.undo()
                raise
        """,
    ),
    "P14": (
        SESSIONS,
        """
        class right:
            def __init__(self, session: Session):
                self.session = session

            def add(self, order):
                self.session.add(order)
                self.session.flush()
                self.session.refresh(order)

        class other:
            def __init__(self, session: Session):
                self.session = session

            def add(self, order):
                self.session.add(order)
                self.session.flush()
                self.session.commit()
        """,
    ),
    "P15": (
        SESSIONS,
        """
        def right():
            session = SessionLocal()
            try:
                session.add(Order(state="new"))
                session.commit()
            except Exception:
                session.rollback()
                raise
            finally:
                session.close()

        def other():
            session = SessionLocal()
            session.add(Order(state="new"))
            session.commit()
        """,
    ),
    "P19": (
        SESSIONS,
        """
        def right(session: Session):
            try:
                session.add(Order(state="new"))
                session.commit()
            except IntegrityError:
                session.rollback()
                session.add(Order(state="failed"))
                session.commit()

        def other(session: Session):
            try:
                session.add(Order(state="new"))
                session.commit()
            except IntegrityError:
                session.add(Order(state="failed"))
                session.commit()
        """,
    ),
    "P22": (
        SESSIONS,
        """
        def right(session: Session, number):
            order = session.get(Order, number)
            if order is None:
                order = Order(id=number, state="new")
                session.add(order)
            return order

        def other(session: Session, number):
            order = Order(id=number, state="new")
            session.add(order)
            return order
        """,
    ),
}


@pytest.mark.parametrize("code", CASES)
def test_the_pattern_is_named_and_its_relative_is_not(code: str) -> None:
    begin, functions = CASES[code]
    shown = found(dedent(begin) + dedent(functions))
    assert any(name.startswith("right") for name in shown.get(code, ())), shown
    assert not any(name.startswith("other") for name in shown.get(code, ()))


def test_a_rollup_of_upserts_is_one_pattern() -> None:
    from pathlib import Path

    from tests.test_fixtures import sources

    project = Path(__file__).parents[1] / "fixtures" / "rollup_commits_each_part"
    codes = {one.code for one in patterns(analyse_sources(sources(project), ()).analysis)}
    assert "P4" in codes


def test_a_function_shows_a_pattern_once_and_the_list_is_in_order_of_place() -> None:
    begin, functions = CASES["P16"]
    sources = {"shop/models.py": dedent(MODELS).encode()}
    sources["shop/work.py"] = (dedent(begin) + dedent(functions) + "\n    transaction.on_commit(pack.delay)\n").encode()
    shown = patterns(analyse_sources(sources, ()).analysis)
    assert [one.code for one in shown].count("P16") == 2
    assert list(shown) == sorted(shown, key=lambda one: (one.location, int(one.code[1:])))
