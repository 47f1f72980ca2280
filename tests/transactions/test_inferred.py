"""What `txlint inspect` says about a project."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest

from tests.test_fixtures import sources
from txlint.cli import main
from txlint.config import Config
from txlint.engine import Report, analyse_sources
from txlint.reporters import inspect as answer
from txlint.reporters.view import View
from txlint.transactions.inferred import Inferred, inferred

FIXTURES = Path(__file__).parents[1] / "fixtures"


def analysed(files: dict[str, str], config: Config = Config()) -> Report:
    return analyse_sources({path: dedent(text).lstrip("\n").encode() for path, text in files.items()}, (), config)


def of(files: dict[str, str], config: Config = Config()) -> Inferred:
    return inferred(analysed(files, config).analysis)


def fixture(name: str) -> Inferred:
    return inferred(analyse_sources(sources(FIXTURES / name), (), Config()).analysis)


def places(evidence: tuple[object, ...]) -> list[str]:
    return [f"{one.location.path}:{one.location.row}" for one in evidence]  # type: ignore[attr-defined]


# --- openers -------------------------------------------------------------------------------------------------------------


def test_context_managers_and_decorators_are_openers() -> None:
    found = {one.name: one for one in fixture("django_project_openers").openers}
    assert {name: one.kind for name, one in found.items()} == {
        "atomic_operation": "decorator",
        "one_unit": "context manager",
        "locked_unit": "decorator",
    }
    [opened] = found["one_unit"].opens
    assert (opened.boundary, opened.family, opened.database, opened.commits) == ("atomic", "django", "<using>", True)
    assert places(opened.evidence) == ["depot/transactions.py:24"]
    assert found["locked_unit"].uses == 1


def test_an_opener_that_uses_another_one_names_both_places() -> None:
    files = {
        "shop/units.py": """
            from contextlib import contextmanager
            from django.db import transaction

            @contextmanager
            def unit():
                with transaction.atomic():
                    yield

            def make_unit():
                return transaction.atomic()

            @contextmanager
            def outer():
                with unit():
                    yield

            def untouched():
                with transaction.atomic():
                    pass
            """
    }
    found = {one.name: one for one in of(files).openers}
    assert {name: one.kind for name, one in found.items()} == {
        "unit": "context manager",
        "make_unit": "factory",
        "outer": "context manager",
    }
    assert places(found["outer"].opens[0].evidence) == ["shop/units.py:14", "shop/units.py:6"]


# --- deferrals and tasks -------------------------------------------------------------------------------------------------


def test_deferrals_say_whether_they_always_wait() -> None:
    found = {one.name: one for one in fixture("quiet_1_deferred_work").deferrals}
    assert {name: (one.kind, one.parameter, one.always) for name, one in found.items()} == {
        "after_commit": ("function", "function", True),
        "runs_after_commit": ("decorator", "", True),
        "send_when_safe": ("function", "task", False),
    }
    assert places(found["send_when_safe"].evidence) == ["shop/deferral.py:23", "shop/deferral.py:25"]


def test_a_function_that_hands_its_callable_on_to_a_deferral_is_one() -> None:
    files = {
        "shop/later.py": """
            from django.db import transaction

            def in_lambda(call, order):
                transaction.on_commit(lambda: call(order))

            def handed_on(work):
                in_lambda(work, 1)

            def about_an_order(order):
                transaction.on_commit(lambda: order.refresh_from_db())
            """
    }
    assert [(one.name, one.parameter) for one in of(files).deferrals] == [("in_lambda", "call"), ("handed_on", "work")]


def test_a_base_class_of_tasks_says_what_waits_for_the_commit() -> None:
    found = fixture("quiet_1_deferred_work")
    [base] = found.tasks
    assert (base.kind, base.name, base.makes, base.tasks) == ("base class", "TaskAfterCommit", "celery.app.task.Task", 1)
    assert [one.message for one in base.evidence] == ["`delay` waits for the commit", "`apply_async` waits for the commit"]
    assert [(one.name, one.parameter) for one in found.dispatchers] == [("send_when_safe", "task")]


def test_a_decorator_that_makes_tasks() -> None:
    files = {
        "shop/queue.py": """
            from celery import shared_task

            def retried(**options):
                return shared_task(autoretry_for=(Exception,), **options)
            """,
        "shop/tasks.py": """
            from shop.queue import retried

            @retried(queue="slow")
            def close(pk):
                pass
            """,
    }
    [maker] = of(files).tasks
    assert (maker.kind, maker.name, maker.tasks, places(maker.evidence)) == ("decorator", "retried", 1, ["shop/queue.py:4"])


# --- sessions ------------------------------------------------------------------------------------------------------------


def test_each_provider_is_judged_by_its_own_evidence() -> None:
    found = fixture("session_scope")
    assert [(one.name, one.kind, one.commits, places(one.evidence)) for one in found.providers] == [
        ("transaction_scope", "context manager", True, ["feeds/scope.py:14"]),
        ("get_db", "generator", False, ["feeds/database.py:12"]),
    ]
    assert found.boundary is not None
    assert (found.boundary.commits, found.boundary.remedy) == (None, "boundary-commits = true  # or false")
    assert not found.openers


def test_a_unit_of_work_commits_where_its_methods_do() -> None:
    work = next(one for one in fixture("session_unit_of_work").providers if one.name == "UnitOfWork")
    assert (work.kind, work.commits) == ("context manager class", True)
    assert places(work.evidence) == ["feeds/work.py:20", "feeds/work.py:26"]


WEB = {
    "shop/web.py": """
        from fastapi import Depends, FastAPI
        from sqlalchemy.orm import Session, sessionmaker

        app, Maker = FastAPI(), sessionmaker()

        def get_db():
            with Maker() as session:
                yield session
                session.commit()

        @app.post("/orders")
        def place(db: Session = Depends(get_db)):
            db.add(1)

        def forgotten(db: Session):
            db.add(2)
        """
}


def test_providers_that_all_commit_decide_for_the_project() -> None:
    found = of(WEB)
    [provider] = found.providers
    assert (provider.kind, provider.commits, provider.uses, places(provider.evidence)) == (
        "dependency",
        True,
        1,
        ["shop/web.py:9"],
    )
    assert found.boundary is not None
    assert found.boundary.commits
    [gap] = found.unknown
    assert [one.row for one in gap.places] == [15]


def test_the_configuration_decides_over_the_providers() -> None:
    boundary = of(WEB, Config(boundary_commits=False)).boundary
    assert boundary is not None
    assert (boundary.commits, "boundary-commits" in boundary.message) == (False, True)


# --- settings, entries and what is missing -------------------------------------------------------------------------------

VIEWS = {
    "shop/urls.py": "from django.urls import path\nfrom shop import views\nurlpatterns = [path('a/', views.a)]\n",
    "shop/views.py": "from django.db import transaction\ndef a(request):\n    with transaction.atomic():\n        pass\n",
}


@pytest.mark.parametrize(
    ("value", "atomic", "remedy"),
    [("True", True, ""), ("False", False, ""), ("decide()", None, "atomic-requests = true  # or false")],
)
def test_settings_decide_about_requests_or_the_configuration_must(value: str, atomic: bool | None, remedy: str) -> None:
    settings = f'DATABASES = {{"default": {{"ATOMIC_REQUESTS": {value}}}}}\n'
    [decision] = of({**VIEWS, "shop/settings.py": settings}).requests
    assert (decision.database, decision.atomic, decision.remedy) == ("default", atomic, remedy)
    assert decision.location is not None
    assert decision.location.path == "shop/settings.py"


def test_without_settings_the_configuration_line_is_offered() -> None:
    [decision] = of(VIEWS).requests
    assert (decision.atomic, decision.remedy) == (None, "atomic-requests = true  # or false")
    [decision] = of(VIEWS, Config(atomic_requests=True)).requests
    assert (decision.atomic, decision.remedy) == (True, "")


def test_entries_are_counted_and_unknown_bases_named() -> None:
    files = {
        **VIEWS,
        "shop/admin.py": "from nowhere import Base\nclass Place(Base):\n    def post(self, request):\n        pass\n",
    }
    found = of(files)
    assert [(one.kind, one.functions, one.files) for one in found.entries] == [("view", 1, 1)]
    [gap] = found.unknown
    assert "nowhere.Base" in gap.message
    assert [(one.path, one.row) for one in gap.places] == [("shop/admin.py", 2)]


# --- the command ---------------------------------------------------------------------------------------------------------


def test_nothing_is_wider_than_the_terminal_where_it_can_be_wrapped() -> None:
    report = analyse_sources(sources(FIXTURES / "quiet_1_deferred_work"), (), Config())
    view = View(report, Path("/project"), Path("/project"))
    for width in (60, 80, 120):
        shown = ["".join(text for text, _ in line) for line in answer.lines(view, inferred(report.analysis), width)]
        assert max(map(len, shown)) <= width
    assert "  send_when_safe  function, used once" in shown


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "other").mkdir()
    for name, text in {**WEB, "other/unit.py": WEB["shop/web.py"]}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(dedent(text))
    monkeypatch.chdir(tmp_path)
    assert main(["inspect", "--no-cache", "--jobs", "1"]) == 0
    assert "Session providers: 2" in capsys.readouterr().out
    assert main(["inspect", "shop", "--no-cache", "--jobs", "1", "--output-format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [one["location"] for one in data["providers"]] == [{"filename": "shop/web.py", "row": 7, "column": 5}]
    assert data["boundary"]["commits"] is True
