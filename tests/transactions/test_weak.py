"""What the rules on dispatch find and do not show by default, because it mostly is no defect."""

from __future__ import annotations

import pytest

from txlint.config import Config
from txlint.engine import analyse_sources
from txlint.filters import WEAK
from txlint.rulepack import builtin_pack, load_pack

RULES = [one for one in load_pack(builtin_pack()) if one.code in ("TX301", "TX302", "TX303", "TX309")]
MODELS = b"""
from django.db import models

class Order(models.Model):
    number = models.CharField(max_length=9)
"""
HEAD = """
import shutil

import requests
from celery import shared_task
from django.core.mail import mail_admins
from django.db import transaction

from shop.models import Order


@shared_task
def ship(pk):
    print(pk)


"""
SETTINGS = b"""
ROOT_URLCONF = "shop.urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "ATOMIC_REQUESTS": True}}
"""
URLS = b"""
from django.urls import path

from shop.views import place

urlpatterns = [path("", place)]
"""
BLOCK = "def place(request{more}):\n    with transaction.atomic():\n        order = Order.objects.create()\n        {line}\n"
REQUEST = "def place(request):\n    {first}\n    {second}\n"
GET = "requests.get('https://prices.example', timeout=5)"
SAVE = "Order.objects.create()"


def found(code: str, settings: bool = False) -> list[tuple[str, bool]]:
    """The rules that find something in a view, and whether that is shown."""
    sources = {"shop/__init__.py": b"", "shop/models.py": MODELS, "shop/views.py": (HEAD + code).encode()}
    sources |= {"shop/settings.py": SETTINGS, "shop/urls.py": URLS} if settings else {}
    return [(one.code, one.suppressed != WEAK) for one in analyse_sources(sources, RULES, Config()).findings]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ship.apply_async((order.pk,))", ("TX301", True)),
        ("ship.apply_async((order.pk,), countdown=None)", ("TX301", True)),
        ("ship.apply_async((order.pk,), countdown=60)", ("TX301", False)),
        ("ship.apply_async((order.pk,), eta=request.date)", ("TX301", False)),
        ("shutil.rmtree(request.folder)", ("TX302", True)),
        ("shutil.rmtree(request_tmp_dir)", ("TX302", False)),
        ("tempdir = order.tempdir; shutil.rmtree(tempdir)", ("TX302", False)),
        ("requests.request('POST', request.url)", ("TX302", True)),
        ("requests.request('HEAD', request.url)", ("TX303", True)),
    ],
)
def test_what_is_sent_or_deleted_in_a_block(line: str, expected: tuple[str, bool]) -> None:
    assert found(BLOCK.format(line=line, more=", request_tmp_dir")) == [expected]


def test_a_call_before_the_first_write_of_a_request() -> None:
    assert found(REQUEST.format(first=SAVE, second=GET), settings=True) == [("TX303", True)]
    assert found(REQUEST.format(first=GET, second=SAVE), settings=True) == [("TX303", False)]
    post = "requests.post('https://orders.example', timeout=5)"
    assert found(REQUEST.format(first=SAVE, second=post), settings=True) == [("TX302", True)]
    assert found(REQUEST.format(first=post, second=SAVE), settings=True) == [("TX302", False)]


def test_a_block_that_takes_a_write_back_if_nobody_can_be_told() -> None:
    mail = "mail_admins('Order', '')"
    assert found(BLOCK.format(line=mail, more="")) == [("TX302", False)]
    assert found(BLOCK.format(line=f"{mail}\n        order.save()", more="")) == [("TX302", True)]
    assert found(BLOCK.format(line=f"order.save()\n        {mail}", more="")) == [("TX302", True)]


def test_what_is_only_done_in_tests() -> None:
    send = "if {test}:\n            ship.delay(order.pk)"
    test = "from django.conf import settings\n\n"
    assert not found(test + BLOCK.format(line=send.format(test="settings.TESTING"), more=""))
    assert found(test + BLOCK.format(line=send.format(test="not settings.TESTING"), more="")) == [("TX301", True)]


def test_a_method_that_may_be_one_that_only_reads() -> None:
    code = "def call(write):\n    method = requests.post if write else requests.get\n    return method('https://prices.example')\n\n"
    assert sorted(found(code + BLOCK.format(line="call(True)", more=""))) == [("TX302", False), ("TX303", True)]


@pytest.mark.parametrize(
    ("name", "line", "expected"),
    [
        ("check_price", "return requests.post('https://prices.example', timeout=5)", "TX303"),
        ("sign_order", "answer = requests.post('https://keys.example')\n    return answer", "TX303"),
        ("check_out", "return requests.post('https://prices.example', timeout=5)", "TX302"),
        ("check_price", "requests.post('https://prices.example', timeout=5)", "TX302"),
        ("retrieve", "return requests.request(self.method, 'https://prices.example')", "TX303"),
        ("store", "return requests.request(self.method, 'https://prices.example')", "TX302"),
        ("tell", "return requests.post('https://prices.example', timeout=5)", "TX302"),
        ("check_price", "return requests.delete('https://prices.example', timeout=5)", "TX302"),
    ],
)
def test_a_post_that_only_asks(name: str, line: str, expected: str) -> None:
    code = f"def {name}():\n    {line}\n\n" + BLOCK.format(line=f"{name}()", more="")
    assert found(code) == [(expected, True)]


def test_an_override_of_delete_comes_before_the_transaction_of_a_deletion() -> None:
    override = b"\n    def delete(self):\n        self.save()\n        ship.delay(self.pk)\n"
    task = b"\nfrom celery import shared_task\n\n\n@shared_task\ndef ship(pk):\n    print(pk)\n"
    code = "async def place(request):\n    await Order.objects.first().adelete()\n\n" + VIEW.format(
        line="Order.objects.first().delete()"
    )
    sources = {"shop/__init__.py": b"", "shop/models.py": task + MODELS + override, "shop/views.py": (HEAD + code).encode()}
    findings = [one for one in analyse_sources(sources, RULES, Config()).findings if one.code == "TX309"]
    assert [one.suppressed for one in findings] == [WEAK]


RECEIVER = """
from django.db.models.signals import {signal}
from django.dispatch import receiver

@receiver({signal}, sender=Order)
def index(sender, instance, **kwargs):
    ship.delay(instance.pk)

"""
VIEW = """
from django.views import View

class Place(View):
    def post(self, request):
        {line}
"""
ADMIN = b"""
from django.contrib import admin

from shop.models import Order

@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    pass
"""


@pytest.mark.parametrize(
    ("signal", "line", "admin", "shown"),
    [
        ("post_save", "Order.objects.create()", False, False),
        ("post_save", "Order.objects.create()", True, True),
        ("post_save", "print(request)", False, True),  # who saves is not known
        ("post_save", "Order.objects.get_or_create()", False, True),  # Django opens one
        ("post_delete", "Order.objects.first().delete()", False, True),
    ],
)
def test_a_receiver_and_who_saves(signal: str, line: str, admin: bool, shown: bool) -> None:
    code = HEAD + RECEIVER.format(signal=signal) + VIEW.format(line=line)
    sources = {"shop/__init__.py": b"", "shop/models.py": MODELS, "shop/views.py": code.encode()}
    sources |= {"shop/admin.py": ADMIN} if admin else {}
    findings = analyse_sources(sources, RULES, Config()).findings
    assert [(one.code, one.suppressed != WEAK) for one in findings] == [("TX309", shown)]


def test_a_receiver_that_sends_for_a_later_time() -> None:
    later = RECEIVER.replace("ship.delay(instance.pk)", "ship.apply_async((instance.pk,), eta=instance.start)")
    code = HEAD + later.format(signal="post_save") + VIEW.format(line="Order.objects.get_or_create()")
    sources = {"shop/__init__.py": b"", "shop/models.py": MODELS, "shop/views.py": code.encode()}
    assert [one.suppressed for one in analyse_sources(sources, RULES, Config()).findings] == [WEAK]


def test_a_temporary_file_of_a_receiver() -> None:
    for name, shown in (("cleanup", False), ("remove", True)):
        receiver = RECEIVER.replace("ship.delay(instance.pk)", f"{name}(instance.path)")
        code = HEAD + f"def {name}(path):\n    shutil.rmtree(path)\n\n" + receiver.format(signal="post_delete")
        code += VIEW.format(line="Order.objects.first().delete()") + f"\ndef other(path):\n    {name}(path)\n"
        sources = {"shop/__init__.py": b"", "shop/models.py": MODELS, "shop/views.py": code.encode()}
        findings = analyse_sources(sources, RULES, Config()).findings
        assert findings and any(one.suppressed != WEAK for one in findings) is shown


@pytest.mark.parametrize(
    ("name", "body", "shown"),
    [
        ("check_member", "return self.ask('https://prices.example')", False),
        ("tell_member", "return self.ask('https://prices.example')", True),
        ("store", "try:\n            print(self)\n        except Exception:\n            mail_admins('Gate', '')", False),
        ("store", "try:\n            print(self)\n        except KeyError:\n            mail_admins('Gate', '')", True),
        ("store", "mail_admins('Gate', '')", True),
    ],
)
def test_what_a_row_asks_or_tells_when_it_is_saved(name: str, body: str, shown: bool) -> None:
    methods = f"""
    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)
        self.{name}()

    def {name}(self):
        {body}

    def ask(self, url):
        return requests.request(self.method, url)
"""
    head = b"import requests\nfrom django.core.mail import mail_admins\n"
    view = VIEW.format(line="Order.objects.get_or_create(number=1)") + "\ndef other(order):\n    order.ask('')\n"
    view += f"    order.{name}()\n"
    models = head + MODELS + methods.encode()
    sources = {"shop/__init__.py": b"", "shop/models.py": models, "shop/views.py": (HEAD + view).encode()}
    findings = [one for one in analyse_sources(sources, RULES, Config()).findings if one.code == "TX309"]
    assert findings and any(one.suppressed != WEAK for one in findings) is shown


COUNT = """
class Look(View):
    def get(self, request):
        order = Order.objects.get(pk=1)
        order.{field} += 1
        order.save()

def looked(pk):
    order = Order.objects.get(pk=pk)
    order.stock += 1
    order.save()
"""


def test_a_number_that_two_may_count() -> None:
    rules = [one for one in load_pack(builtin_pack()) if one.code == "TX408"]
    head = "from django.views import View\n\nfrom shop.models import Order\n\n"
    code = head + COUNT.format(field="stock")
    sources = {
        "shop/__init__.py": b"",
        "shop/models.py": MODELS + b"    stock = models.IntegerField()\n",
        "shop/views.py": code.encode(),
    }
    assert {one.suppressed for one in analyse_sources(sources, rules, Config()).findings} == {WEAK}


UNDO = """
def make(number):
    order = Order.objects.create(number=number)
    try:
        ship(order.pk)
    except ValueError:
        order.delete()
        raise

def place(request):
    with transaction.atomic():
        make(request.number)
"""


def test_undoing_by_hand() -> None:
    rules = [one for one in load_pack(builtin_pack()) if one.code == "TX607"]
    sources = {"shop/__init__.py": b"", "shop/models.py": MODELS, "shop/views.py": (HEAD + UNDO).encode()}
    assert [one.suppressed for one in analyse_sources(sources, rules, Config()).findings] == [WEAK]


LOCKED = """
import shutil
import tempfile
import time

from django.core.files.storage import default_storage

def place(request, name):
    with transaction.atomic():
        order = Order.objects.select_for_update({how}).get()
        order.save()
        {line}
"""


@pytest.mark.parametrize(
    ("how", "line", "expected"),
    [
        ("", "requests.post(request.url)", [("TX302", True)]),
        ("nowait=True", "requests.post(request.url)", [("TX302", False)]),
        ("nowait=False", "requests.post(request.url)", [("TX302", True)]),
        ("skip_locked=True", GET, [("TX303", False)]),
        ("", "time.sleep(5)", [("TX303", True)]),
        ("", "time.sleep(0.5)", [("TX303", False)]),
        ("", "default_storage.delete(name)", [("TX302", True)]),
        ("", "default_storage.delete(name)\n        default_storage.save(name, request.body)", [("TX302", False)]),
        ("", "default_storage.delete(name)\n        default_storage.save('new', request.body)", [("TX302", True)]),
        ("", "folder = tempfile.mkdtemp()\n        shutil.rmtree(folder)", [("TX302", False)]),
        ("", "folder = name.strip()\n        shutil.rmtree(folder)", [("TX302", True)]),
    ],
)
def test_what_a_rollback_need_not_take_back(how: str, line: str, expected: list[tuple[str, bool]]) -> None:
    assert found(LOCKED.format(how=how, line=line)) == expected


def test_a_block_that_has_written_nothing_yet() -> None:
    block = "def place(request):\n    with transaction.atomic():\n        {first}\n        {second}\n"
    post, remove = "requests.post(request.url)", "shutil.rmtree(request.folder)"
    assert found(block.format(first=SAVE, second=post)) == [("TX302", True)]
    assert found(block.format(first=post, second=SAVE)) == [("TX302", False)]
    assert found(block.format(first=remove, second=SAVE)) == [("TX302", True)]  # the file is gone and the row is not made
    assert found(block.format(first=remove, second="request.basket.save()")) == [("TX302", False)]


HANDLER = """
from django.core.mail import mail_admins

def place(request):
    with transaction.atomic():
        Order.objects.create()
        try:
            print(request.number)
        except ValueError:
            {line}
"""


def test_an_error_that_is_told_in_its_handler() -> None:
    assert found(HANDLER.format(line="mail_admins('No number', 'at all')")) == [("TX302", False)]
    assert found(HANDLER.format(line="requests.post(request.url)")) == [("TX302", True)]
    assert found("import shutil\n" + HANDLER.format(line="shutil.rmtree(request.folder)")) == [("TX302", False)]
