"""The status of each operation, as a careful reader of the code would give it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from textwrap import dedent

import msgspec
import pytest

from txlint.audit.coverage import Audit, measure
from txlint.audit.unresolved import entries
from txlint.config import Config
from txlint.engine import analyse_sources
from txlint.frameworks.catalog import Framework
from txlint.rulepack import builtin_pack, load_pack

FIXTURES = Path(__file__).parent.parent / "fixtures"
RULES = load_pack(builtin_pack())


def audited(files: dict[str, str], config: Config = Config()) -> Audit:
    report = analyse_sources({path: dedent(text).lstrip("\n").encode() for path, text in files.items()}, RULES, config)
    return measure(report.analysis, report.findings)


def statuses(found: Audit) -> dict[str, str]:
    return {one.name: f"{one.operation.category} {one.verdict.status}{'!' * bool(one.unsound)}" for one in found.judged}


def of_fixture(name: str) -> dict[str, str]:
    project = FIXTURES / name
    return statuses(audited({file.relative_to(project).as_posix(): file.read_text() for file in project.rglob("*.py")}))


MODELS = """
    from django.db import models

    class Order(models.Model):
        paid = models.BooleanField(default=False)

    class Line(models.Model):
        order = models.ForeignKey(Order, models.CASCADE)
    """


def in_tasks(body: str, config: Config = Config(), **more: str) -> dict[str, str]:
    head = (
        "from celery import shared_task\nfrom django.db import transaction\nfrom contextlib import nullcontext\n"
        "from shop.models import Line, Order\n\n"
    )
    files = {"shop/__init__.py": "", "shop/models.py": MODELS, "shop/tasks.py": head + dedent(body).lstrip("\n")}
    return statuses(audited(files | {f"shop/{name}.py": text for name, text in more.items()}, config))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("Order.objects.count()", "exempt:read-only"),
        ("order.save()", "exempt:single"),
        ("other.delay()", "exempt:dispatch-only"),
        ("order.save()\n    line.save()", "uncovered"),
        ("for line in Line.objects.all():\n        line.save()", "uncovered"),
        ("with transaction.atomic():\n        order.save()\n        line.save()", "covered:own"),
        ("with transaction.atomic():\n        order.save()\n        line.save()\n    order.delete()", "partial"),
        ("with transaction.atomic():\n        order.save()\n    with transaction.atomic():\n        line.save()", "partial"),
        ("if order.paid:\n        order.save()\n    else:\n        line.save()", "exempt:single"),
        ("with transaction.atomic() if order.paid else nullcontext():\n        order.save()\n        line.save()", "unknown"),
        (
            "for line in [line]:\n        with transaction.atomic():\n            order.save()\n            line.save()",
            "covered:own",
        ),
        ("order.save()\n    line.save(using='archive')", "exempt:pattern"),
        ("list(Order.objects.select_for_update())", "uncovered"),
        ("order.stranger.save()", "unknown"),
        ("order.save()\n    order.stranger.save()", "unknown"),
        ("with transaction.atomic(using='archive'):\n        order.save()\n        line.save()", "uncovered"),
    ],
)
def test_a_task(body: str, status: str) -> None:
    other = "@shared_task\ndef other():\n    pass\n\n"
    found = in_tasks(f"{other}@shared_task\ndef close(order: Order, line: Line):\n    {body}\n")
    assert found["close"] == f"task {status}"


def test_decorated_tasks_and_what_they_call() -> None:
    body = """
        def settle(order: Order, line: Line):
            order.save()
            line.save()

        def settle_everywhere(order: Order, line: Line):
            order.save()
            line.save()

        @shared_task
        @transaction.atomic
        def close(order: Order, line: Line):
            settle(order, line)
            settle_everywhere(order, line)

        @shared_task
        def reopen(order: Order, line: Line):
            settle_everywhere(order, line)
        """
    assert in_tasks(body) == {
        "settle": "service covered:caller",
        "settle_everywhere": "service mixed",
        "close": "task covered:own",
        "reopen": "task uncovered",
    }


def test_a_comment_with_a_reason_declares_an_operation_exempt() -> None:
    body = """
        @shared_task
        def close(order: Order, line: Line):
            order.save()  # txlint: ignore[ALL] the line is repaired by the next run
            line.save()
        """
    assert in_tasks(body) == {"close": "task uncovered"}  # ALL is no rule that a comment can name
    named = in_tasks(body.replace("[ALL]", "[task-multi-write-without-atomic]"))
    assert named == {"close": "task exempt:declared"}


def test_requests_by_the_settings() -> None:
    assert of_fixture("django_atomic_requests") == {
        "LoanViewSet.give_back": "handler exempt:single",
        "lend": "handler covered:request!",
        "lend_book": "service covered:request!",
        "send_letter": "task exempt:read-only",
        "fine_late_loans": "task uncovered",
        "give_back": "handler exempt:single",
        "remind": "handler exempt:dispatch-only",
    }


def test_settings_that_cannot_be_read_leave_views_unknown() -> None:
    view = "from shop.models import Line, Order\n\ndef close(request):\n    Order.objects.create()\n    Line.objects.create()\n"
    files = {
        "shop/settings.py": 'import os\nDATABASES = {"default": {"ATOMIC_REQUESTS": os.environ["A"]}}\n',
        "shop/models.py": MODELS,
        "shop/views.py": view,
        "shop/urls.py": 'from django.urls import path\nfrom shop import views\nurlpatterns = [path("", views.close)]\n',
        "shop/__init__.py": "",
    }
    assert statuses(audited(files)) == {"close": "handler unknown"}
    assert statuses(audited(files, Config(atomic_requests=True))) == {"close": "handler covered:request"}


def test_hooks_count_and_the_base_class_that_calls_them_does_not() -> None:
    found = of_fixture("django_forms_atomic")
    assert {name: status for name, status in found.items() if name.endswith("handle_valid_form")} == {
        "SupplierView.handle_valid_form": "handler covered:own",
        "PermitView.handle_valid_form": "handler covered:own!",
        "DetailsView.handle_valid_form": "handler covered:own",
        "OrderView.handle_valid_form": "handler covered:own",
    }
    assert "RecordView.post" not in found
    before = of_fixture("django_forms_unprotected")
    assert {status for name, status in before.items() if name.endswith("handle_valid_form")} == {"handler uncovered"}


def test_receivers_depend_on_their_senders() -> None:
    found = of_fixture("django_receivers")
    assert found["add_badge"] == "receiver mixed"


@pytest.mark.parametrize(
    ("fixture", "expected"),
    [
        (
            "session_repositories_commit",
            {"FeedRepository.create": "repository uncovered", "FeedService.register": "repository partial"},
        ),
        (
            "session_services_commit",
            {
                "FeedRepository.create": "repository covered:deferred",
                "FeedService.register": "repository covered:own",
                "add_feed": "handler covered:own",
            },
        ),
        (
            "session_unit_of_work",
            {"FeedRepository.create": "repository covered:deferred"},
        ),
        (
            "session_scope",
            {"FeedRepository.retire": "repository uncovered", "RunRepository.create": "repository covered:deferred"},
        ),
        (
            "session_claim_and_files",
            {"SourceFileRepository.claim": "repository exempt:pattern", "read_feed": "task covered:own"},
        ),
        (
            "quiet_7_commits_that_are_right",
            {"claim_free_room": "repository exempt:pattern", "pay": "handler covered:framework"},
        ),
    ],
)
def test_sessions(fixture: str, expected: dict[str, str]) -> None:
    found = of_fixture(fixture)
    assert {name: found.get(name) for name in expected} == expected


def test_a_class_from_outside_that_nothing_is_known_of_is_no_reading() -> None:
    body = """
        from vendor.models import Token

        @shared_task
        def renew(user):
            Token.issued.create(user=user)

        @shared_task
        def guessed(user):
            Token.objects.create(user=user)

        @shared_task
        def harmless(user):
            Order.objects.get_or_create(user=user)
        """
    found = in_tasks(body)
    assert found == {"renew": "task unknown", "guessed": "task exempt:single", "harmless": "task exempt:pattern"}


def test_the_entry_for_a_class_from_outside_tells_it() -> None:
    files = {
        "shop/__init__.py": "",
        "shop/tasks.py": """
            from celery import shared_task
            from django.db import transaction
            from vendor.models import Token

            @shared_task
            def renew(user):
                with transaction.atomic():
                    Token.issued.create(user=user)
            """,
    }
    [one] = audited(files).unresolved
    assert one.full_name == "vendor.models.Token.issued.create"
    table = tomllib.loads(entries([one]))["tool"]["txlint"]["catalogue"]
    told = audited(files, Config(catalogue=msgspec.convert({"imports": []} | table, Framework)))
    assert (told.unresolved, told.judged[0].verdict.steps) == ((), 1)
