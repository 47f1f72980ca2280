"""Which two pieces of work, each committed by itself, the code shows to depend on each other."""

from __future__ import annotations

from textwrap import dedent

import pytest

from txlint.config import Config
from txlint.engine import analyse_sources
from txlint.rulepack import builtin_pack, load_pack

RULES = tuple(rule for rule in load_pack(builtin_pack()) if rule.code in ("TX201", "TX202", "TX301"))

SHOP = """
    from celery import shared_task
    from fastapi import FastAPI
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

    app = FastAPI()

    class Base(DeclarativeBase):
        pass

    class Order(Base):
        __tablename__ = "orders"
        id: Mapped[int] = mapped_column(primary_key=True)
        state: Mapped[str]

    class Line(Base):
        __tablename__ = "lines"
        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int]

    class StateEvent(Base):
        __tablename__ = "events"
        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int]

    class Cart:
        def __init__(self, session: Session):
            self.session = session

        def save(self):
            self.session.add(self)
            self.session.commit()

        def delete(self):
            self.session.delete(self)
            self.session.commit()

    def save(session: Session, row):
        session.add(row)
        session.commit()
        return row

    def delete_lines(session: Session):
        session.query(Line).delete()
        session.commit()

    @shared_task
    def ship(order_id: int):
        print(order_id)

    @app.post("/")
    def work(session: Session, number: int, other: int, asked: bool, again: bool):
        order = session.get(Order, number)
        {body}
"""

TIED = {
    "the second row holds the key of the first": """
        made = save(session, Order(state="new"))
        save(session, Line(order_id=made.id))
    """,
    "what the second one is made of": """
        save(session, Order(id=number))
        line = Line()
        line.order_id = number
        save(session, line)
    """,
    "what is deleted is made anew": """
        delete_lines(session)
        save(session, Line(order_id=number))
    """,
    "a row that is changed in between": """
        save(session, Line(order_id=order.id))
        order.state = "ready"
        session.merge(order)
        session.commit()
    """,
}
APART = {
    "nothing in common": """
        save(session, Order(id=number))
        save(session, Line(order_id=other))
    """,
    "either of them may be left out": """
        if asked:
            save(session, Order(id=number))
        if again:
            save(session, Line(order_id=number))
    """,
    "only an event": """
        save(session, Order(id=number))
        save(session, StateEvent(order_id=number))
    """,
    "the same row": """
        cart = Cart(session)
        cart.save()
        print(number)
        cart.delete()
    """,
    "nothing is left to commit": """
        order.state = "ready"
        save(session, order)
        session.add(order)
        session.commit()
    """,
}


def found(body: str, select: tuple[str, ...] | None = None) -> set[str]:
    source = dedent(SHOP).format(body=dedent(body).strip().replace("\n", "\n    "))
    report = analyse_sources({"shop/work.py": source.encode()}, RULES, Config(select=select))
    return {one.code for one in report.findings if not one.suppressed}


@pytest.mark.parametrize("body", TIED.values(), ids=TIED)
def test_pieces_with_something_in_common_are_shown(body: str) -> None:
    assert "TX202" in found(body)


@pytest.mark.parametrize("body", APART.values(), ids=APART)
def test_other_pieces_are_for_those_who_select_the_rules(body: str) -> None:
    assert found(body) == set()
    assert "TX202" in found(body, ("TX2",))


def test_a_task_about_a_row_that_is_made_before_it() -> None:
    sent = """
        order = Order(id=number)
        session.add(order)
        ship.delay({key})
        session.commit()
    """
    assert found(sent.format(key="order.id")) == {"TX301"}
    assert found(sent.format(key="other")) == set()
    assert found(sent.format(key="order.id").replace("Order(id=number)", "order")) == set()
    assert found(sent.format(key="order.id").replace("ship.", "session.commit()\n        ship.")) == set()


SCOPE = """
    from contextlib import contextmanager

    from sqlalchemy import create_engine, text
    from sqlalchemy.orm import Session, sessionmaker

    SessionLocal = sessionmaker(create_engine("sqlite://"))

    @contextmanager
    def scope():
        with SessionLocal() as session:
            yield session
            session.commit()

    def add_order(session: Session):
        session.execute(text("INSERT INTO orders DEFAULT VALUES"))
        session.commit()

    def work():
        with scope() as session:
            add_order(session)
            {more}
"""


def test_a_commit_in_a_block_that_holds_more_work() -> None:
    def codes(more: str) -> list[str]:
        report = analyse_sources({"shop/work.py": dedent(SCOPE).format(more=more).encode()}, RULES, Config())
        return [one.code for one in report.findings if not one.suppressed]

    assert codes('session.execute(text("DELETE FROM carts"))') == ["TX201"]
    assert codes("print()") == []


def test_a_block_whose_other_work_is_in_another_branch() -> None:
    branches = (
        "if number:",
        "    add_order(session)",
        "else:",
        "    session.execute(text('DELETE FROM carts'))",
    )
    source = (
        dedent(SCOPE)
        .replace("def work()", "def work(number)")
        .replace("add_order(session)\n        {more}", "\n        ".join(branches))
    )
    report = analyse_sources({"shop/work.py": source.encode()}, RULES, Config(select=("TX201",)))
    assert [str(one.confidence) for one in report.findings] == ["low"]


REGISTERED = """
    from sqlalchemy import create_engine, text
    from sqlalchemy.orm import sessionmaker
    {imports}

    Session = sessionmaker(create_engine("sqlite://"))
    {register}

    def fill():
        session = Session()
        session.execute(text("INSERT INTO orders DEFAULT VALUES"))
        session.close()
"""


def test_a_session_that_a_transaction_manager_may_commit() -> None:
    rules = tuple(rule for rule in load_pack(builtin_pack()) if rule.code == "TX207")

    def said(imports: str, register: str) -> list[str]:
        source = dedent(REGISTERED).format(imports=imports, register=register)
        return [str(one.confidence) for one in analyse_sources({"shop/fill.py": source.encode()}, rules, Config()).findings]

    assert said("", "") == ["high"]
    assert said("from zope.sqlalchemy import register", "register(Session)") == ["low"]
