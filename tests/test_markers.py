"""Comments of intent: what they mean, what they allow, and what is said of those that mean nothing."""

from __future__ import annotations

from textwrap import dedent

import pytest

from txlint.config import Config
from txlint.engine import analyse_sources
from txlint.findings import Confidence, Finding
from txlint.rulepack import builtin_pack, load_pack

RULES = load_pack(builtin_pack())
MODELS = b"""
from django.db import models


class Order(models.Model):
    state = models.CharField(max_length=10)
"""
TASK = """
    from celery import shared_task
    from shop.models import Order

    @shared_task
    def close_orders(numbers):{beside}
        {inside}
        Order.objects.create(state="1")
        Order.objects.create(state="2")
"""


def found(work: str) -> list[Finding]:
    sources = {"shop/__init__.py": b"", "shop/models.py": MODELS, "shop/work.py": dedent(work).encode()}
    config = Config(min_confidence=Confidence.LOW)  # What a loop or task writes without a common row is possibly meant so.
    return [one for one in analyse_sources(sources, RULES, config).findings if one.location.path == "shop/work.py"]


def codes(findings: list[Finding]) -> list[str]:
    return [one.code for one in findings if one.suppressed is None]


def test_without_a_marker_the_task_is_reported() -> None:
    assert codes(found(TASK.format(beside="", inside="pass"))) == ["TX504"]


@pytest.mark.parametrize(
    "where",
    [
        {"beside": "  # txlint: no-transaction-needed each order stands alone", "inside": "pass"},
        {"beside": "", "inside": "# txlint: no-transaction-needed each order stands alone"},
    ],
    ids=lambda one: "beside" if one["beside"] else "inside",
)
def test_a_marker_allows_what_its_rules_find_in_the_function_and_says_why(where: dict[str, str]) -> None:
    [finding] = found(TASK.format(**where))
    assert finding.suppressed == "ignore comment: no-transaction-needed: each order stands alone"


def test_a_marker_above_the_decorators_means_the_function_below() -> None:
    work = dedent(TASK.format(beside="", inside="pass")).replace("@shared", "# txlint: no-transaction-needed alone\n@shared")
    assert codes(found(work)) == []


def test_a_marker_without_a_reason_allows_nothing() -> None:
    reported = found(TASK.format(beside="  # txlint: no-transaction-needed", inside="pass"))
    assert sorted(codes(reported)) == ["TX002", "TX504"]
    assert "say why" in next(one.message for one in reported if one.code == "TX002")


def test_a_marker_with_a_reason_that_is_to_be_written_allows_nothing() -> None:
    reported = found(TASK.format(beside="  # txlint: no-transaction-needed TODO", inside="pass"))
    assert sorted(codes(reported)) == ["TX002", "TX504"]
    assert "`TODO` is no reason; say why" in next(one.message for one in reported if one.code == "TX002")


def test_a_marker_that_allows_nothing_is_reported() -> None:
    [finding] = found("def f():  # txlint: idempotent the key is given\n    return 1\n")
    assert (finding.code, finding.suppressed) == ("TX001", None)
    assert "`idempotent`" in finding.message


def test_a_marker_beside_all_functions_is_reported() -> None:
    [finding] = found("# txlint: idempotent the key is given\nX = 1\n")
    assert "stands in no function" in finding.message


def test_a_misspelt_marker_is_named() -> None:
    [finding] = found("def f():  # txlint: idempotemt the key is given\n    return 1\n")
    assert "did you mean `idempotent`" in finding.message


LOOP = """
    from celery import shared_task
    from shop.models import Order

    @shared_task
    def close_orders(numbers):
        for number in numbers:{first}
            Order.objects.create(state=number)
        for number in numbers:{second}
            Order.objects.create(state=number)
"""


def test_progress_is_stated_of_a_loop() -> None:
    stated = "  # txlint: partial-progress every order stands alone"
    assert codes(found(LOOP.format(first="", second=""))) == ["TX504"]
    assert codes(found(LOOP.format(first=stated, second=""))) == []
    assert sorted(codes(found(LOOP.format(first="", second=stated)))) == ["TX001", "TX504"]
