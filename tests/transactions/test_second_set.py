"""What fixes in the history of public projects showed: defects that were missed, and statements that were not true."""

from __future__ import annotations

from textwrap import dedent

import pytest

from txlint.config import Config
from txlint.engine import analyse_sources
from txlint.findings import Finding
from txlint.rulepack import builtin_pack, load_pack

RULES = load_pack(builtin_pack())

MODELS = """
    from django.db import models

    class Offer(models.Model):
        name = models.TextField()
    """


def found(code: str, files: dict[str, str], select: tuple[str, ...] = ("ALL",)) -> list[Finding]:
    """The findings of a rule, the less sure ones too unless it is said otherwise."""
    sources = {path: dedent(text).encode() for path, text in files.items()}
    report = analyse_sources(sources, RULES, Config(select=select) if select else Config())
    return [one for one in report.findings if one.code == code and not one.suppressed]


def rows(code: str, files: dict[str, str], select: tuple[str, ...] = ("ALL",)) -> list[str]:
    """Where these stand."""
    return [f"{one.location.path}:{one.location.row}" for one in found(code, files, select)]


# --- queues and libraries ------------------------------------------------------------------------------------------------

RECEIVER = """
    from django.db.models.signals import post_save
    from django.dispatch import receiver
    {imported}
    from shop.models import Offer

    @receiver(post_save, sender=Offer)
    def saved(sender, instance, **kwargs):
        {call}(instance.pk)
    """
HUEY = """
    from huey.contrib.djhuey import db_task

    @db_task()
    def tell(pk):
        print(pk)
    """


@pytest.mark.parametrize(
    ("imported", "call", "expected"),
    [
        ("from shop.tasks import tell", "tell", ["shop/receivers.py:9"]),
        ("from shop import tasks", "tasks.tell", ["shop/receivers.py:9"]),  # of a folder without __init__.py
        ("from shop.tasks import tell", "tell.call_local", []),
        ("import importlib; tasks = importlib.import_module('shop.tasks')", "tasks.tell", ["shop/receivers.py:9"]),
        ("import importlib; tasks = importlib.import_module('other.tasks')", "tasks.tell", []),
    ],
)
def test_a_task_of_huey_is_sent_by_calling_it(imported: str, call: str, expected: list[str]) -> None:
    files = {"shop/models.py": MODELS, "shop/tasks.py": HUEY}
    assert rows("TX309", files | {"shop/receivers.py": RECEIVER.format(imported=imported, call=call)}) == expected


def test_a_folder_of_the_project_does_not_hide_a_package_of_the_same_name() -> None:
    code = "from celery import signals\n\n\ndef connect():\n    signals.send_all()\n"
    files = {"tools/celery/signals.py": "def send_all():\n    pass\n", "shop/work.py": code}
    report = analyse_sources({path: text.encode() for path, text in files.items()}, (), Config())
    sent = next(one for one in report.analysis.functions() if one.record.name == "send_all")
    assert not report.analysis.project.callers.get(sent)


SIGNALLED = """
    from celery import shared_task
    from shop.models import Offer
    from django.db import transaction

    @shared_task
    def tell(pk):
        print(pk)

    @transaction.atomic
    def store(offer: Offer):
        offer.save()
        tell.delay(offer.pk)
    """


@pytest.mark.parametrize(
    ("folder", "count"),
    [
        ("shop/helpers/celery/__init__.py", 1),  # not what `import celery` means in other folders
        ("shop/helpers/celery.py", 1),
        ("celery/__init__.py", 0),  # the project's own, next to its packages
        ("shop/work/celery.py", 0),  # next to the file that imports it
    ],
)
def test_a_folder_deep_in_the_project_is_no_known_package(folder: str, count: int) -> None:
    own = "def shared_task(func):\n    return func\n"
    files = {"shop/models.py": MODELS, "shop/work/jobs.py": SIGNALLED, folder: own}
    report = analyse_sources({path: dedent(text).encode() for path, text in files.items()}, (), Config())
    roles = [role for one in report.analysis.functions() for role in report.analysis.entries(one) if role.kind == "task"]
    assert len(roles) == count


BASE = """
    from django.views import View

    class BaseView(View):
        pass
    """
DERIVED = """
    {imported}

    class Make({base}):
        def post(self, request):
            pass
    """


@pytest.mark.parametrize(
    ("imported", "base", "path"),
    [
        ("from ..base import BaseView", "BaseView", "shop/views/offers/base.py"),  # no folder has an __init__.py
        ("from .. import base", "base.BaseView", "shop/views/offers/base.py"),
        ("from ..base import *", "BaseView", "shop/views/offers/make.py"),
        ("from shop.views.base import BaseView", "BaseView", "shop/views/offers/make.py"),
    ],
)
def test_relative_imports_count_folders(imported: str, base: str, path: str) -> None:
    files = {"shop/views/base.py": BASE, path: DERIVED.format(imported=imported, base=base)}
    report = analyse_sources({one: dedent(text).encode() for one, text in files.items()}, (), Config())
    post = next(one for one in report.analysis.functions() if one.record.name == "post")
    assert [one.kind for one in report.analysis.entries(post)] == ["view"]


NESTED = """
    from django.views import View

    class Offers:
        class Base(View):
            pass

        class Make(Base):
            def post(self, request):
                pass

    class Other:
        class Make(Base):
            def get(self, request):
                pass
    """


def test_a_base_may_stand_beside_a_class_in_the_class_around() -> None:
    report = analyse_sources({"shop/views.py": dedent(NESTED).encode()}, (), Config())
    kinds = {one.record.name: [each.kind for each in report.analysis.entries(one)] for one in report.analysis.functions()}
    assert (kinds["post"], kinds["get"]) == (["view"], [])


IMPORT = """
    from celery import shared_task
    from import_export import resources
    from shop.models import Offer

    @shared_task
    def told(pk):
        print(Offer.objects.get(pk=pk))

    class OfferResource(resources.ModelResource):
        def after_save_instance(self, instance, row, **kwargs):
            told.delay(instance.pk)

        def get_export_headers(self, selected_fields=None):
            told.delay(1)
            return []
    """


def test_an_imported_file_is_one_transaction() -> None:
    files = {"shop/models.py": MODELS, "shop/admin.py": IMPORT}
    (finding,) = found("TX301", files)
    assert finding.location.row == 12
    assert "Resource runs after_save_instance in a transaction" in [one.message for one in finding.trace]


# --- sessions ------------------------------------------------------------------------------------------------------------

REPOSITORY = """
    from fastapi import APIRouter, Depends
    from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, sessionmaker

    class Base(DeclarativeBase):
        pass

    class Order(Base):
        __tablename__ = "orders"
        id = mapped_column(primary_key=True)

    Made = sessionmaker()

    def get_session():
        with Made() as session:
            {yielding}

    class Orders:
        def __init__(self, {given}):
            self.session = session

        def place(self, number: int) -> None:
            self.session.add(Order(id=number))
            self.session.commit()

    class Service:
        def __init__(self, orders: Orders = {orders}) -> None:
            self.orders = orders

        def place(self, number: int) -> None:
            self.orders.place(number)

    router = APIRouter()

    @router.post("/orders")
    def post(service: Service = Depends()) -> None:
        service.place(1)
    """
INJECTED = "session: Session = Depends(get_session)"
COMMITS = "with session.begin():\n                yield session"


@pytest.mark.parametrize(
    ("yielding", "given", "orders", "expected"),
    [
        (COMMITS, INJECTED, "Depends()", ["shop/orders.py:25"]),
        (COMMITS, INJECTED, "Depends(Orders)", ["shop/orders.py:25"]),
        ("yield session", INJECTED, "Depends()", []),
        (COMMITS, "session: Session", "None", []),
    ],
)
def test_a_constructor_is_given_a_session_that_its_provider_commits(
    yielding: str, given: str, orders: str, expected: list[str]
) -> None:
    files = {"shop/orders.py": REPOSITORY.format(yielding=yielding, given=given, orders=orders)}
    assert rows("TX201", files) == expected
    assert all("`get_session` provides the session and commits it" in one.message for one in found("TX201", files))


@pytest.mark.parametrize("injected", ["Depends()", "Depends(Service)"])
def test_a_view_is_given_an_object_whose_constructor_is_given_the_session(injected: str) -> None:
    code = REPOSITORY.format(yielding=COMMITS, given="session: Session", orders="None")
    code = code.replace("orders: Orders = None) -> None", f"{INJECTED}) -> None").replace("= orders", "= Orders(session)")
    files = {"shop/orders.py": code.replace("Service = Depends()", f"Service = {injected}")}
    (finding,) = found("TX201", files)
    assert "`get_session` provides the session and commits it" in finding.message


GUARDED = """
    from contextlib import contextmanager
    from flask_sqlalchemy import SQLAlchemy

    db = SQLAlchemy()

    class Order(db.Model):
        id = db.Column(db.Integer, primary_key=True)

    @contextmanager
    def guard(session):
        yield session
        session.{ending}()

    def place(number):
        with guard(db.session):
            db.session.add(Order(id=number))
            db.session.commit()
            db.session.expunge_all()
    """


@pytest.mark.parametrize(("ending", "expected"), [("commit", ["shop/orders.py:18"]), ("rollback", [])])
def test_the_block_around_a_commit_commits_as_well(ending: str, expected: list[str]) -> None:
    assert rows("TX201", {"shop/orders.py": GUARDED.format(ending=ending)}) == expected


FLUSHED = """
    from sqlalchemy.exc import OperationalError
    from sqlalchemy.orm import DeclarativeBase, Session, mapped_column
    from shop.database import made

    class Order(DeclarativeBase):
        __tablename__ = "orders"
        id = mapped_column(primary_key=True)

    def store(session: Session, number: int) -> None:
        session.add(Order(id=number))
        session.flush()

    def load(numbers: list[int]) -> None:
        temporary = made()
        for number in numbers:
            try:
                store(temporary, number)
            except OperationalError:
                {handled}
    """


@pytest.mark.parametrize(("handled", "count"), [("print(number)", 1), ("temporary.rollback()", 0)])
def test_an_unknown_call_of_the_session_in_a_handler_may_roll_it_back(handled: str, count: int) -> None:
    assert len(found("TX604", {"shop/orders.py": FLUSHED.format(handled=handled)}, ())) == count


ENDINGS = """
    from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, sessionmaker

    class Base(DeclarativeBase):
        pass

    class Order(Base):
        __tablename__ = "orders"
        id = mapped_column(primary_key=True)
        state = mapped_column()

    Made = sessionmaker()

    def create_order(session: Session, order: Order) -> Order:
        session.add(order)
        session.commit()
        return order

    def create_payment(session: Session, order: Order) -> None:
        try:
            order.state = "paid"
            session.commit()
        except Exception as error:
            {handled}

    def checkout(session: Session, order: Order) -> None:
        placed = create_order(session, order)
        create_payment(session, placed)

    def undo(number: int) -> None:
        with Made.begin() as session:
            session.add(Order(id=number, state="undone"))
            session.commit()
            {after}
    """


@pytest.mark.parametrize(("handled", "count"), [("raise", 1), ("print(error)", 0)])
def test_a_step_that_lets_its_errors_go_does_not_part_the_work(handled: str, count: int) -> None:
    files = {"shop/orders.py": ENDINGS.format(handled=handled, after="session.add(Order(id=2))")}
    assert len(found("TX202", files, ())) == count


@pytest.mark.parametrize(("after", "count"), [("session.add(Order(id=2))", 1), ("raise ValueError(number)", 0)])
def test_what_an_error_would_undo_is_committed_before_it(after: str, count: int) -> None:
    assert len(found("TX209", {"shop/orders.py": ENDINGS.format(handled="raise", after=after)}, ())) == count


# --- database errors -----------------------------------------------------------------------------------------------------

CAUGHT = """
    from django.db import IntegrityError, transaction
    from shop.models import Offer

    class Special(Offer):
        def save(self, *args, **kwargs):
            super().save(*args, **kwargs)

    def store(name):
        try:
            {failing}
        except IntegrityError:
            return

    @transaction.atomic
    def load(names):
        for name in names:
            {around}
        Offer.objects.update(name="done")
    """


@pytest.mark.parametrize(
    ("failing", "around", "count"),
    [
        ("Special.objects.create(name=name)", "store(name)", 1),
        ("Special.objects.create(name=name)", "with transaction.atomic():\n                store(name)", 0),
        (
            "Special.objects.create(name=name)",
            "with transaction.atomic():\n                store(name)\n                Offer.objects.count()",
            1,
        ),
        ("Special.objects.update_or_create(name=name)", "store(name)", 0),
    ],
)
def test_an_error_breaks_no_more_than_the_block_with_a_savepoint_around_it(failing: str, around: str, count: int) -> None:
    files = {"shop/models.py": MODELS, "shop/load.py": CAUGHT.format(failing=failing, around=around)}
    assert len(found("TX601", files, ())) == count


LET_GO = """
    from django.contrib.auth.models import Group, User
    from django.db import IntegrityError, transaction
    from shop.models import Offer

    class Special(Offer):
        def save(self, *args, **kwargs):
            {checked}
            super().save(*args, **kwargs)

    @transaction.atomic
    def load(user: User, offer: Offer, group: Group):
        try:
            {failing}
        except {error}:
            pass
        Offer.objects.update(name="done")
    """


@pytest.mark.parametrize(
    ("checked", "failing", "error", "count"),
    [
        ("self.name += '.'", "Special.objects.create(name='a')", "Exception", 1),
        ("self.full_clean()", "Special.objects.create(name='a')", "Exception", 0),  # what is let go is a ValidationError
        ("self.full_clean()", "Special.objects.create(name='a')", "IntegrityError", 1),
        ("pass", "offer.delete()", "Exception", 0),
        ("pass", "offer.delete()", "IntegrityError", 1),
        ("pass", "offer.delete(); offer.save()", "Exception", 1),
        ("pass", "user.groups.add(group)", "IntegrityError", 0),  # a row that is there already is skipped
    ],
)
def test_an_error_handler_for_everything_need_not_be_for_database_errors(
    checked: str, failing: str, error: str, count: int
) -> None:
    code = LET_GO.format(checked=checked, failing=failing, error=error)
    assert len(found("TX601", {"shop/models.py": MODELS, "shop/load.py": code}, ())) == count


SERIALIZED = """
    from django.db import models
    from rest_framework import serializers, viewsets

    class Tag(models.Model):
        name = models.TextField()

    class Tagging(models.Model):
        tag = models.ForeignKey(Tag, on_delete=models.CASCADE)

    class Item(models.Model):
        name = models.TextField()
        tags = models.ManyToManyField(Tag{through})

    class ItemSerializer(serializers.ModelSerializer):
        {declared}
        class Meta:
            model = Item
            fields = "__all__"

    class Items(viewsets.ModelViewSet):
        serializer_class = ItemSerializer
        queryset = Item.objects.all()

        def perform_create(self, serializer):
            serializer.save()
    """


@pytest.mark.parametrize(
    ("through", "declared", "count"),
    [
        ("", "", 1),
        (", through=Tagging", "", 0),  # shown, and never stored
        (", through=Tagging", "tags = serializers.PrimaryKeyRelatedField(many=True, queryset=Tag.objects.all())", 1),
    ],
)
def test_a_serializer_stores_no_relation_with_a_model_of_its_own(through: str, declared: str, count: int) -> None:
    assert len(found("TX106", {"shop/views.py": SERIALIZED.format(through=through, declared=declared)}, ())) == count


# --- what nobody misses, and what nobody calls ---------------------------------------------------------------------------

DELETED = """
    import os
    from pathlib import Path
    from tempfile import NamedTemporaryFile
    from django.db import transaction
    from shop.models import Offer

    @transaction.atomic
    def load(offer: Offer, path, storage):
        offer.save()
        {before}
        {deleting}
    """


@pytest.mark.parametrize(
    ("before", "deleting", "count"),
    [
        ("print(path)", "os.remove(path)", 1),
        ("open(path).read()", "os.remove(path)", 1),
        ("open(path, 'w').write('')", "os.remove(path)", 0),
        ("storage.extract_file(offer.name, path)", "os.remove(path)", 0),
        ("file = NamedTemporaryFile(delete=False); kept = Path(file.name)", "os.remove(kept)", 0),
    ],
)
def test_a_file_of_the_functions_own_making_is_not_missed(before: str, deleting: str, count: int) -> None:
    code = DELETED.format(before=before, deleting=deleting)
    assert len(found("TX302", {"shop/models.py": MODELS, "shop/load.py": code}, ())) == count


THREAD = """
    import socket
    from concurrent.futures import ThreadPoolExecutor
    from django.db.models.signals import post_save
    from django.dispatch import receiver
    from shop.models import Offer

    def probe():
        {work}

    @receiver(post_save, sender=Offer)
    def saved(sender, instance, **kwargs):
        with ThreadPoolExecutor() as executor:
            executor.submit(probe)
    """


@pytest.mark.parametrize(("work", "count"), [("print(len('shop'))", 0), ("print(Offer.objects.first())", 1)])
def test_a_thread_without_queries_does_not_miss_the_commit(work: str, count: int) -> None:
    files = {"shop/models.py": MODELS, "shop/receivers.py": THREAD.format(work=work)}
    assert len(found("TX309", files, ())) == count


COMMENTED = """
    from django.db import transaction
    from django.views import View
    from shop.models import Offer

    # @transaction.atomic
    def close(offer: Offer):
        offer.save()

    class Close(View):
        def post(self, request):
            {call}
    """


@pytest.mark.parametrize(("call", "count"), [("close(Offer())", 1), ("pass", 0)])
def test_a_transaction_switched_off_matters_where_something_calls_the_function(call: str, count: int) -> None:
    files = {"shop/models.py": MODELS, "shop/views.py": COMMENTED.format(call=call)}
    assert len(found("TX107", files, ())) == count


# --- callables -----------------------------------------------------------------------------------------------------------

BACKGROUND = """
    from asgiref.sync import async_to_sync
    from django.core.mail import send_mail
    from django.db.models.signals import post_save
    from django.dispatch import receiver
    from shop.models import Offer

    def aside(func):
        def inner(*args):
            async_to_sync(func)(*args)
        return inner

    async def mail(pk):
        send_mail("subject", str(pk), "from@example.org", ["to@example.org"])

    async def note(pk):
        print(pk)

    def remind():
        aside(mail)(1)

    @receiver(post_save, sender=Offer)
    def saved(sender, instance, **kwargs):
        aside(note)(instance.pk)
    """


def test_of_several_callables_that_are_handed_over_none_is_surely_the_one_that_runs() -> None:
    files = {"shop/models.py": MODELS, "shop/work.py": BACKGROUND}
    assert not found("TX309", files, ())
    alone = BACKGROUND.replace("aside(note)(instance.pk)", "aside(mail)(instance.pk)").replace(
        "async def note", "async def other"
    )
    assert len(found("TX309", {"shop/models.py": MODELS, "shop/work.py": alone}, ())) == 1


# --- settings ------------------------------------------------------------------------------------------------------------

DATABASE = """
    import os

    def config():
        {body}
    """
VIEWS = """
    from django.views import View
    from shop.models import Offer

    class Make(View):
        def post(self, request):
            Offer.objects.create(name="a")
            Offer.objects.create(name="b")
    """


@pytest.mark.parametrize(
    ("body", "atomic"),
    [
        ("return {'NAME': 'shop', 'ATOMIC_REQUESTS': True}", True),
        ("return {'NAME': 'shop', 'ATOMIC_REQUESTS': False}", False),
        ("return {'NAME': 'shop'}", False),
        ("if os.name: return {'ATOMIC_REQUESTS': True}\n        return {'NAME': 'shop'}", None),
    ],
)
def test_a_function_of_the_project_makes_a_database(body: str, atomic: bool | None) -> None:
    files = {
        "shop/models.py": MODELS,
        "shop/views.py": VIEWS,
        "shop/database.py": DATABASE.format(body=body),
        "shop/settings.py": "from shop import database\nDATABASES = {'default': database.config()}\n",
    }
    report = analyse_sources({path: dedent(text).encode() for path, text in files.items()}, (), Config())
    decision = report.analysis.project.settings.atomic("default")
    assert decision is not None
    assert decision.atomic is atomic
