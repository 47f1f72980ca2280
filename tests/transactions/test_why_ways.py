"""The ways to a line that `txlint why` finds: who runs it, through what, and who commits what it does."""

from __future__ import annotations

from textwrap import dedent

import pytest

from txlint.config import Config
from txlint.engine import analyse_sources
from txlint.transactions.why import Explanation, explain

MODELS = "from django.db import models\n\nclass Row(models.Model):\n    name = models.TextField()\n"


def answer(files: dict[str, str], path: str, mark: str) -> Explanation:
    """What is known about the first line of a file that contains `mark`."""
    sources = {name: dedent(text).lstrip("\n") for name, text in files.items()}
    report = analyse_sources({name: text.encode() for name, text in sources.items()}, (), Config())
    row = next(row for row, line in enumerate(sources[path].splitlines(), start=1) if mark in line)
    assert report.analysis is not None
    return explain(report.analysis, path, row)


def ways(found: Explanation) -> str:
    return "\n".join(f"{one.message}\n" + "\n".join(step.message for step in one.way) for one in found.states)


def test_a_manager_of_the_project_runs_what_its_model_overrides() -> None:
    log = """
        from django.db import models

        class LogManager(models.Manager):
            def note(self, text):
                return self.create(text=text)

        class Log(models.Model):
            text = models.TextField()
            objects = LogManager()

            def save(self, *args, **kwargs):
                super().save(*args, **kwargs)
        """
    task = """
        from celery import shared_task
        from app.models import Log

        @shared_task
        def note():
            Log.objects.note("x")
        """
    found = answer({"app/__init__.py": "", "app/models.py": log, "app/tasks.py": task}, "app/models.py", "super().save")
    assert "calls `LogManager.note`\ncalls `Log.save` (override of save)" in ways(found)


def test_a_manager_made_of_a_queryset_holds_rows_of_its_model() -> None:
    files = {
        "app/__init__.py": "",
        "app/models.py": """
        from django.db import models

        class Rows(models.QuerySet):
            pass

        class Source(models.Model):
            objects = Rows.as_manager()

            def sync(self):
                self.save()
        """,
        "app/tasks.py": """
        from celery import shared_task
        from app.models import Source

        @shared_task
        def sync(pk):
            Source.objects.get(pk=pk).sync()
        """,
    }
    assert "task `sync`: a worker runs it outside any transaction\ncalls `Source.sync`" in ways(
        answer(files, "app/models.py", "self.save")
    )


def test_a_class_method_calls_those_of_the_classes_below() -> None:
    files = {
        "app/__init__.py": "",
        "app/models.py": MODELS,
        "app/mutations.py": """
        import graphene
        from app.models import Row

        class BaseMutation(graphene.Mutation):
            @classmethod
            def mutate(cls, root, info, **data):
                return cls.perform(info, **data)

            @classmethod
            def perform(cls, info, **data):
                return None

        class Rename(BaseMutation):
            @classmethod
            def perform(cls, info, **data):
                Row.objects.create(name="x")
        """,
    }
    assert "view `BaseMutation.mutate`: runs outside any transaction\ncalls `Rename.perform`" in ways(
        answer(files, "app/mutations.py", "Row.objects.create")
    )


def test_what_is_made_and_returned_says_more_than_the_annotation() -> None:
    files = {
        "app/__init__.py": "",
        "app/repos.py": """
        from sqlalchemy.orm import Session

        class Repo:
            def __init__(self, session: Session):
                self.session = session

            def create(self, row):
                self.session.add(row)

        class Cookbooks(Repo):
            def create(self, row):
                self.session.add_all([row])

        class Repos:
            def __init__(self, session: Session):
                self.session = session

            @property
            def tokens(self) -> Repo:
                return Repo(self.session)
        """,
        "app/api.py": """
        from fastapi import FastAPI
        from app.repos import Repos

        app = FastAPI()

        @app.post("/")
        def create(row, repos: Repos):
            repos.tokens.create(row)
        """,
    }
    assert "create" in ways(answer(files, "app/repos.py", "self.session.add(row)"))
    assert "view" not in ways(answer(files, "app/repos.py", "add_all"))


def test_a_method_of_a_view_that_takes_the_request_is_one() -> None:
    files = {
        "app/__init__.py": "",
        "app/models.py": MODELS,
        "app/settings.py": 'DATABASES = {"default": {"ATOMIC_REQUESTS": True}}\n',
        "app/viewsets.py": """
        from django.views import View
        from app.models import Row

        class ViewSet(View):
            def dispatch(self, request, *args, **kwargs):
                return getattr(self, self.action_map[request.method.lower()])(request, *args, **kwargs)

        class RowViewSet(ViewSet):
            def promote(self, request, pk):
                Row.objects.create(name="promoted")

            def names(self, prefix):
                Row.objects.create(name=prefix)
        """,
    }
    assert "RowViewSet.promote` runs in the request's transaction" in ways(answer(files, "app/viewsets.py", '"promoted"'))
    assert "of which no call was found in the project" in ways(answer(files, "app/viewsets.py", "name=prefix"))


def test_a_decorator_that_another_one_applies_has_its_place() -> None:
    view = """
        from django.db.transaction import atomic
        from django.utils.decorators import method_decorator
        from django.views import View
        from app.models import Row

        class Import(View):
            @method_decorator(atomic)
            def post(self, request):
                Row.objects.create(name="x")
        """
    found = answer({"app/__init__.py": "", "app/models.py": MODELS, "app/views.py": view}, "app/views.py", "Row.objects")
    assert found.states[0].message == "open: `atomic` at app/views.py:7"


def test_who_commits_a_borrowed_session() -> None:
    files = {
        "app/__init__.py": "",
        "app/db.py": """
        from functools import wraps
        from flask_sqlalchemy import SQLAlchemy

        db = SQLAlchemy()

        def transactional(func):
            @wraps(func)
            def commit_or_rollback(*args, **kwargs):
                try:
                    result = func(*args, **kwargs)
                    db.session.commit()
                    return result
                except Exception:
                    db.session.rollback()
                    raise
            return commit_or_rollback
        """,
        "app/dao.py": """
        from app.db import db, transactional

        @transactional
        def save(row):
            db.session.add(row)
        """,
        "app/cli.py": """
        import click
        from sqlalchemy.orm import Session

        def create(session: Session, row):
            session.add(row)

        def delete(session: Session, row):
            session.delete(row)

        def replace(session: Session, row):
            delete(session, row)
            session.commit()

        @click.command()
        def main(session: Session):
            create(session, 1)
            session.commit()
        """,
    }
    decorated = answer(files, "app/dao.py", "db.session.add").calls[0].session
    assert decorated is not None and "the decorator `transactional` of `save` commits it" in decorated.message
    replaced = answer(files, "app/cli.py", "session.delete").calls[0].session
    assert replaced is not None and "`replace` commits it afterwards, by `session.commit`" in replaced.message
    called = answer(files, "app/cli.py", "session.add").calls[0].session
    assert called is not None and "`main` commits it afterwards, by `session.commit`" in called.message


def test_decorators_of_the_project_that_register() -> None:
    files = {
        "app/__init__.py": "",
        "app/registry.py": """
        import functools
        import click
        import venusian

        @click.group()
        def bulk():
            pass

        class bulk_command:
            def __init__(self, name=None):
                self.name = name

            def __call__(self, func):
                @click.command(name=self.name)
                @functools.wraps(func)
                def wrapper(*args, **kwargs):
                    return func(*args, **kwargs)
                bulk.add_command(wrapper)
                return wrapper

        def task(**options):
            def deco(wrapped):
                def callback(scanner, name, wrapped):
                    celery_app = scanner.config.registry["celery.app"]
                    celery_app.task(**options)(wrapped)
                venusian.attach(wrapped, callback)
                return wrapped
            return deco

        class Scheduler:
            def add(self, job):
                def decorator(func):
                    job.do(self.pool.apply_async, func)
                return decorator

        scheduler = Scheduler()
        """,
        "app/work.py": """
        from celery import Celery
        from schedule import every
        from slack_bolt import App
        from sqlalchemy.orm import Session
        from app.registry import bulk_command, scheduler, task

        app = App()

        @bulk_command(name="rebuild")
        def rebuild(session: Session):
            session.add("command")

        @task(ignore_result=True)
        def analyse(session: Session):
            session.add("task")

        @scheduler.add(every().monday)
        def weekly(session: Session):
            session.add("job")

        @app.view("submit")
        def submit(session: Session):
            session.add("consumer")
        """,
    }
    assert "command `rebuild`" in ways(answer(files, "app/work.py", '"command"'))
    assert "task `analyse`" in ways(answer(files, "app/work.py", 'add("task")'))
    assert "task `weekly`" in ways(answer(files, "app/work.py", '"job"'))
    assert "event-handler `submit`" in ways(answer(files, "app/work.py", '"consumer"'))


def test_sessions_of_a_transaction_manager_and_interfaces() -> None:
    files = {
        "app/__init__.py": "",
        "app/db.py": """
        import zope.sqlalchemy
        from sqlalchemy.orm import sessionmaker

        Session = sessionmaker()

        def create_session(request):
            session = Session()
            zope.sqlalchemy.register(session, transaction_manager=request.tm)
            return session
        """,
        "app/services.py": """
        from sqlalchemy.orm import Session
        from zope.interface import Interface, implementer

        class IRows(Interface):
            def put(row):
                pass

        @implementer(IRows)
        class Rows:
            def put(self, row):
                self.db.add(row)

        @implementer(IRows)
        class NoRows:
            def put(self, row):
                pass
        """,
        "app/views.py": """
        from pyramid.view import view_config
        from app.services import IRows

        @view_config(route_name="put")
        def put(request):
            rows = request.find_service(IRows)
            rows.put(request.POST["row"])
        """,
    }
    found = answer(files, "app/services.py", "self.db.add")
    assert "view `put`\ncalls `Rows.put`" in ways(found)
    session = found.calls[0].session
    assert session is not None and "sessions belong to a transaction manager (app/db.py:8)" in session.message


def test_generic_views_of_vanilla() -> None:
    files = {
        "app/__init__.py": "",
        "app/models.py": MODELS,
        "app/forms.py": """
        from django import forms
        from app.models import Row

        class RowForm(forms.ModelForm):
            class Meta:
                model = Row

            def save(self, commit=True):
                return super().save(commit)
        """,
        "app/views.py": """
        from vanilla import UpdateView
        from app.forms import RowForm

        class RowUpdate(UpdateView):
            form_class = RowForm
        """,
    }
    assert "view `RowForm.save`" in ways(answer(files, "app/forms.py", "super().save"))


def test_databases_that_a_function_makes() -> None:
    def decided(body: str) -> str:
        files = {
            "app/__init__.py": "",
            "app/models.py": MODELS,
            "app/custom.py": f"def databases():\n    return {body}\n",
            "app/settings.py": "from app.custom import databases\nDATABASES = databases()\n",
            "app/urls.py": "from django.urls import path\nfrom app.views import put\nurlpatterns = [path('', put)]\n",
            "app/views.py": "from app.models import Row\n\ndef put(request):\n    Row.objects.create()\n",
        }
        return "\n".join(one.message for one in answer(files, "app/views.py", "Row.objects").settings)

    assert "is off" in decided('{"default": {"ENGINE": "sqlite"}}')
    assert "not decidable" in decided('{"default": {"ATOMIC_REQUESTS": flag()}}')


def test_a_way_that_begins_nowhere_says_so() -> None:
    files = {
        "app/__init__.py": "",
        "app/models.py": MODELS,
        "app/lost.py": "from app.models import Row\n\ndef lost():\n    Row().save()\n",
    }
    found = answer(files, "app/lost.py", "save")
    message = "none known: the way begins in `lost`, of which no call was found in the project"
    assert [one.message for one in found.states] == [message]


def test_a_signal_that_is_sent_by_hand_reaches_the_receivers_of_its_sender() -> None:
    files = {
        "app/__init__.py": "",
        "app/models.py": MODELS + "\n\nclass Other(models.Model):\n    name = models.TextField()\n",
        "app/receivers.py": """
        from django.db.models.signals import post_save
        from django.dispatch import receiver
        from app.models import Other, Row

        @receiver(post_save, sender=Row)
        def of_rows(sender, instance, **kwargs):
            Row.objects.create(name="row")

        @receiver(post_save, sender=Other)
        def of_others(sender, instance, **kwargs):
            Row.objects.create(name="other")
        """,
        "app/tasks.py": """
        from celery import shared_task
        from django.db.models.signals import post_save
        from app.models import Row

        @shared_task
        def tell(row):
            post_save.send(sender=Row, instance=row)

        @shared_task
        def tell_all(row, model):
            post_save.send(sender=model, instance=row)
        """,
    }
    assert [step.message for step in answer(files, "app/tasks.py", "sender=Row").calls[0].runs] == [
        "runs `of_rows` now (receiver of post_save)"
    ]
    assert [step.message for step in answer(files, "app/tasks.py", "sender=model").calls[0].runs] == [
        "runs `of_rows` now (receiver of post_save), a guess",
        "runs `of_others` now (receiver of post_save), a guess",
    ]


def test_what_stands_in_for_a_serializer_of_many() -> None:
    files = {
        "app/__init__.py": "",
        "app/models.py": MODELS,
        "app/serializers.py": """
        from rest_framework import serializers
        from app.models import Row

        class Rows(serializers.ListSerializer):
            def save(self, **kwargs):
                Row.objects.create(name="many")

        class RowSerializer(serializers.ModelSerializer):
            class Meta:
                model = Row
                list_serializer_class = Rows
        """,
        "app/views.py": """
        from rest_framework.decorators import api_view
        from app.serializers import RowSerializer

        @api_view(["POST"])
        def put(request):
            rows = RowSerializer(data=request.data, many=True)
            rows.save()
        """,
    }
    assert "view `put`: runs outside any transaction\ncalls `Rows.save`" in ways(answer(files, "app/serializers.py", '"many"'))


def test_a_list_of_classes_and_what_a_given_callable_finds() -> None:
    files = {
        "app/__init__.py": "",
        "app/models.py": MODELS + "\n    def fork(self):\n        Row.objects.create(name='fork')\n\n    @classmethod\n"
        "    def find(cls, pk):\n        return cls.objects.get(pk=pk)\n",
        "app/events.py": """
        from celery import shared_task
        from app.models import Row

        class Handler:
            @classmethod
            def handle(cls, data):
                raise NotImplementedError

        class Install(Handler):
            @classmethod
            def handle(cls, data):
                Row.objects.create(name="install")

            @classmethod
            def find(cls, pk):
                return cls()

            def fork(self):
                Row.objects.create(name="other")

        class Events:
            HANDLERS: list[type[Handler]] = [Install]

            def run(self, data):
                for one in self.HANDLERS:
                    self._exec(one.handle, data)

            def _exec(self, handle, data):
                handle(data)

        def get_or_404(find, *args):
            found = find(*args)
            return found

        @shared_task
        def listen(data):
            Events().run(data)

        @shared_task
        def fork(pk):
            get_or_404(Row.find, pk).fork()

        @shared_task
        def other(pk):
            get_or_404(Install.find, pk).fork()
        """,
    }
    assert "task `other`: a worker runs it outside any transaction\ncalls `Install.fork`" in ways(
        answer(files, "app/events.py", '"other"')
    )
    assert "task `fork`" not in ways(answer(files, "app/events.py", '"other"'))
    assert "calls `Events._exec`\ncalls `Install.handle`" in ways(answer(files, "app/events.py", '"install"'))
    assert "task `fork`: a worker runs it outside any transaction\ncalls `Row.fork`" in ways(
        answer(files, "app/models.py", "'fork'")
    )


def test_what_a_class_method_makes_may_be_of_a_class_below() -> None:
    files = {
        "app/__init__.py": "",
        "app/models.py": MODELS,
        "app/jobs.py": """
        from celery import shared_task
        from app.models import Row

        class Job:
            @classmethod
            def handle(cls):
                cls().run()

            def run(self):
                raise NotImplementedError

        class Sync(Job):
            def run(self):
                Row.objects.create(name="sync")

        @shared_task
        def work():
            Job.handle()
        """,
    }
    assert "calls `Job.handle`\ncalls `Sync.run`" in ways(answer(files, "app/jobs.py", '"sync"'))


SCOPES = """
    from contextlib import contextmanager
    from sqlalchemy import create_engine
    from sqlalchemy.orm import sessionmaker

    class Driver:
        def __init__(self):
            self.make = sessionmaker(bind=create_engine("postgresql:///shop"))

        {property}
        @contextmanager
        def scope(self):
            session = self.make()
            try:
                yield session
                session.commit()
            except Exception:
                session.rollback()
                raise
            finally:
                session.close()

        def store(self, row):
            with self.scope{called} as session:
                session.add(row)
    """


@pytest.mark.parametrize(("prop", "called"), [("", "()"), ("@property", "")])
def test_a_scope_of_the_project_commits_when_it_is_left(prop: str, called: str) -> None:
    source = SCOPES.replace("{property}", prop).replace("{called}", called)
    [call] = answer({"shop/driver.py": source}, "shop/driver.py", "session.add(row)").calls
    assert call.session is not None
    row = next(row for row, line in enumerate(dedent(source).lstrip("\n").splitlines(), 1) if "session.commit()" in line)
    assert call.session.message == f"made for this function: `scope{called}` commits when it is left (shop/driver.py:{row})"


KEPT = """
    from contextlib import contextmanager
    from django.db import transaction
    from sqlalchemy import create_engine
    from sqlalchemy.orm import scoped_session, sessionmaker

    SESSION = scoped_session(sessionmaker(bind=create_engine("postgresql:///shop")))

    def get_session():
        return SESSION

    class Work:
        @property
        @contextmanager
        def block(self):
            with transaction.atomic():
                yield

        def run(self, order):
            session = get_session()
            with self.block:
                order.touch()

            def store():
                session.add(order)
            store()
    """


def test_a_property_opens_what_its_context_manager_does() -> None:
    [state] = answer({"shop/work.py": KEPT}, "shop/work.py", "order.touch()").states
    assert (state.status, state.kind) == ("open", "atomic")


def test_a_session_of_everybody_is_known_in_a_function_inside() -> None:
    [call] = answer({"shop/work.py": KEPT}, "shop/work.py", "session.add(order)").calls
    assert call.session is not None
    assert (call.session.source, call.session.message.partition(";")[0]) == (
        "global",
        "the one that `get_session` keeps for everybody",
    )


def test_all_starts_that_lead_to_a_state_are_named() -> None:
    tasks = """
        from celery import shared_task
        from django.db import transaction
        from app.models import Row

        def store(name, quiet=False):
            if not quiet:
                Row.objects.create(name=name)

        def change(name):
            with transaction.atomic():
                store(name)

        @shared_task
        def one():
            store("one")

        @shared_task
        def two():
            store("two")

        @shared_task
        def three():
            change("three")

        @shared_task
        def four():
            change("four")

        @shared_task
        def nothing():
            store("nothing", quiet=True)
        """
    found = answer({"app/__init__.py": "", "app/models.py": MODELS, "app/tasks.py": tasks}, "app/tasks.py", "objects.create")
    starts = {one.status: (one.way[0].message.partition(":")[0], [step.message for step in one.also]) for one in found.states}
    assert starts == {"none": ("task `one`", ["task `two`"]), "open": ("task `three`", ["task `four`"])}


def test_a_cast_to_anything_says_nothing() -> None:
    tasks = """
        from typing import Any, cast
        from celery import shared_task

        @shared_task
        def one():
            pass

        def send():
            cast(Any, one).delay()
        """
    found = answer({"app/__init__.py": "", "app/tasks.py": tasks}, "app/tasks.py", "cast(Any")
    assert [effect.kind for call in found.calls for effect in call.effects] == ["enqueue"]


def test_a_provider_of_a_constructor_commits() -> None:
    shop = """
        from fastapi import Depends, FastAPI
        from sqlalchemy.orm import Session, sessionmaker

        Made = sessionmaker()
        app = FastAPI()

        def get_session():
            with Made() as session:
                with session.begin():
                    yield session

        class Orders:
            def __init__(self, session: Session = Depends(get_session)):
                self.session = session

            def add(self, order):
                self.session.add(order)

        @app.post("/")
        def place(orders: Orders = Depends()):
            orders.add(1)
        """
    found = answer({"shop.py": shop}, "shop.py", "self.session.add")
    [call] = found.calls
    assert call.session is not None
    assert "`get_session` provides the session and commits it" in call.session.message


def test_a_local_proxy_is_what_its_function_gives() -> None:
    shop = """
        from sqlalchemy import create_engine
        from flask import Flask
        from werkzeug.local import LocalProxy

        def get_connection():
            return create_engine("postgresql:///shop").connect()

        connection = LocalProxy(get_connection)

        def store():
            connection.commit()
        """
    found = answer({"shop.py": shop}, "shop.py", "connection.commit")
    assert [effect.kind for call in found.calls for effect in call.effects] == ["commit"]


def test_a_change_of_a_relation_runs_the_receivers_of_its_table() -> None:
    models = """
        from django.db import models
        from django.db.models.signals import m2m_changed
        from django.dispatch import receiver

        class Buyer(models.Model):
            number = models.IntegerField()

        class Order(models.Model):
            buyers = models.ManyToManyField(Buyer)
            payers = models.ManyToManyField(Buyer, related_name="paid")

        @receiver(m2m_changed, sender=Order.buyers.through)
        def count(instance, **kwargs):
            instance.save()
        """
    tasks = """
        from celery import shared_task
        from app.models import Order

        @shared_task
        def one(buyer):
            order = Order.objects.get(pk=1)
            order.buyers.add(buyer)

        @shared_task
        def two(buyer):
            order = Order.objects.get(pk=1)
            order.payers.add(buyer)
        """
    files = {"app/__init__.py": "", "app/models.py": models, "app/tasks.py": tasks}
    found = answer(files, "app/models.py", "instance.save")
    assert "task `one`" in ways(found)
    assert "task `two`" not in ways(found)


def test_a_function_that_a_class_holds_takes_no_object() -> None:
    tasks = """
        from celery import shared_task
        from app.models import Row

        class Logic:
            @classmethod
            def take(cls, row):
                cls.settle(row)

            def settle(row):
                row.save()

        @shared_task
        def one(pk):
            Logic.take(Row.objects.get(pk=pk))
        """
    found = answer({"app/__init__.py": "", "app/models.py": MODELS, "app/tasks.py": tasks}, "app/tasks.py", "row.save")
    assert [effect.kind for call in found.calls for effect in call.effects] == ["database-write"]


@pytest.mark.parametrize(("other", "said"), [("True", "the request's transaction"), ("False", "the settings do not say")])
def test_a_database_that_two_branches_make_says_what_both_say(other: str, said: str) -> None:
    settings = f"""
        import os

        if os.getenv("DB"):
            main = {{"ENGINE": os.getenv("DB"), "ATOMIC_REQUESTS": {other}}}
        else:
            main = {{"ENGINE": "django.db.backends.sqlite3", "ATOMIC_REQUESTS": True}}
        DATABASES = {{"default": main}}
        """
    views = """
        from django.views import View
        from app.models import Row

        class Add(View):
            def post(self, request):
                Row.objects.create()
        """
    files = {"app/__init__.py": "", "app/models.py": MODELS, "app/settings.py": settings, "app/views.py": views}
    assert said in ways(answer(files, "app/views.py", "objects.create"))
