"""TX201, TX202: a commit moves to the callers, who call the session what they call it."""

from __future__ import annotations

import pytest

from tests.fixing_projects import fixed
from txlint.config import Config

MODELS = b"""\
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
"""
REPOSITORY = """\
from sqlalchemy.orm import Session
from shop.models import Order


class OrderRepository:
    def __init__(self, session: Session) -> None:
        self.session = session

    def add(self) -> None:
        self.session.add(Order())
        self.session.commit()
"""
HEAD = """\
from sqlalchemy.orm import Session
from shop.models import Order
from shop.orders import OrderRepository


"""


def after(body: str, select: str = "TX2") -> tuple[str, str]:
    """The repository and its caller, as the fixes of the default selection leave them."""
    files = {"shop/models.py": MODELS, "shop/orders.py": REPOSITORY.encode(), "shop/checkout.py": (HEAD + body).encode()}
    done, texts = fixed(files, Config(select=(select,)))
    assert not done.refused
    return texts["shop/orders.py"].decode(), texts["shop/checkout.py"].decode().removeprefix(HEAD)


@pytest.mark.parametrize("made", ["OrderRepository(db).add()", "orders = OrderRepository(session=db)\n    orders.add()"])
def test_an_object_made_with_the_session(made: str) -> None:
    body = f"def checkout(db: Session) -> None:\n    {made}\n    OrderRepository(db).add()\n"
    repository, caller = after(body)
    assert repository == REPOSITORY.replace("commit()", "flush()")
    assert caller == f"{body}    db.commit()\n"


def test_no_commit_is_written_for_a_session_without_a_name() -> None:
    body = """\
class Checkout:
    def __init__(self, orders: OrderRepository, more: OrderRepository) -> None:
        self.orders, self.more = orders, more

    def checkout(self) -> None:
        self.orders.add()
        self.more.add()
"""
    assert after(body) == (REPOSITORY, body)


def test_a_commit_of_its_own_comes_last() -> None:
    body = "def checkout(db: Session) -> None:\n    OrderRepository(db).add()\n    db.add(Order())\n    db.commit()\n"
    assert after(body) == (REPOSITORY.replace("commit()", "flush()"), body)


def test_no_fix_for_two_pieces_where_a_third_one_would_be_left() -> None:
    body = """\
def first(db: Session) -> None:
    db.add(Order())
    db.commit()


def last(db: Session, order: Order) -> None:
    order.state = "sent"
    db.commit()


def checkout() -> None:
    db = Session()
    first(db)
    order = Order()
    db.add(order)
    db.commit()
    last(db, order)
"""
    assert after(body, "TX202")[1] == body


@pytest.mark.parametrize(("handler", "method"), [("session.rollback()\n        return", "commit"), ("raise", "flush")])
def test_no_fix_where_a_rollback_would_then_lose_the_work_of_a_caller(handler: str, method: str) -> None:
    body = f"""\
def add(session: Session) -> None:
    session.add(Order())
    try:
        session.commit()
    except ValueError:
        {handler}


def checkout(db: Session) -> None:
    db.add(Order())
    add(db)
    db.add(Order())
    db.commit()
"""
    assert after(body, "TX201")[1] == body.replace("session.commit()", f"session.{method}()")


def test_no_commit_moves_behind_a_dispatch_on_the_way_to_the_caller() -> None:
    body = """\
from celery import shared_task


@shared_task
def notify(pk: int) -> None:
    Order.query.get(pk)


def ship(db: Session, order: Order) -> None:
    OrderRepository(db).add()
    notify.delay(order.id)


def checkout() -> None:
    db = Session()
    order = Order()
    db.add(order)
    ship(db, order)
    db.add(Order())
    db.close()
"""
    assert after(body, "TX201") == (REPOSITORY, body)
