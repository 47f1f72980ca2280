"""What a block does for a session when it is left: what fails in it, and what is done after it or when it is entered anew."""

from __future__ import annotations

from textwrap import dedent

import pytest

from txlint.config import Config
from txlint.engine import analyse_sources
from txlint.rulepack import builtin_pack, load_pack

RULES = tuple(rule for rule in load_pack(builtin_pack()) if rule.code in ("TX201", "TX207", "TX209", "TX604", "TX702"))

HEAD = """
    from contextlib import contextmanager
    from sqlalchemy import select
    from sqlalchemy.exc import IntegrityError
    from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, sessionmaker

    class Base(DeclarativeBase):
        pass

    class Order(Base):
        id = mapped_column(primary_key=True)

    Made = sessionmaker()

    @contextmanager
    def session_scope():
        session = Made()
        try:
            yield session
            session.commit()
        except Exception:
            session.rollback()
            raise
        finally:
            session.close()

    def store(session: Session, number: int):
        session.add(Order(id=number))
        session.flush()

"""


def shown(body: str, path: str = "shop/work.py", head: str = HEAD) -> list[str]:
    """The rules that are shown by default, at the line each."""
    code = dedent(head) + dedent(body)
    first = dedent(head).count("\n")
    report = analyse_sources({path: code.encode()}, RULES, Config())
    return [f"{one.code} {one.location.row - first}" for one in report.findings if not one.suppressed]


FAILING = """
    def load(session: Session, numbers: list[int]):
        for number in numbers:
            {opening}
                try:
                    session.add(Order(id=number))
                    session.flush()
                except IntegrityError:
                    print(number)
        {more}
"""


@pytest.mark.parametrize(
    ("opening", "more", "expected"),
    [
        ("if number:", "session.commit()", ["TX604 8"]),
        ("with session.begin_nested():", "pass", []),
        ("with session.begin_nested():", "session.commit()", []),
    ],
)
def test_a_savepoint_that_is_left_closes_the_failed_flush(opening: str, more: str, expected: list[str]) -> None:
    assert shown(FAILING.format(opening=opening, more=more)) == expected


SCOPED = """
    def place(number: int):
        {first}
        return number

    def load(session: Session):
        while True:
            number = session.scalar(select(Order.id))
            try:
                {call}
            except IntegrityError:
                print(number)
"""


@pytest.mark.parametrize(
    ("first", "call"),
    [
        ("with session_scope() as session:\n            store(session, number)", "place(number)"),
        ("print(number)", "with session_scope() as other:\n                    store(other, number)"),
    ],
)
def test_a_scope_of_the_project_rolls_back_what_fails_in_it(first: str, call: str) -> None:
    assert shown(SCOPED.format(first=first, call=call)) == []
    assert shown(SCOPED.format(first="print(number)", call="store(session, number)")) == ["TX604 11"]


APART = """
    def make(session: Session, number: int):
        {around}
            session.add(Order(id=number))
            session.flush()
        session.commit()

    def load(session: Session, number: int):
        try:
            make(session, number)
        except IntegrityError:
            print(number)
        session.commit()
"""


@pytest.mark.parametrize(("around", "expected"), [("if number:", ["TX604 11"]), ("with session.begin_nested():", [])])
def test_a_commit_after_what_a_savepoint_has_stored_hardly_fails(around: str, expected: list[str]) -> None:
    assert [one for one in shown(APART.format(around=around)) if "TX604" in one] == expected


RIDES = """
    def note(handler):
        session = Session(bind={bind})
        session.add(Order(id=1))
        session.flush()
"""


@pytest.mark.parametrize(("bind", "expected"), [("handler.engine", ["TX207 4"]), ("handler._connection", [])])
def test_a_session_on_the_connection_of_another_owner_ends_with_that(bind: str, expected: list[str]) -> None:
    assert shown(RIDES.format(bind=bind)) == expected


MANAGED = """
    def count(session: Session, numbers: list[int]):
        for number in numbers:
            with session.begin():
                {before}
                session.merge(Order(id=number))
                session.commit()
                {after}
"""


@pytest.mark.parametrize(
    ("before", "after", "fails"),
    [
        ("print(number)", "session.execute(select(Order))", True),
        ("print(number)", "session.close()", False),
        ("print(number)", "session.flush()", False),
        ("print(number)", "print(number)", False),
        ("session.scalar(select(Order.id))", "print(number)", False),
    ],
)
def test_only_a_use_in_the_same_block_fails_after_its_commit(before: str, after: str, fails: bool) -> None:
    code = dedent(HEAD) + dedent(MANAGED.format(before=before, after=after))
    [one] = (one for one in analyse_sources({"shop/work.py": code.encode()}, RULES, Config()).findings if one.code == "TX209")
    assert ("the next statement in the block fails" in one.message) is fails


def test_a_script_is_run_again_by_who_sees_it_fail() -> None:
    code = MANAGED.format(before="print(number)", after="print(number)")
    assert shown(code) == ["TX209 7"]
    assert shown(code, "maint-scripts/count.py") == []


REVISION = """
    from alembic import op

    revision, down_revision = "b", "a"

    def upgrade():
        {body}

"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("op.add_column('a', 'b')\n        op.execute('COMMIT')\n        op.drop_column('a', 'c')", ["TX702 8"]),
        ("op.add_column('a', 'b')\n        op.execute('COMMIT')", []),
        ("op.execute('COMMIT')\n        op.execute('BEGIN')\n        op.drop_column('a', 'c')", []),
    ],
)
def test_a_commit_parts_a_revision_where_work_stands_on_both_sides(body: str, expected: list[str]) -> None:
    assert shown(REVISION.format(body=body), "db/versions/b.py", "") == expected


LOCKED = """
    @contextmanager
    def locked(session: Session, number: int):
        try:
            yield
        finally:
            release(session, number)

    def release(session: Session, number: int):
        {release}
        session.commit()

    def move(session: Session, number: int):
        session.add(Order(id=number))
        session.commit()

    def work(session: Session, number: int):
        with locked(session, number):
            session.add(Order(id=-number))
            move(session, number)
            session.add(Order(id=number + 1))
"""


def test_a_block_that_stores_only_its_own_note_is_no_unit_of_work() -> None:
    assert shown(LOCKED.format(release="print(number)")) == ["TX201 15"]
    assert shown(LOCKED.format(release="session.delete(session.get(Order, 0))")) == []


SCOPE = """
    def place(number: int):
        with session_scope() as session:
            move(session, number)
            {last}

    def move(session: Session, number: int):
        order = Order(id=number)
        session.add(order)
        session.commit()

    def link(session: Session, number: int):
        session.add(Order(id=-number))
        session.commit()
"""


def test_the_last_commit_of_a_scope_parts_nothing() -> None:
    assert shown(SCOPE.format(last="link(session, number)")) == ["TX201 10"]
    assert shown(SCOPE.format(last="print(number)")) == []


TWICE = """
    class Unit:
        def __init__(self):
            self.session = Made()

        def __enter__(self):
            return self

        def __exit__(self, *error):
            self.session.close()

    def place(number: int):
        with Unit() as unit:
            move(unit.session, number)
        {again}link(unit.session, number)

    def move(session: Session, number: int):
        session.add(Order(id=number))
        session.commit()

    def link(session: Session, number: int):
        session.add(Order(id=-number))
        session.commit()
"""


@pytest.mark.parametrize(("again", "said"), [("    ", True), ("with Unit() as unit:\n            ", False)])
def test_each_block_has_a_session_of_its_own(again: str, said: bool) -> None:
    code = dedent(HEAD) + dedent(TWICE.format(again=again))
    found = analyse_sources({"shop/work.py": code.encode()}, RULES, Config()).findings
    assert any("the same session" in one.message or "commits as well" in one.message for one in found) is said


ENTRY = """
    from fastapi import FastAPI

    app = FastAPI()

    @app.get("/")
    def show():
        return {answer}
"""


def test_what_nothing_leads_to_is_less_sure_where_something_leads_to_others() -> None:
    work = TWICE.format(again="    ")
    assert shown(work) != []
    assert shown(work + ENTRY.format(answer="1")) == []
    assert shown(work + ENTRY.format(answer="place(1)")) == shown(work)


OPTIONAL = """
    from typing import Annotated
    from fastapi import Depends, FastAPI

    app = FastAPI()

    def get_session():
        with Made.begin() as session:
            yield session

    def link(session: Session, number: int, into: Session | None = None):
        if into is None:
            session.add(Order(id=-number))
            session.commit()

    @app.post("/")
    def show({param}):
        {call}
        session.add(Order(id=1))
"""
PROVIDED = ("session: Annotated[Session, Depends(get_session)]", "session: Session = Depends(get_session)")


@pytest.mark.parametrize("param", PROVIDED)
@pytest.mark.parametrize(
    ("call", "commits"),
    [
        ("link(session, 1)", True),
        ("link(session, 1, into=session)", False),
        ("with Made() as other:\n            link(session, 1, other)", False),
    ],
)
def test_what_is_provided_or_entered_is_not_none(param: str, call: str, commits: bool) -> None:
    code = dedent(HEAD) + dedent(OPTIONAL.format(param=param, call=call))
    found = analyse_sources({"shop/work.py": code.encode()}, RULES, Config()).findings
    assert any("provides the session" in one.message for one in found) is commits


HELD = """
    @contextmanager
    def held(session: Session, number: int):
        session.add(Order(id=number))
        yield
        session.commit()

    def move(session: Session, number: int):
        session.add(Order(id=number))
        session.commit()

    def work(session: Session, other: Session, number: int):
        with held(session, number):
            move({given}, number)
            session.add(Order(id=number + 1))
"""


@pytest.mark.parametrize(("given", "theirs"), [("session", True), ("other", False)])
def test_a_block_commits_the_session_that_it_was_given(given: str, theirs: bool) -> None:
    code = dedent(HEAD) + dedent(HELD.format(given=given))
    found = analyse_sources({"shop/work.py": code.encode()}, RULES, Config()).findings
    assert any("`held()` commits when it is left" in one.message for one in found) is theirs


MATCHED = """
    def place(session: Session, number: int):
        match move(session, number):
            case 1:
                print(number)
            case 2:
                print(-number)
            case _:
                print("?")

    def move(session: Session, number: int) -> int:
        session.add(Order(id=number))
        session.commit()
        return number
"""


def test_the_subject_of_a_match_is_worked_out_once() -> None:
    code = dedent(HEAD) + dedent(MATCHED)
    found = analyse_sources({"shop/work.py": code.encode()}, RULES, Config()).findings
    assert not [one.message for one in found if "commits as well" in one.message or "goes on" in one.message]
    twice = code.replace("print(-number)", "move(session, -number)")
    found = analyse_sources({"shop/work.py": twice.encode()}, RULES, Config()).findings
    assert [one.message for one in found if "commits as well" in one.message or "goes on" in one.message]


GIVEN = """
    def store(session: Session, number: int, unit=None):
        session.add(Order(id=number))
        if not unit:
            session.commit()

    def move(session: Session, number: int, unit=None):
        store(session, number, unit=unit)

    def work(session: Session, number: int):
        with session.begin() as unit:
            move(session, number{unit})
            move(session, number + 1{unit})
"""


@pytest.mark.parametrize(("unit", "pieces"), [("", True), (", unit", False), (", unit=unit", False)])
def test_what_is_handed_on_keeps_from_committing(unit: str, pieces: bool) -> None:
    code = dedent(HEAD) + dedent(GIVEN.format(unit=unit))
    found = analyse_sources({"shop/work.py": code.encode()}, RULES, Config()).findings
    assert any("commits as well" in one.message or "when it is left" in one.message for one in found) is pieces
