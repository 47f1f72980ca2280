"""SQLAlchemy's asynchronous sessions."""

from __future__ import annotations

import pytest

pytest.importorskip("sqlalchemy", reason="NOT CHECKED: sqlalchemy is not installed")
pytest.importorskip("aiosqlite", reason="NOT CHECKED: aiosqlite is not installed")

import asyncio
import gc
from collections.abc import Awaitable, Callable
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import MissingGreenlet, StatementError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]


def run(tmp_path: Path, work: Callable[[AsyncSession], Awaitable[object]], **options: bool) -> object:
    async def all_of_it() -> object:
        engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path}/shop.db")
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        try:
            async with async_sessionmaker(engine, **options)() as session:
                return await work(session)
        finally:
            await engine.dispose()

    return asyncio.run(all_of_it())


async def place(session: AsyncSession) -> Order:
    order = Order(number="1")
    session.add(order)
    await session.commit()
    return order


# TX211


@pytest.mark.filterwarnings("ignore:coroutine", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_expired_attribute_cannot_be_read(tmp_path: Path) -> None:
    async def work(session: AsyncSession) -> object:
        return (await place(session)).id

    with pytest.raises((MissingGreenlet, StatementError), match="greenlet_spawn has not been called"):
        run(tmp_path, work)
    gc.collect()  # what was never awaited complains here, and not in the next test


def test_a_refreshed_one_can_and_so_can_one_that_does_not_expire(tmp_path: Path) -> None:
    async def refreshed(session: AsyncSession) -> object:
        order = await place(session)
        await session.refresh(order)
        return order.number

    async def kept(session: AsyncSession) -> object:
        return (await place(session)).number

    assert run(tmp_path, refreshed) == "1"
    assert run(tmp_path, kept, expire_on_commit=False) == "1"


# TX206, TX611


def test_a_cancelled_handler_for_exceptions_rolls_nothing_back(tmp_path: Path) -> None:
    seen: list[bool] = []

    async def work(session: AsyncSession) -> None:
        async def write() -> None:
            try:
                await session.execute(sa.text("INSERT INTO orders (number) VALUES ('1')"))
                await asyncio.sleep(60)
            except Exception:  # noqa: BLE001 - what is tried
                await session.rollback()
            finally:
                seen.append(session.in_transaction())

        task = asyncio.create_task(write())
        await asyncio.sleep(0.5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(tmp_path, work)
    assert seen == [True]
