"""The ways to a line that lead through a framework or over a name that is only written as text."""

from __future__ import annotations

import pytest

from tests.transactions.test_why_ways import answer, ways

MODELS = """
    from django.db import models
    from django.db.models.signals import post_delete, post_save
    from django.dispatch import receiver

    class Order(models.Model):
        number = models.TextField()

        def save(self, *args, **kwargs):
            self.number = "saved"
            super().save(*args, **kwargs)

    class Item(models.Model):
        order = models.ForeignKey(Order, on_delete=models.CASCADE)

    @receiver(post_save, sender=Item)
    def item_saved(sender, instance, **kwargs):
        print("item saved")

    @receiver(post_delete, sender=Order)
    def order_deleted(sender, instance, **kwargs):
        print("order deleted")

    @receiver(post_save)
    def anything_saved(sender, instance, **kwargs):
        print("anything saved")
    """
ADMIN = """
    from django.contrib import admin
    from shop.models import Item, Order

    class ItemInline(admin.TabularInline):
        model = Item

    {register}
    class OrderAdmin(admin.ModelAdmin):
        inlines = [ItemInline]
    {after}
    """
CALLED = "admin.site.register(Order, OrderAdmin)"


@pytest.mark.parametrize(("register", "after"), [("@admin.register(Order)", ""), ("", CALLED)])
@pytest.mark.parametrize(
    ("mark", "state"),
    [
        ('"saved"', "open: ModelAdmin runs save_model in a transaction"),
        ("item saved", "open: ModelAdmin runs save_formset in a transaction"),
        ("order deleted", "open: ModelAdmin runs delete_model in a transaction"),
        ("order deleted", "open: a transaction that the call which leads here opens itself"),
    ],
)
def test_an_admin_runs_what_its_models_override_and_who_hears_of_them(register: str, after: str, mark: str, state: str) -> None:
    admin = ADMIN.format(register=register, after=after)
    found = answer({"shop/__init__.py": "", "shop/models.py": MODELS, "shop/admin.py": admin}, "shop/models.py", mark)
    assert state in ways(found)


def test_a_model_of_another_package_is_heard_of_by_those_who_hear_of_all() -> None:
    command = """
        from django.contrib.auth.models import User
        from django.core.management.base import BaseCommand

        class Command(BaseCommand):
            def handle(self, **options):
                User.objects.create(username="x")
        """
    files = {"shop/__init__.py": "", "shop/models.py": MODELS, "shop/command.py": command}
    assert "calls `anything_saved` (receiver of post_save)" in ways(answer(files, "shop/models.py", "anything saved"))
    assert "calls `item_saved`" not in ways(answer(files, "shop/models.py", "item saved"))


def test_models_of_a_migration_have_no_methods() -> None:
    migration = """
        from django.db import migrations

        def forwards(apps, schema_editor):
            apps.get_model("shop", "Order")(number="1").save()

        def backwards(apps, schema_editor):
            print("back")

        class Migration(migrations.Migration):
            operations = [migrations.RunPython(forwards, backwards)]
        """
    files = {"shop/__init__.py": "", "shop/models.py": MODELS, "shop/migrations/__init__.py": ""}
    files["shop/migrations/0002_number.py"] = migration
    assert "forwards" not in ways(answer(files, "shop/models.py", '"saved"'))
    assert "migration" in "".join(answer(files, "shop/migrations/0002_number.py", "print").entries)


VIEWS = """
    from rest_framework import serializers, viewsets
    from shop.models import Order

    class OrderSerializer(serializers.ModelSerializer):
        class Meta:
            model = Order

        def create(self, validated_data):
            return print("created")

        def update(self, instance, validated_data):
            return print("updated")

    class OrderViewSet(viewsets.ModelViewSet):
        queryset = Order.objects.all()
        serializer_class = OrderSerializer

        def get_serializer_class(self):
            return versions(self.serializer_class.__name__)

        def perform_create(self, serializer):
            serializer.save()

        def perform_update(self, serializer):
            serializer.save()
    """


def test_a_viewset_creates_or_updates_and_deletes() -> None:
    files = {"shop/__init__.py": "", "shop/models.py": MODELS, "shop/views.py": VIEWS}
    created, updated = (answer(files, "shop/views.py", mark) for mark in ('"created"', '"updated"'))
    assert "`OrderViewSet.perform_create`: runs outside any transaction\ncalls `OrderSerializer.create`" in ways(created)
    assert "perform_update" not in ways(created)
    assert "`OrderViewSet.perform_update`: runs outside any transaction\ncalls `OrderSerializer.update`" in ways(updated)
    assert "view OrderViewSet, receiver of post_delete" in answer(files, "shop/models.py", "order deleted").entries


NAMED = """
    from django.contrib.auth.models import User

    class Ldap:
        def authenticate(self, request, username=None):
            return User.objects.get_or_create(username=username)

    def give_groups(user, **kwargs):
        user.groups.clear()

    class Middle:
        def __init__(self, get_response):
            self.get_response = get_response

        def __call__(self, request):
            print("asked")
    """
SETTINGS = """
    AUTHENTICATION_BACKENDS = ["shop.auth.Ldap"]
    SOCIAL_AUTH_PIPELINE = ("social_core.pipeline.social_auth.social_user", "shop.auth.give_groups")
    MIDDLEWARE = ["shop.auth.Middle"]
    """


@pytest.mark.parametrize(
    ("mark", "entry"),
    [
        ("get_or_create", "framework-hook that the setting AUTHENTICATION_BACKENDS names"),
        ("groups.clear", "framework-hook that the setting SOCIAL_AUTH_PIPELINE names"),
        ('"asked"', "middleware that the setting MIDDLEWARE names"),
    ],
)
def test_what_the_settings_name_is_run_by_the_framework(mark: str, entry: str) -> None:
    files = {"shop/__init__.py": "", "shop/auth.py": NAMED, "shop/settings.py": SETTINGS}
    assert entry in answer(files, "shop/auth.py", mark).entries


def test_what_a_setting_names_is_imported() -> None:
    search = """
        from django.conf import settings
        from django.db.models.signals import post_save
        from django.utils.module_loading import import_string

        class Search:
            def keep(self, sender, instance, **kwargs):
                print("kept")

        search = import_string(settings.SEARCH)()
        post_save.connect(search.keep)
        """
    settings = 'import os\nSEARCH = os.environ.get("SEARCH", "shop.search.Search")\n'
    files = {"shop/__init__.py": "", "shop/search.py": search, "shop/settings.py": settings}
    assert "receiver of post_save" in answer(files, "shop/search.py", "kept").entries


def test_a_queue_is_told_the_name_of_what_it_runs() -> None:
    files = {
        "app/__init__.py": "",
        "app/worker.py": "async def rebuild(ctx):\n    print('rebuilt')\n",
        "app/send.py": """
        import arq

        async def send():
            redis = await arq.create_pool()
            await redis.enqueue_job("rebuild")
        """,
    }
    assert answer(files, "app/worker.py", "rebuilt").entries == ("task that is sent by its name",)


def test_resolvers_of_queries_are_views() -> None:
    schema = """
        import graphene

        class Query(graphene.ObjectType):
            def resolve_orders(self, info):
                print("asked")
        """
    assert answer({"shop/schema.py": schema}, "shop/schema.py", "asked").entries == ("view Query.resolve_orders",)


def test_an_action_of_an_admin_is_about_its_models() -> None:
    admin = """
        from django.contrib import admin
        from shop.models import Order

        @admin.register(Order)
        class OrderAdmin(admin.ModelAdmin):
            actions = ["store"]

            def store(self, request, chosen):
                for one in chosen:
                    one.save()
        """
    found = answer({"shop/__init__.py": "", "shop/models.py": MODELS, "shop/admin.py": admin}, "shop/models.py", '"saved"')
    assert "admin action `OrderAdmin.store`\ncalls `Order.save`" in ways(found)


def test_an_actor_of_an_object_runs_what_calling_it_does() -> None:
    tasks = """
        import dramatiq

        class Base:
            def __call__(self, key):
                self.run(key)

        class Tidy(Base):
            def run(self, key):
                print("tidied")

        tidy = dramatiq.actor(Tidy())
        """
    found = answer({"app/tasks.py": tasks}, "app/tasks.py", "tidied")
    assert "task `Base.__call__`\ncalls `Tidy.run`" in ways(found)


def test_views_of_a_configurator() -> None:
    views = """
        class Controller:
            def show(self, context, request):
                print("shown")

            def bind(self, configurator):
                import pyramid
                configurator.add_view(self.show, route_name="show")
        """
    assert answer({"app/views.py": views}, "app/views.py", "shown").entries == ("view registered in app/views.py",)


def test_a_way_that_begins_in_a_test_says_so() -> None:
    test = "from app.code import work\n\n\ndef test_it():\n    work()\n"
    files = {"app/__init__.py": "", "app/code.py": "def work():\n    print('x')\n", "app/checks.py": test}
    assert "the way begins in a test, `test_it`" in ways(answer(files, "app/code.py", "print"))


def test_a_model_that_is_registered_without_a_class_has_the_frameworks_own() -> None:
    admin = "from django.contrib import admin\nfrom shop.models import Order\n\nadmin.site.register(Order)\n"
    found = answer({"shop/__init__.py": "", "shop/models.py": MODELS, "shop/admin.py": admin}, "shop/models.py", '"saved"')
    assert "open: ModelAdmin runs save_model in a transaction" in ways(found)


def test_a_mixin_of_updates_is_no_mixin_of_creations() -> None:
    views = VIEWS.replace("viewsets.ModelViewSet", "mixins.CreateModelMixin, mixins.UpdateModelMixin, viewsets.GenericViewSet")
    views = views[: views.index("        def perform_create")].replace("import serializers,", "import mixins, serializers,")
    found = answer({"shop/__init__.py": "", "shop/models.py": MODELS, "shop/views.py": views}, "shop/views.py", '"updated"')
    assert found.entries == ("view OrderViewSet, hook of save",)


def test_a_command_is_called_by_its_name() -> None:
    files = {
        "shop/__init__.py": "",
        "shop/management/__init__.py": "",
        "shop/management/commands/__init__.py": "",
        "shop/management/commands/tidy_up.py": """
        from django.core.management.base import BaseCommand

        class Command(BaseCommand):
            def handle(self, **options):
                print("tidied")
        """,
        "shop/tasks.py": """
        from celery import shared_task
        from django.core.management import call_command

        @shared_task
        def tidy():
            call_command("tidy_up", "--all")
        """,
    }
    found = answer(files, "shop/management/commands/tidy_up.py", "tidied")
    assert "task `tidy`: a worker runs it outside any transaction\ncalls `Command.handle`" in ways(found)


def test_an_action_that_is_looked_up_by_its_name_is_a_guess() -> None:
    files = {
        "app/__init__.py": "",
        "app/action.py": "def order_close(context):\n    print('closed')\n",
        "app/auth.py": "def order_close(context):\n    return True\n",
        "app/views.py": """
        from elsewhere import get_action

        def close(context):
            get_action("order_close")(context)
        """,
    }
    found = answer(files, "app/action.py", "closed")
    assert "`close`\ncalls `order_close`" in ways(found)
    assert [one.message for one in found.unknown] == ["that this runs `order_close` is a guess"]


def test_handlers_of_tornado() -> None:
    handlers = """
        from tornado import web

        class Base(web.RequestHandler):
            pass

        class Users(Base):
            def post(self):
                print("posted")
        """
    assert answer({"app/handlers.py": handlers}, "app/handlers.py", "posted").entries == ("view Users.post",)


TASKS = """
    from celery import shared_task

    def run_now(work):
        return work()

    def run(factory):
        return run_now(factory)

    def first():
        print("first")

    def second():
        print("second")

    @shared_task
    def first_task():
        run(lambda: first())

    @shared_task
    def second_task():
        run(lambda: second())
    """


def test_what_is_handed_over_is_run_for_the_one_who_hands_it_over() -> None:
    first, second = (ways(answer({"app/tasks.py": TASKS}, "app/tasks.py", mark)) for mark in ('"first"', '"second"'))
    assert "task `first_task`" in first and "second_task" not in first
    assert "task `second_task`" in second and "first_task" not in second


SESSIONS = """
    from flask import Flask
    from sqlalchemy.orm import Session, scoped_session, sessionmaker

    app = Flask(__name__)
    SESSION: Session = scoped_session(sessionmaker())

    def get_session() -> Session:
        return SESSION

    class Row:
        @classmethod
        def commit(cls):
            SESSION.commit()

    def keep():
        session: Session = get_session()
        session.add(1)

    def remove(model: type[Row], db: Session):
        db.execute("DELETE FROM rows")
        model.commit()

    @app.route("/")
    def home():
        SESSION.add(2)

    @app.teardown_request
    def done(error):
        SESSION.commit()
    """


@pytest.mark.parametrize(
    ("mark", "message"),
    [
        ("session.add(1)", "the one that `get_session` keeps for everybody"),
        ("db.execute", "given by the caller, committed by this function in line 21, by `model.commit`"),
        ("SESSION.add(2)", "shared by the whole module; `done` commits the session when the request is over (app/db.py:29)"),
    ],
)
def test_who_commits_a_session_that_is_shared(mark: str, message: str) -> None:
    found = answer({"app/db.py": SESSIONS}, "app/db.py", mark)
    session = next(one.session for one in found.calls if one.session is not None)
    assert session.message.startswith(message)


def test_forms_of_an_admin_and_of_its_inlines_are_saved_in_its_transaction() -> None:
    admin = """
        from django import forms
        from django.contrib import admin
        from shop.models import Item, Order

        class ItemForm(forms.ModelForm):
            def save(self, commit=True):
                print("item form")

        class OrderForm(forms.ModelForm):
            def save(self, commit=True):
                print("order form")

        class ItemInline(admin.TabularInline):
            model = Item
            form = ItemForm

        @admin.register(Order)
        class OrderAdmin(admin.ModelAdmin):
            form = OrderForm
            inlines = [ItemInline]
        """
    files = {"shop/__init__.py": "", "shop/models.py": MODELS, "shop/admin.py": admin}
    for mark in ("item form", "order form"):
        assert "runs save in a transaction" in ways(answer(files, "shop/admin.py", mark))


def test_a_listener_that_a_decorator_is_called_with() -> None:
    listeners = """
        from slack_bolt import App

        app = App()

        def answer(event):
            print("answered")

        app.event("message")(answer)
        """
    found = answer({"app/listeners.py": listeners}, "app/listeners.py", "answered")
    assert found.entries == ("event-handler by its decorator",)


def test_tools_of_a_language_model_and_views_of_a_blueprint_that_is_not_analysed() -> None:
    tools = """
        from elsewhere import v2_blueprint
        from flask import Flask
        from fastmcp import FastMCP

        mcp = FastMCP("x")

        @mcp.tool()
        async def rename():
            print("renamed")

        @v2_blueprint.route("/show")
        def show():
            print("shown")
        """
    files = {"app/tools.py": tools}
    assert answer(files, "app/tools.py", "renamed").entries == ("event-handler by its decorator",)
    assert answer(files, "app/tools.py", "shown").entries == ("view by its decorator",)


def test_a_task_decorator_that_is_a_class() -> None:
    tasks = """
        from functools import wraps
        from celery import shared_task

        class retried:
            def __init__(self, *args, **kwargs):
                self.kwargs = kwargs

            def __call__(self, func):
                @wraps(func)
                def inner(*args):
                    return func(*args)

                return shared_task(**self.kwargs)(inner)

        @retried(name="store")
        def store():
            print("stored")
        """
    assert "task by its decorator" in answer({"app/tasks.py": tasks}, "app/tasks.py", "stored").entries


POOLED = """
    from django.db import transaction
    from elsewhere import pool

    def pooled(work):
        def wrapper(*args):
            return pool.do(lambda connection: work(connection, *args))
        return wrapper

    @pooled
    def store(connection, row):
        row.save()

    def view(request):
        with transaction.atomic():
            store(request.user)
    """


def test_a_decorator_that_hands_the_function_to_a_stranger_runs_it_at_an_unknown_time() -> None:
    [state] = answer({"app/views.py": POOLED}, "app/views.py", "row.save()").states
    assert (state.status, state.kind) == ("unknown", "callback")


WORKER = """
    from threading import Thread
    from django.db import models, transaction

    class Row(models.Model):
        pass

    class Worker(Thread):
        def run(self):
            Row.objects.create()

    def view(request):
        with transaction.atomic():
            workers = [Worker() for _ in range(2)]
            for one in workers:
                one.start()
    """


def test_what_a_thread_of_the_project_runs_is_outside_of_the_transaction_that_starts_it() -> None:
    [state] = answer({"app/views.py": WORKER}, "app/views.py", "Row.objects.create()").states
    assert (state.status, state.kind) == ("none", "thread")
    assert "calls `Worker.run` (in another thread)" in [step.message for step in state.way]


REFUSING = """
    from django.db import models
    from rest_framework import serializers, viewsets
    from rest_framework.response import Response

    class Row(models.Model):
        name = models.TextField()

    class RowSerializer(serializers.ModelSerializer):
        class Meta:
            model = Row
            fields = ["name"]

        def save(self, **kwargs):
            return super().save(**kwargs)

    class Refusing:
        def create(self, request, *args, **kwargs):
            {body}

        def update(self, request, *args, **kwargs):
            return Response(status=405)

    class RowViewSet(Refusing, viewsets.ModelViewSet):
        queryset = Row.objects.all()
        serializer_class = RowSerializer
    """


@pytest.mark.parametrize(
    ("body", "entered"), [("return Response(status=405)", False), ("return super().create(request, *args, **kwargs)", True)]
)
def test_what_a_framework_would_run_for_a_method_that_is_overridden(body: str, entered: bool) -> None:
    source = REFUSING.replace("{body}", body)
    found = answer({"app/views.py": source}, "app/views.py", "super().save(**kwargs)")
    assert any(one.kind == "view" for one in found.states) is entered


FOREIGN = """
    from elsewhere import Resource, shelve

    class Page(Resource):
        def render_page(self, request):
            return super().render_page(request)

    def pack(row):
        row.save()

    shelve(pack)
    """


def test_super_of_a_class_that_is_not_known_is_not_the_method_itself() -> None:
    calls = answer({"app/pages.py": FOREIGN}, "app/pages.py", "super().render_page").calls
    assert [one.runs for one in calls] == [(), ()]


def test_a_function_that_is_handed_to_a_stranger_is_said_to_be() -> None:
    found = answer({"app/pages.py": FOREIGN}, "app/pages.py", "row.save()")
    assert "`pack` is handed to `shelve`; whether and when that runs it is not known" in [one.message for one in found.unknown]
