"""What a finding hangs on: the same code with one thing changed, and what is right then (`# expect:` as on a page)."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.fixing_projects import RULES
from tests.fixtures.expectations import differences
from tests.test_rule_pages import PAGES, examples
from txlint.config import Config

DJANGO = {
    "shop/settings.py": "ROOT_URLCONF = 'shop.urls'\nDATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql'}}\n",
    "shop/models.py": """
        from django.db import models

        class Tag(models.Model):
            name = models.TextField()

        class Order(models.Model):
            number = models.TextField()
            paid = models.BooleanField(default=False)
            tags = models.ManyToManyField(Tag)
    """,
}
SQLALCHEMY = {
    "shop/models.py": """
        from sqlalchemy import create_engine
        from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

        class Base(DeclarativeBase):
            pass

        class Order(Base):
            __tablename__ = "orders"
            number: Mapped[str] = mapped_column(primary_key=True)
            state: Mapped[str]

        SessionLocal = sessionmaker(create_engine("postgresql:///shop"))
    """,
}


def unkept(base: dict[str, str], files: dict[str, str], config: Config = Config(), own: str = "") -> list[str]:
    """What the marks promise and is not found, or the other way round; `own` is a rule that has to be asked for."""
    texts = {path: dedent(text).lstrip("\n").encode() for path, text in (base | files).items()}
    return differences(texts, RULES, config, own)


# --- who calls -----------------------------------------------------------------------------------------------------------

LOCKING = """
    from shop.models import Order

    def mark(number):
        order = Order.objects.select_for_update().get(number=number){}
        order.paid = True
        order.save()
"""
BARE = """
    from celery import shared_task
    from shop.services import mark

    @shared_task
    def one(number):
        mark(number)
"""
INSIDE = """
    from django.db import transaction

    @shared_task
    def two(number):
        with transaction.atomic():
            mark(number)
"""


def test_a_lock_is_without_a_transaction_only_where_no_caller_has_one() -> None:
    assert not unkept(DJANGO, {"shop/services.py": LOCKING.format("  # expect: TX401"), "shop/tasks.py": BARE})
    assert not unkept(DJANGO, {"shop/services.py": LOCKING.format(""), "shop/tasks.py": BARE + INSIDE})


HANDLER = """
    from shop.models import Order

    class PlaceOrder:
        def handle_valid_form(self, form):{}
            Order.objects.create(number=form["number"])
"""
PLACING = """
    from celery import shared_task
    from django.db import transaction
    from shop.handlers import PlaceOrder

    @shared_task
    def inside(form):
        with transaction.atomic():
            PlaceOrder().handle_valid_form(form)
"""
OUTSIDE = """
    @shared_task
    def outside(form):
        PlaceOrder().handle_valid_form(form)
"""


def test_a_handler_needs_no_transaction_of_its_own_where_all_callers_have_one() -> None:
    config = Config(require_atomic=("handle_valid_form",))
    marked = HANDLER.format("  # expect: TX102")
    assert not unkept(DJANGO, {"shop/handlers.py": HANDLER.format(""), "shop/tasks.py": PLACING}, config, "TX102")
    assert not unkept(DJANGO, {"shop/handlers.py": marked, "shop/tasks.py": PLACING + OUTSIDE}, config, "TX102")


SHARED = """
    from shop.models import Order, SessionLocal

    session = SessionLocal(){}

    def add(number):
        session.add(Order(number=number, state="new"))
        session.commit()

    def remove(order):
        session.delete(order)
        session.commit()
"""


def test_a_command_has_its_process_and_its_session_to_itself() -> None:
    assert not unkept(SQLALCHEMY, {"shop/work.py": SHARED.format("  # expect: TX214")})
    assert not unkept(SQLALCHEMY, {"shop/management/commands/work.py": SHARED.format("")})


# --- what else is done ---------------------------------------------------------------------------------------------------

TURN = """
    from sqlalchemy.orm import Session
    from shop.models import Order

    def open_period(session: Session, number: str) -> None:
        session.add(Order(number=number, state="open"))
        session.commit()  # expect: TX201

    def close_period(session: Session, number: str) -> None:
        session.add(Order(number=number, state="closed"))
        session.commit()  # expect: TX201

    def turn(session: Session, old: str, new: str) -> None:
        try:
            close_period(session, old)
            open_period(session, new)  # expect: TX202{}
        except Exception:
            session.rollback(){}
            raise
"""


def test_a_rollback_has_an_effect_where_the_function_itself_has_written() -> None:
    assert not unkept(SQLALCHEMY, {"shop/books.py": TURN.format("", "  # expect: TX203")})
    own = "\n            session.add(Order(number=new, state='turned'))"
    assert not unkept(SQLALCHEMY, {"shop/books.py": TURN.format(own, "")})


HANDED = """
    from sqlalchemy.orm import Session
    from shop.models import Order

    def place(session: Session, number: str) -> None:
        session.add(Order(number=number, state="new"))
        session.commit(){}

    def order(mine: Session, other: Session) -> None:
        place({}, "1")
        mine.commit(){}
"""


def test_a_commit_is_redundant_only_for_the_session_that_the_callee_has_committed() -> None:
    assert not unkept(SQLALCHEMY, {"shop/orders.py": HANDED.format("  # expect: TX201", "mine", "  # expect: TX204")})
    assert not unkept(SQLALCHEMY, {"shop/orders.py": HANDED.format("  # expect: TX201", "other", "")})


RETURNING = """
    from sqlalchemy.orm import Session
    from shop.models import Order

    def close(session: Session, order: Order, paid: bool) -> None:
        if paid:
            order.state = "closed"
            {}
        else:
            session.delete(order)
            session.commit()
        session.commit(){}
"""


def test_a_branch_that_returns_says_nothing_of_what_follows() -> None:
    assert not unkept(SQLALCHEMY, {"shop/orders.py": RETURNING.format("return", "  # expect: TX204")})
    assert not unkept(SQLALCHEMY, {"shop/orders.py": RETURNING.format("pass", "")})


FAILED = """
    from sqlalchemy.exc import IntegrityError
    from shop.models import Order, SessionLocal

    def take_in(numbers: list[str]) -> None:
        with SessionLocal.begin() as session:
            try:
                for number in numbers:
                    session.add(Order(number=number, state="new"))
                    session.flush()
            except IntegrityError:
                session.rollback(){}
                {}
"""


@pytest.mark.parametrize(("mark", "then"), [("", "raise"), ("  # expect: TX209", "session.add(Order(number='0', state='x'))")])
def test_a_rollback_in_a_block_harms_only_what_follows(mark: str, then: str) -> None:
    assert not unkept(SQLALCHEMY, {"shop/orders.py": FAILED.format(mark, then)})


SEVERAL = """
    from shop.models import Order

    def tag(name):
        order = Order.objects.get(pk=1)
        order.tags.create(name=name){}
"""
TAGGING = """
    from celery import shared_task
    from shop.services import tag

    @shared_task
    def work(name):
        tag(name)
"""


def test_several_statements_of_one_call_need_a_transaction_where_it_is_known_what_calls_them() -> None:
    marked = SEVERAL.format("  # expect: TX106")
    assert not unkept(DJANGO, {"shop/services.py": marked, "shop/tasks.py": TAGGING})
    assert not unkept(DJANGO, {"shop/services.py": SEVERAL.format("")})


# --- the rules' own examples with one thing changed ------------------------------------------------------------------------

REMINDED = ('reminder.state = "sent"\n            reminder.save()', "other = Reminder()\n            other.save()")
CHANGES = [
    ("raise_after_unprotected_write", 0, [("raise Perm", "order.delete()\n        raise Perm"), ("TX121", "TX101")]),
    ("raise_after_unprotected_write", 0, [("    if not", "    order.save()\n    if not"), ("TX121", "TX101")]),
    ("raise_after_unprotected_write", 0, [("raise PermissionDenied", "pass"), ("  # expect: TX121", "")]),
    ("signal_write_outside_transaction", 0, [(", sender=Customer)", ")"), ("  # expect: TX105", "")]),
    ("send_then_mark_in_one_transaction", 0, [REMINDED, ("  # expect: TX506", "")]),
    (
        "expired_access_after_commit",
        0,
        [("await session.commit()", "await session.rollback()"), ("  # expect: TX211", "")],
    ),
    ("inconsistent_lock_order", 0, [("@transaction.atomic\ndef refund", "def refund")]),
    (
        "commit_in_loop",
        0,
        [("        session.commit()", "        if len(orders) > 9:\n            session.commit()"), ("  # expect: TX210", "")],
    ),
    ("commit_in_loop", 0, [("        session.commit()", "        if order.state:\n            session.commit()")]),
    (
        "session_shared_across_concurrency",
        0,
        [("for number in numbers])  # expect: TX404", "for number in numbers[:1]], asyncio.sleep(1))  # expect: TX404")],
    ),
]


@pytest.mark.parametrize(("stem", "number", "changes"), CHANGES, ids=[f"{one[0]}-{at}" for at, one in enumerate(CHANGES)])
def test_an_example_with_one_thing_changed(stem: str, number: int, changes: list[tuple[str, str]]) -> None:
    [page] = (one for one in PAGES if one.stem == stem)
    files = list(examples(page))[number].files
    text = "\0".join(one.decode() for one in files.values())
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    changed = dict(zip(files, (one.encode() for one in text.split("\0")), strict=True))
    assert not differences(changed, RULES, Config())
