"""What is committed in stages on purpose, and what only some of the functions commit that a call may run."""

from __future__ import annotations

from textwrap import dedent

import pytest

from txlint.config import Config
from txlint.engine import analyse_sources
from txlint.rulepack import builtin_pack, load_pack

RULES = tuple(rule for rule in load_pack(builtin_pack()) if rule.code in ("TX201", "TX202", "TX215"))

ORDERS = """
    import requests
    from celery import shared_task
    from fastapi import FastAPI
    from sqlalchemy import text
    from sqlalchemy.orm import Session

    app = FastAPI()

    def add_order(session: Session, number: int):
        session.execute(text("INSERT INTO orders DEFAULT VALUES"))
        session.commit()

    def add_payment(session: Session, number: int):
        session.execute(text("INSERT INTO payments DEFAULT VALUES"))
        session.commit()

    def upsert_order(session: Session, number: int):
        session.execute(text("INSERT INTO orders DEFAULT VALUES ON CONFLICT DO NOTHING"))
        session.commit()

    def mark_seen(session: Session, number: int):
        session.execute(text("UPDATE orders SET seen = 1"))
        session.commit()

"""


def found(body: str, select: tuple[str, ...] | None = None, start: str = ORDERS) -> set[str]:
    source = dedent(start) + dedent(body)
    report = analyse_sources({"shop/work.py": source.encode()}, RULES, Config(select=select))
    return {one.code for one in report.findings if not one.suppressed}


STAGES = {
    "a call leaves the database": """
        @app.post("/")
        def buy(session: Session, number: int):
            add_order(session, number)
            requests.post("https://pay.example")
            add_payment(session, number)
    """,
    "a task works through something": """
        @shared_task
        def buy(session: Session, number: int):
            add_order(session, number)
            add_payment(session, number)
    """,
    "each item for itself": """
        @app.post("/")
        def buy(session: Session, number: int):
            add_order(session, number)
            for _ in range(3):
                add_payment(session, number)
    """,
    "the second may fail": """
        @app.post("/")
        def buy(session: Session, number: int):
            add_order(session, number)
            try:
                add_payment(session, number)
            except ValueError:
                print("later")
    """,
    "what is made if it is missing": """
        @app.post("/")
        def buy(session: Session, number: int):
            upsert_order(session, number)
            add_payment(session, number)
    """,
    "a note": """
        @app.post("/")
        def buy(session: Session, number: int):
            add_order(session, number)
            mark_seen(session, number)
    """,
}


@pytest.mark.parametrize("body", STAGES.values(), ids=STAGES)
def test_stages_that_may_be_meant_are_for_those_who_select_the_rules(body: str) -> None:
    assert found(body) == set()
    assert found(body, ("TX2",)) >= {"TX202"}


def test_stages_without_a_reason_are_reported() -> None:
    body = """
        @app.post("/")
        def buy(session: Session, number: int):
            add_order(session, number)
            add_payment(session, number)
    """
    assert found(body) == {"TX201", "TX202"}


OVERRIDES = """
    from sqlalchemy import text
    from sqlalchemy.orm import Session

    class Service:
        def __init__(self, session: Session):
            self.session = session

        def prepare(self):
            {prepare}

        def get(self):
            self.session.execute(text("UPDATE orders SET seen = 1"))
            self.prepare()

        def work(self):
            self.get()
            self.get()

    class Invoices(Service):
        def prepare(self):
            self.session.execute(text("UPDATE invoices SET seen = 1"))
            self.session.commit()
"""


@pytest.mark.parametrize(
    ("prepare", "codes"), [("pass", set()), ("print()", set()), ("raise NotImplementedError", {"TX201", "TX202"})]
)
def test_a_call_commits_only_if_every_override_does(prepare: str, codes: set[str]) -> None:
    assert found("", ("TX2",), OVERRIDES.format(prepare=prepare)) == codes


HANDED_OVER = """
    from sqlalchemy import text
    from sqlalchemy.orm import Session

    def run(step):
        return step()

    def work(session: Session):
        def write():
            session.execute(text("UPDATE orders SET seen = 1"))
            session.commit()

        def read():
            return session.execute(text("SELECT 1"))

        run({first})
        run(write)
        run(write)
"""


def test_a_callable_commits_only_if_every_one_that_is_handed_over_does() -> None:
    assert "TX202" in found("", ("TX2",), HANDED_OVER.format(first="write"))
    assert "TX202" not in found("", ("TX2",), HANDED_OVER.format(first="read"))


LOST = """
    from sqlalchemy import text
    from sqlalchemy.orm import Session

    def check(session: Session):
        if session.execute(text("SELECT 1")).scalar() != 1:
            session.rollback()
        return True

    def work(session: Session):
        {before}
        check(session)
        session.execute(text("UPDATE orders SET state = 2"))
        session.commit()
"""


def test_a_rollback_must_lose_something_of_a_caller() -> None:
    write = 'session.execute(text("UPDATE orders SET state = 1"))'
    assert "TX215" in found("", ("TX2",), LOST.format(before=write))
    assert "TX215" not in found("", ("TX2",), LOST.format(before="print()"))
    assert "TX215" not in found("", ("TX2",), LOST.format(before=write + "; session.commit()"))


PROVIDED = """
    from typing import Annotated
    from fastapi import Depends, FastAPI
    from sqlalchemy import create_engine, text
    from sqlalchemy.orm import Session, sessionmaker

    app = FastAPI()
    SessionLocal = sessionmaker(create_engine("sqlite://"))

    def get_session():
        with SessionLocal() as session:
            {provider}

    def get_user(session: Annotated[Session, Depends(get_session)]):
        session.execute(text("UPDATE users SET seen = 1"))
        session.commit()
        return 1

    def add_order(session: Session):
        session.execute(text("INSERT INTO orders DEFAULT VALUES"))
        session.commit()

    @app.post("/")
    def buy(session: Annotated[Session, Depends(get_session)], user: Annotated[int, Depends(get_user)]):
        add_order(session)
"""


@pytest.mark.parametrize(
    ("provider", "said"),
    [
        ("yield session; session.commit()", "provides the session and commits it"),
        ("yield session", "no caller can put more into this transaction"),
        ("session.execute(text('SELECT 1')); session.commit(); yield session", "no caller can put more into this transaction"),
    ],
)
def test_a_provider_commits_what_comes_before_its_end(provider: str, said: str) -> None:
    source = PROVIDED.format(provider=provider.replace("; ", "\n            "))
    report = analyse_sources({"shop/work.py": dedent(source).encode()}, RULES, Config(select=("TX201",)))
    assert {said in one.message for one in report.findings} == {True}
    assert found("", None, source) == set()


OUTCOMES = {
    "a coroutine that is started": """
        import asyncio

        @app.post("/")
        async def buy(session: Session, number: int):
            add_order(session, number)
            asyncio.create_task(later(session, number))

        async def later(session: Session, number: int):
            add_payment(session, number)
    """,
    "a session that is left out": """
        @app.post("/")
        def buy(session: Session, number: int):
            add_order(session, number)
            add_item(number)

        def add_item(number: int, session: Session | None = None):
            session = session or Session()
            session.execute(text("INSERT INTO items DEFAULT VALUES"))
            session.commit()
    """,
}


@pytest.mark.parametrize("body", OUTCOMES.values(), ids=OUTCOMES)
def test_work_in_another_session_is_no_stage(body: str) -> None:
    assert found(body) == set()


MEANT = {
    "a failure is noted": """
        @app.post("/")
        def buy(session: Annotated[Session, Depends(get_session)]):
            refuse(session)

        def refuse(session: Session):
            session.execute(text("UPDATE orders SET state = 9"))
            session.commit()
            raise ValueError("refused")
    """,
    "in every round": """
        @app.post("/")
        def buy(session: Annotated[Session, Depends(get_session)]):
            work(session, [1, 2])

        def work(session: Session, items: list[int]):
            for item in items:
                session.execute(text("UPDATE orders SET state = 9"))
                session.commit()
    """,
}


@pytest.mark.parametrize("body", MEANT.values(), ids=MEANT)
def test_a_commit_that_is_made_for_a_reason_has_low_confidence(body: str) -> None:
    start = PROVIDED[: PROVIDED.index("    def get_user")].format(provider="yield session\n            session.commit()")
    assert found(body, None, start) == set()
    assert "TX201" in found(body, ("TX2",), start)


ANSWERED = """
    from sqlalchemy import text
    from sqlalchemy.orm import Session

    def store(session: Session) -> bool:
        try:
            session.execute(text("INSERT INTO orders DEFAULT VALUES"))
            session.commit()
        except Exception:
            return False
        return True

    def work(session: Session):
        {use}
"""


def test_a_caller_that_asks_whether_it_went_well_does_not_use_a_failed_session() -> None:
    rules = tuple(rule for rule in load_pack(builtin_pack()) if rule.code == "TX604")

    def codes(use: str) -> list[str]:
        source = dedent(ANSWERED).format(use=use.replace("; ", "\n    "))
        return [one.code for one in analyse_sources({"shop/work.py": source.encode()}, rules, Config()).findings]

    assert codes("store(session); session.execute(text('DELETE FROM carts'))") == ["TX604"]
    assert codes("if store(session): session.execute(text('DELETE FROM carts'))") == []
    assert codes("stored = store(session); if stored: session.commit()") == []


OWN_SESSIONS = """
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import IntegrityError
    from sqlalchemy.orm import Session, sessionmaker

    SessionLocal = sessionmaker(create_engine("sqlite://"))

    def note(session: Session, message: str):
        session.execute(text("INSERT INTO notes DEFAULT VALUES"))
        session.commit()

    def work(session: Session):
        try:
            {first}
        except IntegrityError:
            print("not noted")
        note(session, "again")
"""


def test_a_session_that_is_entered_in_the_try_ends_with_its_error() -> None:
    rules = tuple(rule for rule in load_pack(builtin_pack()) if rule.code == "TX604")

    def codes(first: str) -> list[str]:
        source = dedent(OWN_SESSIONS).format(first=first)
        report = analyse_sources({"shop/work.py": source.encode()}, rules, Config(select=("TX604",)))
        return [one.code for one in report.findings]

    assert codes("note(session, 'first')") == ["TX604"]
    assert codes("with SessionLocal() as own: note(own, 'first')") == []


LEFT_UNTIL_LATER = """
    from fastapi import BackgroundTasks, Depends, FastAPI
    from sqlalchemy import create_engine, text
    from sqlalchemy.orm import Session, sessionmaker

    app = FastAPI()
    SessionLocal = sessionmaker(create_engine("sqlite://"))

    def get_session():
        with SessionLocal() as session:
            yield session
            {provider}

    @app.post("/")
    def buy(tasks: BackgroundTasks, session: Session = Depends(get_session)):
        session.execute(text("INSERT INTO orders DEFAULT VALUES"))
        tasks.add_task(print, "bought")
        {later}
"""


def test_a_commit_of_the_view_is_over_before_what_it_leaves_until_after_the_response() -> None:
    rules = tuple(rule for rule in load_pack(builtin_pack()) if rule.code == "TX316")

    def codes(provider: str, later: str) -> list[str]:
        source = dedent(LEFT_UNTIL_LATER).format(provider=provider, later=later)
        return [one.code for one in analyse_sources({"shop/work.py": source.encode()}, rules, Config()).findings]

    assert codes("session.commit()", "return 1") == ["TX316"]
    assert codes("print()", "session.commit()") == []


ASKED = """
    from sqlalchemy import text
    from sqlalchemy.exc import OperationalError
    from sqlalchemy.orm import Session

    def look(session: Session):
        try:
            session.query(Order).filter(Order.number == 1).scalar()
            {more}
            session.commit()
        except OperationalError:
            print("no such column")

    def work(session: Session):
        look(session)
        session.execute(text("UPDATE orders SET state = 1"))
"""


def test_a_commit_that_only_ends_a_query_does_not_break_the_session() -> None:
    rules = tuple(rule for rule in load_pack(builtin_pack()) if rule.code == "TX604")

    def shown(more: str) -> list[bool]:
        report = analyse_sources({"shop/work.py": dedent(ASKED).format(more=more).encode()}, rules, Config())
        return [not one.suppressed for one in report.findings]

    assert shown("session.add(Order())") == [True]
    assert shown("print()") == [False]
