"""Fixes are made on the original bytes, proved on the whole project, and dropped where they do not hold."""

from __future__ import annotations

import dataclasses

import pytest
from msgspec.structs import replace

from tests.fixing_projects import RULES, analysed, fixed
from txlint.api import Analysis, Repair, Violation, rule
from txlint.blame import blamed
from txlint.config import Config
from txlint.engine import changed
from txlint.findings import Applicability, Edit, Fix
from txlint.fixing.edits import applied, collide
from txlint.locations import Location

MODELS = b"from django.db import models\n\n\nclass Order(models.Model):\n    pass\n"
TASKS = b"from celery import shared_task\n\n\n@shared_task\ndef notify(pk):\n    pass\n"
VIEWS = """\
from django.db import transaction
from shop.models import Order
from shop.tasks import notify


def place(request):
    with transaction.atomic():
        order = Order.objects.create()
        notify.delay(order.pk)
"""
HANDED_OVER = b"""\
from functools import partial
from django.db import transaction
from shop.tasks import notify


def remind(pk):
    transaction.on_commit(partial(notify.delay, pk))
"""
URLS = b"from django.urls import path\nfrom shop import views\n\nurlpatterns = [path('', views.place)]\n"


def project(views: str | bytes) -> dict[str, bytes]:
    text = views.encode() if isinstance(views, str) else views
    known = {"shop/models.py": MODELS, "shop/tasks.py": TASKS, "shop/reminders.py": HANDED_OVER}
    return known | {"shop/urls.py": URLS, "shop/views.py": text}


def after(views: str | bytes, *, unsafe: bool = True) -> bytes:
    return fixed(project(views), unsafe=unsafe)[1]["shop/views.py"]


def test_a_dispatch_is_handed_over_with_its_arguments_bound() -> None:
    expected = VIEWS.replace("notify.delay(order.pk)", "transaction.on_commit(partial(notify.delay, order.pk))")
    assert after(VIEWS, unsafe=False).decode() == "from functools import partial\n\n" + expected


def test_a_deferral_is_safe_only_where_tests_cannot_miss_the_call() -> None:
    views = {"shop/views.py"}
    assert set(fixed(project(VIEWS), unsafe=False)[0].texts) == views
    nothing_waits = {path: text for path, text in project(VIEWS).items() if path != "shop/reminders.py"}
    assert not fixed(nothing_waits, unsafe=False)[0].texts
    other = {"shop/tests/test_shop.py": b"from shop.models import Order\n"}
    assert set(fixed(project(VIEWS) | other, unsafe=False)[0].texts) == views
    for text in (b"from shop.tasks import notify\n", b"with patch('shop.views.notify.delay'): pass\n", b"place(None)\n"):
        assert not fixed(project(VIEWS) | {"shop/tests/test_shop.py": text}, unsafe=False)[0].texts
        assert set(fixed(project(VIEWS) | {"shop/tests/test_shop.py": text})[0].texts) == views
    mail = VIEWS.replace("shop.tasks import notify", "django.core.mail import send_mail").replace(
        "notify.delay(order.pk)", "send_mail('a', 'b', 'c', ['d'])"
    )
    assert not fixed(project(mail), unsafe=False)[0].texts and set(fixed(project(mail))[0].texts) == views


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: b"# -*- coding: latin-1 -*-\n# caf\xe9\n" + text,
        lambda text: text.rstrip(b"\n"),
        lambda text: text + b"\n\nx = 'caf\xc3\xa9'   # kept \t\n\x0c\n",
    ],
    ids=["crlf", "bom", "latin-1", "no newline at the end", "unusual space"],
)
def test_all_other_bytes_stay_as_they_are(change) -> None:  # type: ignore[no-untyped-def]
    before = change(VIEWS.encode())
    newline = b"\r\n" if b"\r\n" in before else b"\n"
    expected = before.replace(b"notify.delay(order.pk)", b"transaction.on_commit(partial(notify.delay, order.pk))").replace(
        b"from django.db", b"from functools import partial" + newline * 2 + b"from django.db", 1
    )
    assert after(before) == expected


def test_a_name_that_means_something_else_is_not_taken() -> None:
    text = VIEWS.replace("def place(request):", "def place(request, partial=None):")
    assert b"import functools\n" in after(text)
    assert b"functools.partial(notify.delay, order.pk)" in after(text)


def test_no_fix_where_an_error_always_follows() -> None:
    text = VIEWS + "        raise ValueError\n"
    assert after(text) == text.encode()


def test_no_fix_where_the_result_is_used() -> None:
    text = VIEWS.replace("notify.delay", "sent = notify.delay")
    assert after(text) == text.encode()


def test_only_what_is_in_focus_is_changed() -> None:
    files = project(VIEWS)
    done, texts = fixed(files, focus=frozenset({"shop/models.py"}))
    assert texts == files and not done.fixed


def test_edits_that_overlap_wait_for_the_next_round() -> None:
    first, second = Edit("a", 0, 4, "x"), Edit("a", 3, 5, "y")
    assert collide(first, second) and not collide(first, Edit("a", 4, 5, "y")) and not collide(first, Edit("b", 0, 4, "x"))
    assert collide(Edit("a", 2, 2, "x"), Edit("a", 2, 2, "y")) and not collide(Edit("a", 2, 2, "x"), Edit("a", 2, 2, "x"))
    assert applied(b"0123456", (Edit("a", 5, 6, "z"), first, first)) == b"x4z6"


# --- fixes that do harm, by a rule of our own ----------------------------------------------------------------------------


def _rule(*edits: Edit) -> tuple[object, ...]:
    @rule("TX999")
    def shouting(analysis: Analysis):  # type: ignore[no-untyped-def]
        for path, module in analysis.project.modules.items():
            for func in module.functions:
                if func.record.name.startswith("shout"):
                    made = Repair("whisper", Applicability.SAFE, lambda _: edits)
                    yield Violation(Location(path, func.record.line), func.record.name, "loud", "whisper", fix=made)

    return (dataclasses.replace(shouting, name="shouting"),)


@pytest.mark.parametrize(
    ("edits", "reason"),
    [
        ((), "changes nothing"),
        ((Edit("a.py", 4, 9, "("),), "no valid Python"),
        ((Edit("a.py", 0, 0, "x = 1\n"),), "still be there"),
        ((Edit("a.py", 4, 9, "quiet"), Edit("b.py", 0, 0, "def shout_b(): pass\n")), "TX999 would be found"),
    ],
)
def test_a_fix_that_does_not_hold_is_refused_whole(edits: tuple[Edit, ...], reason: str) -> None:
    from pathlib import Path

    from txlint.engine import Request, analyse_sources
    from txlint.repair import repaired

    rules = _rule(*edits)
    report = analyse_sources({"a.py": b"def shout(): pass\n", "b.py": b"x = 1\n"}, rules)  # type: ignore[arg-type]
    done = repaired(report, rules, Request(Path(), Config()))  # type: ignore[arg-type]
    assert not done.texts and not done.fixed
    assert [reason in one.reason for one in done.refused] == [True]


def test_one_bad_fix_does_not_stop_the_good_ones() -> None:
    text = VIEWS + "\n\ndef other(request):\n    with transaction.atomic():\n        order = Order.objects.create()\n"
    text += "        notify.delay(order.pk)\n"
    done, texts = fixed(project(text.replace("def other", "def place_other")))
    assert texts["shop/views.py"].count(b"on_commit") >= 1 and not done.refused
    assert {one.code for one in RULES} >= {one.code for one in done.fixed}


def test_what_has_not_been_proved_in_time_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("txlint.repair.SECONDS", 0)
    done, texts = fixed(project(VIEWS))
    assert texts == project(VIEWS) and not done.fixed
    assert {one.reason for one in done.refused} == {
        "not proved: all fixes together have taken more than 0 seconds; select fewer rules or files"
    }


def test_what_a_fix_brings_out_is_fixed_along_with_it() -> None:
    text = """\
from django.db import IntegrityError
from shop.models import Order


def place(request):
    Order.objects.create()
    try:
        Order.objects.create()
    except IntegrityError:
        pass
    Order.objects.create()
"""
    done, texts = fixed(project(text), config=Config())
    assert [one.code for one in done.fixed] == ["TX101"] and [one.code for one in done.along] == ["TX601"]
    assert texts["shop/views.py"].count(b"with transaction.atomic():") == 2
    assert not done.refused and not [one for one in done.report.findings if one.suppressed is None]


def test_no_transaction_is_offered_around_a_callee_that_sends_in_a_handler() -> None:
    text = """\
import requests
from shop.models import Order


def announce():
    order = Order.objects.create()
    try:
        requests.post("https://shop.example", json={"order": order.pk})
    except requests.RequestException:
        pass


def place(request):
    Order.objects.create()
    announce()
    Order.objects.create()
"""
    report = analysed(project(text), Config())
    assert [(one.code, one.function, one.fix) for one in report.findings if one.code == "TX101"] == [("TX101", "place", None)]


# --- what a proof rests on -----------------------------------------------------------------------------------------------


def test_files_keep_their_order_when_some_are_analysed_again() -> None:
    report = analysed(project(VIEWS))
    again = changed(report, {"shop/models.py": MODELS + b"\n", "shop/tasks.py": TASKS}, RULES, Config())
    assert again.files == report.files and list(again.analysis.project.modules) == list(report.analysis.project.modules)


def test_the_fix_is_blamed_that_changes_the_function_of_what_comes_to_light() -> None:
    sources = {
        "a.py": b"def first():\n    x = 1\n\n\ndef second():\n    x = 2\n",
        "b.py": b"def shout(): pass\n\ndef shout_on(): pass\n",
    }
    edits = Edit("a.py", 17, 22, "pass"), Edit("a.py", 43, 48, "pass")
    report = analysed(sources, Config(), _rule())  # type: ignore[arg-type]
    group = [
        replace(one, fix=Fix("whisper", Applicability.SAFE, (edit,))) for one, edit in zip(report.findings, edits, strict=True)
    ]
    new = replace(group[0], location=Location("a.py", 6), function="second")
    assert list(blamed(group, new, report, report)) == [1]
    elsewhere = replace(new, location=Location("c.py", 1), function="third")
    assert not blamed(group, elsewhere, report, report)
