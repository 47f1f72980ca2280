"""What makes a finding sure enough to be shown by default, and what leaves it a guess."""

from __future__ import annotations

import pytest

from txlint.api import Confidence
from txlint.config import Config
from txlint.engine import analyse_sources
from txlint.filters import WEAK
from txlint.findings import Finding
from txlint.rulepack import builtin_pack, load_pack

RULES = load_pack(builtin_pack())
MODELS = b"""
from django.db import models

class Order(models.Model):
    number = models.CharField(max_length=9)

class Line(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE)
"""
HEAD = """
import os
import threading

import requests
from celery import shared_task
from django.core.mail import mail_admins
from django.db import IntegrityError, transaction
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.http import HttpResponseBadRequest
from django.views import View

from shop.models import Line, Order

@shared_task
def ship(pk):
    print(pk)

"""
VIEW = "class Place(View):\n    def post(self, request):\n"
SETTINGS = """
ROOT_URLCONF = "shop.urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "ATOMIC_REQUESTS": %s}}
"""
URLS = b"from django.urls import path\n\nfrom shop.views import Place\n\nurlpatterns = [path('', Place.as_view())]\n"


def shown(code: str, rule: str, atomic: bool = False) -> list[bool]:
    """Whether what a rule finds in some views is shown."""
    return [one.suppressed != WEAK for one in findings(code, rule, Config(), atomic)]


def selected(code: str, rule: str) -> list[Finding]:
    """What a rule that is selected by name finds in some views."""
    return findings(code, rule, Config(select=(rule,)))


def findings(code: str, rule: str, config: Config, atomic: bool = False) -> list[Finding]:
    """What a rule finds in some views, shown or not."""
    sources = {"shop/__init__.py": b"", "shop/models.py": MODELS, "shop/views.py": (HEAD + code).encode(), "shop/urls.py": URLS}
    sources |= {"shop/settings.py": (SETTINGS % atomic).encode()}
    return list(analyse_sources(sources, [one for one in RULES if one.code == rule], config).findings)


def view(body: str) -> str:
    """A view with some lines."""
    return VIEW + "".join(f"        {line}\n" for line in body.splitlines())


def block(body: str) -> str:
    """A view with some lines in a transaction."""
    return view("with transaction.atomic():\n" + "\n".join(f"    {line}" for line in body.splitlines()))


GET, POST = "requests.get('https://prices.example', timeout=5)", "requests.post('https://prices.example', json={})"
HELPER = "\ndef tried(func):\n    return func('https://prices.example')\n"


@pytest.mark.parametrize(
    ("rule", "code", "expected"),
    [
        ("TX301", block("request.cart.save()\nship.delay(1)"), [False]),
        ("TX301", block("Order.objects.create()\nship.delay(1)"), [True]),
        ("TX301", block("ship.delay(1)\nOrder.objects.create()"), [True]),
        ("TX303", block(f"Order.objects.select_for_update().get(pk=1)\n{GET}\nOrder.objects.create()"), [False]),
        ("TX303", block(f"Order.objects.create()\n{GET}"), [True]),
        ("TX302", block(f"Order.objects.create()\n{POST}"), [True]),
        ("TX302", block("Order.objects.create()\ntried(requests.post)") + HELPER, [False]),
        ("TX302", block("Order.objects.create()\npath = os.path.join('/srv/tmp', 'bill')\nos.remove(path)"), [False]),
        ("TX302", block("Order.objects.create()\npath = os.path.join('/srv/bills', 'bill')\nos.remove(path)"), [True]),
    ],
)
def test_what_a_transaction_is_known_to_hold(rule: str, code: str, expected: list[bool]) -> None:
    assert shown(code, rule) == expected


@pytest.mark.parametrize(("more", "expected"), [("", [False]), ("\n    print(order)", [True])])
def test_a_decorator_around_one_write_and_the_mail_about_it(more: str, expected: list[bool]) -> None:
    told = "\n@transaction.atomic\ndef reject():\n    order = Order.objects.create()\n    mail_admins('Rejected', 'x')"
    assert shown(view("reject()") + told + more, "TX302") == expected


@pytest.mark.parametrize(
    ("answer", "expected"), [("return HttpResponseBadRequest()", [False]), ("Line.objects.count()", [True])]
)
def test_a_failure_after_which_nothing_is_asked(answer: str, expected: list[bool]) -> None:
    tried = f"Order.objects.create()\ntry:\n    Line.objects.create()\nexcept IntegrityError:\n    {answer}"
    assert shown(view(tried), "TX601", atomic=True) == expected


@pytest.mark.parametrize(
    ("first", "expected"), [("with transaction.atomic():\n                return self.kept()", [False]), ("print(1)", [True])]
)
def test_a_transaction_that_is_opened_under_a_condition(first: str, expected: list[bool]) -> None:
    writes = "\n    def kept(self):\n        order = Order.objects.create()\n        Line.objects.create(order=order)\n"
    assert shown(view(f"if self.is_atomic:\n    {first.strip()}\nreturn self.kept()") + writes, "TX101") == expected


@pytest.mark.parametrize(
    ("made", "expected"), [("non_atomic_requests(super().as_view(**kwargs))", []), ("super().as_view(**kwargs)", [True])]
)
def test_a_view_that_is_made_without_the_transaction_of_requests(made: str, expected: list[bool]) -> None:
    mixin = f"\n    @classmethod\n    def as_view(cls, **kwargs):\n        return transaction.{made}\n"
    mixin = mixin if made.startswith("non") else mixin.replace("transaction.", "")
    assert shown(view("Order.objects.create()\nship.delay(1)") + mixin, "TX301", atomic=True) == expected


@pytest.mark.parametrize(("given", "expected"), [("", []), (", send=True", [True])])
def test_a_flag_among_many(given: str, expected: list[bool]) -> None:
    flags = ("first", "second", "third", "send")
    tests = "".join(f"    if {one}:\n        {'ship.delay(1)' if one == 'send' else 'print(1)'}\n" for one in flags)
    made = f"\ndef made(order, {', '.join(f'{one}=False' for one in flags)}):\n    Order.objects.create()\n{tests}"
    assert shown(block(f"Order.objects.create()\nmade(1{given})") + made, "TX301") == expected


@pytest.mark.parametrize(("before", "expected"), [("if order.number:", [False]), ("if True:", [True])])
def test_a_thread_that_a_helper_may_start_later(before: str, expected: list[bool]) -> None:
    heard = "\n@receiver(post_save, sender=Order)\ndef saved(sender, instance, **kwargs):\n    collected(instance)\n"
    started = f"\ndef collected(order):\n    {before}\n        threading.Thread(target=print).start()\n"
    started = started if expected == [False] else "\ndef collected(order):\n    threading.Thread(target=print).start()\n"
    assert shown(block("Order.objects.create()") + heard + started, "TX309") == expected


def test_a_comment_behind_a_function_has_no_code_in_it() -> None:
    body = "order = Order.objects.create()\n# with transaction.atomic():\nLine.objects.create(order=order)"
    assert shown(view(body), "TX107") == [True]
    assert not shown(view("return Order.objects.count()\n# with transaction.atomic():\n#     return 1"), "TX107")


ROWS = """

class Desk(models.Model):
    number = models.CharField(max_length=9)

    def save(self, *args, **kwargs):
        {told}
        super().save(*args, **kwargs)
        if {asked}:
            order = Order.objects.create(number=self.pk)
            Line.objects.create(order=order)
"""


@pytest.mark.parametrize(
    "told, asked", [("print(1)", "not self.pk"), ("is_new = self.pk is None", "is_new"), ("new = self._state.adding", "new")]
)
@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ("desk = Desk.objects.get(pk=1)", False),
        ("desk = Desk.objects.filter(number=2).first()", False),
        ("desk = Desk(number=1)", True),
        ("desk = Desk.objects.get(pk=1)\ndesk.pk = None", True),
    ],
)
def test_a_row_that_was_read_is_not_new(told: str, asked: str, made: str, expected: bool) -> None:
    models = MODELS + ROWS.format(told=told, asked=asked).encode()
    code = HEAD.replace("Line, Order", "Desk, Line, Order") + view(f"{made}\ndesk.save()")
    sources = {"shop/__init__.py": b"", "shop/models.py": models, "shop/views.py": code.encode(), "shop/urls.py": URLS}
    findings = analyse_sources(sources, [one for one in RULES if one.code == "TX101"], Config()).findings
    assert any(one.suppressed != WEAK for one in findings) is expected


def test_all_rows_of_a_query_are_stored() -> None:
    models = MODELS + ROWS.format(told="is_new = not self.pk", asked="is_new").encode()
    code = HEAD.replace("Line, Order", "Desk, Line, Order") + view("for desk in Desk.objects.all():\n    desk.save()")
    sources = {"shop/__init__.py": b"", "shop/models.py": models, "shop/views.py": code.encode(), "shop/urls.py": URLS}
    findings = analyse_sources(sources, [one for one in RULES if one.code == "TX101"], Config()).findings
    assert all(one.suppressed == WEAK for one in findings)


@pytest.mark.parametrize(("runs", "expected"), [("management/commands/fetch", [False]), ("jobs", [True])])
def test_who_waits_for_a_request_in_a_transaction(runs: str, expected: list[bool]) -> None:
    command = (
        "from django.core.management import BaseCommand\n\nclass Command(BaseCommand):\n    def handle(self, **options):\n"
    )
    task = "from celery import shared_task\n\n@shared_task\ndef fetch():\n    if True:\n"
    body = f"        with transaction.atomic():\n            Order.objects.create()\n            {GET}\n"
    code = (
        "import requests\nfrom django.db import transaction\nfrom shop.models import Order\n"
        + (task if runs == "jobs" else command)
        + body
    )
    folders = {f"shop/{one}/__init__.py": b"" for one in ("management", "management/commands")}
    sources = {"shop/__init__.py": b"", "shop/models.py": MODELS, f"shop/{runs}.py": code.encode(), **folders}
    findings = analyse_sources(sources, [one for one in RULES if one.code == "TX303"], Config()).findings
    assert [one.suppressed != WEAK for one in findings] == expected


@pytest.mark.parametrize(("use", "sure"), [("pack.delay(1)", True), ("pack(1)", False), ("pack(1)\n    pack.delay(2)", True)])
def test_how_a_task_would_be_retried_matters_where_it_is_sent(use: str, sure: bool) -> None:
    task = "@shared_task(max_retries=3)\ndef pack(pk):\n    print(pk)\n\n"
    assert shown(f"{task}@shared_task\ndef pack_all():\n    {use}\n", "TX502") == [sure]


def test_a_lock_in_the_cache_is_no_transaction() -> None:
    locked = "from django.core.cache import cache\n\n" + view(
        "with cache.lock('import'):\n    order = Order.objects.create()\n    ship.delay(1)"
    )
    assert shown(locked, "TX301") == []
    assert shown(locked.replace("cache.lock('import')", "transaction.atomic()"), "TX301") == [True]


@pytest.mark.parametrize(("commit", "found"), [("commit=False", []), ("commit=True", [True]), ("", [True])])
def test_a_form_that_all_callers_keep_from_writing(commit: str, found: list[bool]) -> None:
    form = """
from django import forms
from django.db import models

class Tag(models.Model):
    orders = models.ManyToManyField(Order)
    name = models.CharField(max_length=9)

class TagForm(forms.ModelForm):
    class Meta:
        model = Tag
        fields = ["name", "orders"]

    def save(self, commit=True):
        return super().save(commit=commit)

"""
    assert shown(form + view(f"TagForm(request.POST).save({commit})"), "TX106") == found


def test_a_cache_that_a_receiver_empties_is_sure_where_a_transaction_is_known() -> None:
    receiver = "from django.core.cache import cache\n\n@receiver(post_save, sender=Order)\ndef forget(instance, **kwargs):\n"
    receiver += "    cache.delete(instance.pk)\n\n"
    saving = block("Order.objects.create(number='1')")
    assert [one.confidence for one in selected(receiver + saving, "TX312")] == [Confidence.HIGH]
    assert [one.confidence for one in selected(receiver, "TX312")] == [Confidence.LOW]
