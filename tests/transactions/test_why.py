"""What `txlint why` says about a line."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest

from txlint.config import Config
from txlint.engine import Report, analyse_sources
from txlint.errors import UserError
from txlint.reporters import answer
from txlint.reporters import why as text
from txlint.reporters.view import View
from txlint.transactions.why import Explanation, explain

SHOP = {
    "shop/__init__.py": "",
    "shop/settings.py": 'DATABASES = {"default": {"ENGINE": "postgresql", "ATOMIC_REQUESTS": True}}\n',
    "shop/models.py": """
        from django.db import models

        class Order(models.Model):
            paid = models.BooleanField(default=False)
        """,
    "shop/tasks.py": """
        from celery import shared_task
        from django.db import transaction

        from shop import services

        @shared_task
        def close(pk):
            services.close(pk)

        @shared_task
        @transaction.atomic
        def close_all(pks):
            for pk in pks:
                services.close(pk)
        """,
    "shop/services.py": """
        from django.db import transaction

        from shop.models import Order

        def close(pk):
            order = Order.objects.get(pk=pk)
            order.save()
            transaction.on_commit(
                lambda: order.refresh_from_db()
            )
            with transaction.atomic():
                left = 1
            order.whatever.thing()
        """,
    "shop/views.py": """
        from django.http import HttpResponse

        from shop import services

        def close(request, pk):
            services.close(pk)
            return HttpResponse()
        """,
    "shop/urls.py": """
        from django.urls import path

        from shop import views

        urlpatterns = [path("close/<int:pk>/", views.close)]
        """,
}


def analysed(files: dict[str, str], config: Config = Config()) -> Report:
    return analyse_sources({path: dedent(text).lstrip("\n").encode() for path, text in files.items()}, (), config)


def line_of(files: dict[str, str], path: str, text: str) -> int:
    return next(row for row, line in enumerate(dedent(files[path]).lstrip("\n").splitlines(), 1) if text in line)


def asked(path: str, text: str, files: dict[str, str] = SHOP, config: Config = Config()) -> Explanation:
    return explain(analysed(files, config).analysis, path, line_of(files, path, text))


def test_every_state_is_shown_with_its_way() -> None:
    found = asked("shop/services.py", "order.save()")
    assert found.function == "close"
    by_kind = {(one.status, one.kind): one for one in found.states}
    assert set(by_kind) == {("open", "request"), ("open", "atomic"), ("none", "task")}
    places = [one.location.path for one in by_kind["open", "request"].way]
    assert places == ["shop/settings.py", "shop/views.py", "shop/views.py"]
    [task, call] = by_kind["none", "task"].way
    assert (task.location.path, task.location.row, call.location.row) == ("shop/tasks.py", 7, 8)
    assert "`transaction.atomic` at shop/tasks.py:11" in by_kind["open", "atomic"].message


def test_a_call_says_what_it_was_taken_for_and_by_which_entry() -> None:
    [call] = asked("shop/services.py", "order.save()").calls
    assert call.resolved == ("method `django.db.models.Model.save` of an instance of `shop.models.Order` (shop/models.py:3)",)
    [effect] = call.effects
    assert (effect.kind, effect.family, effect.database, effect.guessed) == ("database-write", "django", "default", False)
    assert effect.origin.startswith("django.toml: django.db.models.Model.")


def test_deferred_work_runs_after_the_commit() -> None:
    [call] = asked("shop/services.py", "transaction.on_commit(").calls
    assert [one.message for one in call.runs] == ["runs `close.<lambda>` after the commit (after the commit)"]
    [inner] = asked("shop/services.py", "lambda:").calls
    assert [(one.status, one.kind) for one in inner.states] == [("none", "after-commit")]


def test_a_request_that_defers_work_is_not_said_to_run_without_a_transaction() -> None:
    requests = {path: text for path, text in SHOP.items() if path != "shop/tasks.py"}
    [state] = asked("shop/services.py", "lambda:", requests).calls[0].states
    assert [one.message for one in state.way] == [
        "view `close`",
        "calls `close`",
        "calls `close.<lambda>` (after the commit)",
    ]


def test_a_line_without_a_call_has_the_blocks_around_it() -> None:
    found = asked("shop/services.py", "left = 1")
    assert not found.calls
    assert [one.message for one in found.opened] == ["`transaction.atomic()` opens: atomic (django); leaving it commits"]
    assert {(one.status, one.kind) for one in found.states} == {("open", "request"), ("open", "atomic")}


def test_a_definition_is_explained_as_a_whole() -> None:
    found = asked("shop/services.py", "def close")
    assert found.does[0].message == "`Order.objects.get`: database-read"
    assert "`order.save`: database-write" in [one.message for one in found.does]
    decorated = asked("shop/tasks.py", "@transaction.atomic")
    assert decorated.function == "close_all"
    assert decorated.entries == ("task by its decorator",)
    assert [one.status for one in decorated.states] == ["open"]


def test_settings_are_named_with_their_place() -> None:
    [note] = asked("shop/views.py", "services.close(pk)").settings
    assert note.location is not None
    assert (note.message, note.location.path) == ("ATOMIC_REQUESTS of database default is on", "shop/settings.py")
    first, *_ = asked("shop/views.py", "services.close(pk)", config=Config(atomic_requests=False)).settings
    assert first.message == "ATOMIC_REQUESTS is False (`atomic-requests` in the configuration)"


def test_undecidable_settings_are_an_unknown_state() -> None:
    files = SHOP | {"shop/settings.py": 'import os\nDATABASES = {"default": {"ATOMIC_REQUESTS": os.environ["A"]}}\n'}
    found = asked("shop/views.py", "services.close(pk)", files)
    assert [(one.status, one.kind) for one in found.states] == [("unknown", "settings")]
    assert found.settings[0].message.endswith("not decidable from the settings; set `atomic-requests` in the configuration")


def test_what_is_not_known_is_said() -> None:
    found = asked("shop/services.py", "order.whatever.thing()")
    assert [one.message for one in found.unknown] == ["`order.whatever.thing`: what it is could not be told"]
    files = {"a.py": "from elsewhere import make\n\nclass Page(make()):\n    def post(self):\n        x = 1\n"}
    assert "base class `make()` of `Page`" in asked("a.py", "x = 1", files).unknown[0].message


def test_a_borrowed_session_has_an_owner() -> None:
    files = {
        "database.py": """
            from sqlalchemy.orm import Session, sessionmaker

            Local = sessionmaker()

            def get_db():
                with Local() as session:
                    yield session
                    session.commit()
            """,
        "orders.py": """
            from sqlalchemy.orm import Session

            def place(db: Session):
                db.commit()
            """,
        "api.py": """
            from fastapi import APIRouter, Depends
            from sqlalchemy.orm import Session

            from database import get_db
            from orders import place

            router = APIRouter()

            @router.post("/orders")
            def create(db: Session = Depends(get_db)):
                place(db)
            """,
    }
    found = asked("orders.py", "db.commit()", files)
    [call] = found.calls
    assert call.session is not None
    assert (call.session.name, call.session.source) == ("db", "parameter")
    assert "`get_db` provides the session and commits it" in call.session.message
    assert [(one.location.path, one.location.row) for one in call.session.owner] == [("api.py", 10), ("api.py", 11)]
    assert all("transaction" not in one.message for one in found.states)


@pytest.mark.parametrize(
    ("path", "line", "words"),
    [
        ("shop/view.py", 3, "did you mean `shop/views.py`?"),
        ("shop/views.py", 999, "the file has 7 lines"),
        ("shop/views.py", 0, "the file has 7 lines"),
    ],
)
def test_a_wrong_place_is_explained(path: str, line: int, words: str) -> None:
    with pytest.raises(UserError, match="^" + path) as caught:
        explain(analysed(SHOP).analysis, path, line)
    assert words in str(caught.value)


def test_a_file_that_could_not_be_analysed_says_why() -> None:
    with pytest.raises(UserError, match="could not be analysed"):
        explain(analysed({"a.py": "def f(:\n"}).analysis, "a.py", 1)


def test_in_a_terminal_and_as_json() -> None:
    report = analysed(SHOP)
    view = View(report, Path("/project"), Path("/project/shop"))
    found = explain(report.analysis, "shop/services.py", line_of(SHOP, "shop/services.py", "order.save()"))
    shown = "".join("".join(part for part, _ in line) + "\n" for line in text.lines(view, found))
    assert shown.startswith("services.py:7 in close  defined at services.py:5\n  order.save()\n\nTransaction here\n")
    assert "  open: the request's transaction (ATOMIC_REQUESTS)\n    1 settings.py:1" in shown
    data = json.loads(answer.document(view, found))
    assert data["location"] == {"filename": "services.py", "row": 5, "column": 5}
    assert {one["kind"] for one in data["states"]} == {"request", "atomic", "task"}
