"""Thresholds, comparisons, the history, apps, and the entries that an audit offers."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
import pytest

from tests.audit.test_coverage import report
from tests.audit.test_statuses import MODELS, RULES, audited
from txlint.audit import history
from txlint.audit.apps import Apps
from txlint.audit.comparison import Change, compared, statuses, tally
from txlint.audit.coverage import Audit, measure
from txlint.audit.figures import Figures
from txlint.audit.suspects import suspects, unjudged
from txlint.audit.thresholds import Thresholds, missed, parsed
from txlint.audit.unresolved import entries
from txlint.config import Config
from txlint.errors import UserError
from txlint.frameworks.catalog import Framework


@pytest.fixture(scope="module")
def forms() -> Audit:
    found = report("django_forms_atomic")  # 5/5 covered, 4/5 sound
    return measure(found.analysis, found.findings)


@pytest.mark.parametrize(
    ("coverage", "sound", "unknown", "sentences"),
    [
        ({"all": 100}, {"all": 80}, {"all": 0}, []),
        ({}, {"all": 80.1}, {}, ["sound coverage of the project is 4/5 (80 %); fail-under-sound is 80.1 %"]),
        ({}, {"handler": 100}, {}, ["sound coverage of `handler` is 3/4; fail-under-sound is 100 %"]),
        ({"harbour": 100, "task": 100}, {"harbour/views.py": 80}, {"handler": 0}, []),
    ],
)
def test_thresholds(
    forms: Audit, coverage: dict[str, float], sound: dict[str, float], unknown: dict[str, float], sentences: list[str]
) -> None:
    assert list(missed(forms, Thresholds(coverage, sound, unknown))) == sentences


def test_a_threshold_trusts_no_interval() -> None:
    body = (
        "from celery import shared_task\nfrom shop.models import Order\n\n@shared_task\ndef close(order):\n    order.save()\n"
    )
    found = audited({"shop/__init__.py": "", "shop/models.py": MODELS, "shop/tasks.py": body})
    assert str(found.total.coverage) == "n/a"
    [sentence] = missed(found, Thresholds({"all": 1}, {}, {}))
    assert sentence == "coverage of the project is 0/1, every one of 1 unknown counted as uncovered; fail-under is 1 %"
    assert missed(found, Thresholds({}, {}, {"all": 0})) == ("1 of 1 operations of the project are unknown; max-unknown is 0",)


@pytest.mark.parametrize(("group", "words"), [("tsk", "did you mean `task`?"), ("harbor", "did you mean `harbour`?")])
def test_a_threshold_about_nothing_is_a_mistake(forms: Audit, group: str, words: str) -> None:
    with pytest.raises(UserError, match="neither a category nor a folder") as caught:
        missed(forms, Thresholds({group: 1}, {}, {}))
    assert words in str(caught.value)


def test_limits_on_the_command_line() -> None:
    assert parsed("--fail-under", ["80", "task=90", "shop/billing/=100"]) == {"all": 80, "task": 90, "shop/billing": 100}
    with pytest.raises(UserError, match="--fail-under task=x: no number"):
        parsed("--fail-under", ["task=x"])
    with pytest.raises(UserError, match="name a number from 0 to 100"):
        missed(Audit((), (), None, None), Thresholds({"all": 101}, {}, {}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after", "arrow", "kind"),
    [
        ("uncovered", "covered:own", "↑", "covered"),
        ("covered:own", "mixed", "↓", "uncovered"),
        ("covered:own", "covered:own!", "↓", "unsound"),
        ("covered:own!", "covered:own", "↑", "covered"),
        ("covered:own", "unknown", "↓", "unknown"),
        ("uncovered", "exempt:declared", "↑", "exempt"),
        ("covered:own", "exempt:single", "→", "exempt"),
        ("covered:own", "covered:caller", "→", "same"),
        ("", "partial", "+", "uncovered"),
        ("partial", "", "-", "removed"),
    ],
)
def test_changes(before: str, after: str, arrow: str, kind: str) -> None:
    one = Change("shop/tasks.py:close:task", before, after)
    assert (one.arrow, one.kind) == (arrow, kind)


def test_what_was_touched_is_listed_though_its_status_is_the_same() -> None:
    same = {"a": "uncovered", "b": "partial"}
    assert compared(same, same) == ()
    assert [one.identity for one in compared(same, same, {"b"})] == ["b"]
    assert tally(compared({"a": "uncovered"}, {"a": "covered:own", "c": "unknown"}))["covered"] == 1


def test_operations_of_one_name_are_told_apart(forms: Audit) -> None:
    twice = Audit(forms.judged * 2, (), forms.units, forms.reached)
    assert len(statuses(twice)) == 2 * len(forms.judged)


def test_history_remembers_what_every_operation_was(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    for covered, now in (
        (0, {"a": "uncovered", "b": "unknown"}),
        (1, {"a": "covered:own", "b": "unknown"}),
        (1, {"a": "covered:own"}),
    ):
        runs = history.read(file)
        total = Figures(covered=covered, uncovered=1 - covered)
        history.append(file, history.next_run(runs, total, now, "2026-01-01T00:00:00Z", "abc"))
    runs = history.read(file)
    assert [run.changes for run in runs] == [
        {"a": ("", "uncovered"), "b": ("", "unknown")},
        {"a": ("uncovered", "covered:own")},
        {"b": ("unknown", "")},
    ]
    assert history.sparkline(runs) == "▁██"
    assert history.changes_since(runs, {"a": "mixed"}) == (Change("a", "covered:own", "mixed"),)


def test_a_damaged_history_is_neither_read_nor_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    file.write_text('{"date": 1}\n')
    with pytest.raises(UserError, match=r"history.jsonl:1: no line of a history"):
        history.read(file)
    assert file.read_text() == '{"date": 1}\n'


def test_a_history_without_its_last_newline_goes_on_in_a_new_line(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    run = history.next_run((), Figures(), {}, "2026-01-01T00:00:00Z", "abc")
    file.write_bytes(msgspec.json.encode(run))
    history.append(file, run)
    assert history.read(file) == (run, run)


def test_apps_are_the_folders_below_the_one_that_holds_the_most() -> None:
    apps = Apps([*(f"server/shop/{app}/views.py" for app in ("orders", "stock", "users") for _ in range(4)), "scripts/x.py"])
    places = ("server/shop/orders/api/views.py", "server/shop/main.py", "scripts/x.py", "setup.py")
    assert [apps.of(one) for one in places] == ["server/shop/orders", "server/shop", "scripts", "."]
    assert Apps(["shop/orders/views.py", "shop/orders/api/x.py"], {"shop/orders"}).of("shop/orders/api/x.py") == "shop/orders"


def test_the_entry_that_is_offered_tells_the_callee() -> None:
    files = {
        "shop/__init__.py": "",
        "shop/models.py": MODELS,
        "shop/tasks.py": """
            from celery import shared_task
            from django.db import transaction
            from shop.models import Order

            @shared_task
            def close(node):
                with transaction.atomic():
                    Order.objects.create()
                    node.save()
            """,
    }
    [one] = audited(files).unresolved
    assert (one.callee, one.nameable) == ("node.save", True)
    table = tomllib.loads(entries([one]))["tool"]["txlint"]["catalogue"]
    told = audited(files, Config(catalogue=msgspec.convert({"imports": []} | table, Framework)))
    assert told.unresolved == ()
    assert told.judged[0].verdict.steps == 2


def test_suspects_say_which_rules_did_not_run() -> None:
    found = report("django_failure_log")
    codes = {rule.code for rule in RULES}
    every = {one.key: one for one in suspects(found.findings, codes)}
    assert [finding.code for finding in every["lost-logs"].findings][:1] == ["TX603"]
    assert not suspects(found.findings, codes - {"TX603"})[2].asked
    assert unjudged(codes, codes - {"TX301"}) == ("TX301",)
