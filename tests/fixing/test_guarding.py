"""TX206, TX505, TX216: a `try` around what may fail, with the rollback and the close where they belong."""

from __future__ import annotations

import pytest

from tests.fixing_projects import fixed

MODELS = b"""\
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
"""
HEAD = """\
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from shop.models import Order

SessionLocal = sessionmaker(create_engine("postgresql:///shop"))


"""


def after(body: str) -> tuple[list[str], str]:
    """The rules whose findings a function's fix puts right, and the function then."""
    done, texts = fixed({"shop/models.py": MODELS, "shop/orders.py": (HEAD + body).encode()})
    assert not done.refused
    return [one.code for one in done.fixed], texts["shop/orders.py"].decode().removeprefix(HEAD)


def test_comments_and_the_result_keep_their_places() -> None:
    codes, text = after("""\
def place():
    session = SessionLocal()

    # the order itself
    order = Order()
    session.add(order)
    session.commit()  # now

    # the pool is small
    session.close()
    return 1
""")
    assert codes == ["TX206"]
    assert (
        text
        == """\
def place():
    session = SessionLocal()

    # the order itself
    try:
        order = Order()
        session.add(order)
        session.commit()  # now
    except Exception:
        session.rollback()
        raise
    finally:
        # the pool is small
        session.close()
    return 1
"""
    )


def test_an_async_session_is_awaited() -> None:
    _, text = after("""\
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

Maker = async_sessionmaker(create_async_engine("postgresql+asyncpg:///shop"))


async def place():
    session = Maker()
    session.add(Order())
    await session.commit()
    await session.close()
""")
    assert text.endswith("""\
    session = Maker()
    try:
        session.add(Order())
        await session.commit()
    except Exception:
        await session.rollback()
        raise
    finally:
        await session.close()
""")


@pytest.mark.parametrize("close", ["if order:\n        session.close()\n    ", "session.close()\n    session.close()\n    "])
def test_a_session_that_is_closed_on_some_ways_is_left_to_people(close: str) -> None:
    body = f"def place(order):\n    session = SessionLocal()\n    session.add(Order())\n    session.commit()\n    {close}"
    files = {"shop/models.py": MODELS, "shop/orders.py": (HEAD + body + "return\n").encode()}
    done, texts = fixed(files)
    assert texts == files and not done.refused
    assert [(one.code, one.fix) for one in done.report.findings if one.suppressed is None] == [("TX206", None)]
