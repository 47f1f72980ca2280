"""SQLAlchemy's sessions, on SQLite and PostgreSQL."""

from __future__ import annotations

import pytest

pytest.importorskip("sqlalchemy", reason="NOT CHECKED: sqlalchemy is not installed")
pytest.importorskip("psycopg", reason="NOT CHECKED: psycopg is not installed")

from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError, InvalidRequestError, PendingRollbackError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    if request.param == "sqlite":
        made = sa.create_engine(f"sqlite:///{tmp_path}/shop.db")
    else:
        folder = request.getfixturevalue("server")
        made = sa.create_engine(f"postgresql+psycopg://postgres@/postgres?host={folder}")
    Base.metadata.drop_all(made)
    Base.metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def pg(server: Path) -> Iterator[sa.Engine]:
    made = sa.create_engine(f"postgresql+psycopg://postgres@/postgres?host={server}")
    Base.metadata.drop_all(made)
    Base.metadata.create_all(made)
    yield made
    made.dispose()


def numbers(engine: sa.Engine) -> list[str]:
    with engine.connect() as connection:
        return [*connection.scalars(sa.text("SELECT number FROM orders ORDER BY number"))]


# TX207, TX208


def test_leaving_a_session_or_closing_it_commits_nothing(engine: sa.Engine) -> None:
    with Session(engine) as session:
        session.add(Order(number="1"))
        session.flush()
    session = Session(engine)
    session.add(Order(number="2"))
    session.flush()
    session.close()
    assert numbers(engine) == []


def test_leaving_a_begun_session_commits(engine: sa.Engine) -> None:
    with Session(engine) as session, session.begin():
        session.add(Order(number="1"))
    assert numbers(engine) == ["1"]


# TX203, TX204


def test_a_rollback_takes_nothing_back_that_is_committed(engine: sa.Engine) -> None:
    with Session(engine) as session:
        session.add(Order(number="1"))
        session.commit()
        session.add(Order(number="2"))
        session.flush()
        session.rollback()
    assert numbers(engine) == ["1"]


def test_a_second_commit_sends_nothing(engine: sa.Engine) -> None:
    with Session(engine) as session:
        session.add(Order(number="1"))
        session.commit()
        commits: list[object] = []
        event.listen(engine, "commit", commits.append)
        session.commit()
    assert commits == []


# TX209


def test_a_commit_in_a_begun_block_closes_it_for_further_use(engine: sa.Engine) -> None:
    with pytest.raises(InvalidRequestError), Session(engine) as session, session.begin():
        session.add(Order(number="1"))
        session.commit()
        session.add(Order(number="2"))
        session.flush()
    assert numbers(engine) == ["1"]


@pytest.mark.parametrize("harmless", ["close", "rollback", "flush"])
def test_what_needs_no_transaction_after_a_commit_in_a_begun_block(engine: sa.Engine, harmless: str) -> None:
    with Session(engine) as session, session.begin():
        session.add(Order(number="1"))
        session.commit()
        getattr(session, harmless)()
    assert numbers(engine) == ["1"]


def test_a_commit_in_a_savepoint_commits_everything(engine: sa.Engine) -> None:
    with Session(engine) as session:
        session.add(Order(number="1"))
        with session.begin_nested():
            session.add(Order(number="2"))
            session.commit()
        session.rollback()
    assert numbers(engine) == ["1", "2"]


# TX212


@pytest.mark.parametrize(
    ("use", "begins"),
    [
        (lambda one: one.add(Order(number="1")), True),
        (lambda one: one.execute(sa.text("SELECT 1")), True),
        (lambda one: one.get(Order, 1), True),
        (lambda one: one.query(Order).first(), True),
        (lambda one: one.connection(), True),
        (lambda one: one.query(Order), False),
        (lambda one: one.flush(), False),
    ],
    ids=["add", "execute", "get", "first", "connection", "query", "flush"],
)
def test_what_begins_a_transaction_by_itself(engine: sa.Engine, use: object, begins: bool) -> None:
    with Session(engine) as session:
        use(session)  # type: ignore[operator]
        if begins:
            with pytest.raises(InvalidRequestError, match="already begun"):
                session.begin()
        else:
            session.begin()


# TX604


def test_after_a_failed_flush_nothing_works_without_a_rollback(engine: sa.Engine) -> None:
    with Session(engine) as session:
        session.add(Order(number="1"))
        session.commit()
        session.add(Order(number="1"))
        with pytest.raises(IntegrityError):
            session.flush()
        with pytest.raises(PendingRollbackError):
            session.query(Order).count()
        with pytest.raises(PendingRollbackError):
            session.commit()
        session.rollback()
        assert session.query(Order).count() == 1


def test_a_savepoint_keeps_a_failed_flush_to_itself(engine: sa.Engine) -> None:
    with Session(engine) as session:
        session.add(Order(number="1"))
        session.flush()
        with pytest.raises(IntegrityError), session.begin_nested():
            session.add(Order(number="1"))
            session.flush()
        session.add(Order(number="2"))
        session.commit()
    assert numbers(engine) == ["1", "2"]


@pytest.mark.parametrize("block", ["begin", "begin_nested"])
def test_a_block_around_the_handler_closes_a_failed_flush_when_it_is_left(engine: sa.Engine, block: str) -> None:
    with Session(engine) as session:
        session.add(Order(number="1"))
        session.commit()
        with getattr(session, block)():
            session.add(Order(number="1"))
            with pytest.raises(IntegrityError):
                session.flush()
        session.add(Order(number="2"))
        session.commit()
    assert numbers(engine) == ["1", "2"]


def test_a_scoped_session_is_the_same_one_again_after_its_failure(engine: sa.Engine) -> None:
    from sqlalchemy.orm import scoped_session, sessionmaker

    registry = scoped_session(sessionmaker(engine))
    registry().add_all([Order(number="1"), Order(number="1")])
    with pytest.raises(IntegrityError):
        registry().commit()
    with pytest.raises(PendingRollbackError):
        registry().query(Order).count()
    registry.remove()
    assert registry().query(Order).count() == 0
    registry.remove()


# TX213


def test_an_insert_event_comes_before_the_commit_and_sql_after_it_is_refused(engine: sa.Engine) -> None:
    seen: list[list[str]] = []
    refused: list[Exception] = []

    def inserted(mapper: object, connection: object, order: Order) -> None:
        seen.append([] if engine.dialect.name == "sqlite" else numbers(engine))

    def committed(session: Session) -> None:
        try:
            session.execute(sa.text("SELECT 1"))
        except InvalidRequestError as error:
            refused.append(error)

    event.listen(Order, "after_insert", inserted)
    try:
        with Session(engine) as session:
            event.listen(session, "after_commit", committed)
            session.add(Order(number="1"))
            session.commit()
    finally:
        event.remove(Order, "after_insert", inserted)
    assert seen == [[]]
    assert len(refused) == 1


def test_a_released_savepoint_is_announced_as_a_commit(engine: sa.Engine) -> None:
    heard: list[object] = []
    with Session(engine) as session:
        event.listen(session, "after_commit", heard.append)
        session.add(Order(number="1"))
        session.flush()
        with session.begin_nested():
            session.add(Order(number="2"))
        assert len(heard) == 1
        session.rollback()
    assert numbers(engine) == []


# TX406, TX407, and what only PostgreSQL does


def test_a_locked_row_looks_like_one_that_is_not_there(pg: sa.Engine) -> None:
    with Session(pg) as session, session.begin():
        session.add(Order(number="1"))
    with Session(pg) as first, Session(pg) as second:
        wanted = sa.select(Order).filter_by(number="1").with_for_update(skip_locked=True)
        assert first.scalars(wanted).one().number == "1"
        assert second.scalars(wanted).first() is None
        first.commit()
        second.rollback()
        assert second.scalars(wanted).first() is not None


def test_the_commit_of_an_aborted_transaction_says_nothing_and_stores_nothing(pg: sa.Engine) -> None:
    with pg.connect() as connection:
        connection.execute(sa.text("INSERT INTO orders (number) VALUES ('1')"))
        with pytest.raises(IntegrityError):
            connection.execute(sa.text("INSERT INTO orders (number) VALUES ('1')"))
        connection.commit()
    assert numbers(pg) == []
