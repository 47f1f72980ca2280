"""Transactions that are put around several writes, and where that would only bring out something else."""

from __future__ import annotations

import pytest

from tests.fixing_projects import fixed
from txlint.config import Config

MODELS = """\
from django.db import models
from shop.tasks import clear, count, notify


def tell(order):
    notify.delay(order.pk)
    count.delay(order.pk)


class Order(models.Model):
    def delete(self, *args, **kwargs):
        super().delete(*args, **kwargs)
        tell(self)


def import_orders(orders):
    for order in orders:
        tell(order)
"""
TASKS = "from celery import shared_task\n" + "".join(
    f"\n\n@shared_task\ndef {name}(pk):\n    pass\n" for name in ("clear", "count", "notify")
)
URLS = "from django.urls import path\nfrom shop import views\n\nurlpatterns = [path('', views.place)]\n"
IMPORTS = "import threading\nimport time\n\nimport requests\nfrom django.db import transaction\n"
IMPORTS += "from shop.models import Order\n\n\n"


def after(views: str, *, models: str = MODELS) -> tuple[str, str]:
    """The views and the models after their fixes, none of which may be refused."""
    files = {"shop/models.py": models, "shop/tasks.py": TASKS, "shop/urls.py": URLS, "shop/views.py": IMPORTS + views}
    done, texts = fixed({path: text.encode() for path, text in files.items()}, Config(select=("TX101", "TX302", "TX309")))
    assert not done.refused
    return texts["shop/views.py"].decode().removeprefix(IMPORTS), texts["shop/models.py"].decode()


def test_everything_that_a_receiver_leads_to_is_handed_over() -> None:
    _, models = after("def place(request):\n    pass\n")
    assert "    transaction.on_commit(partial(notify.delay, order.pk))\n" in models
    assert "    transaction.on_commit(partial(count.delay, order.pk))\n" in models


def test_no_transaction_around_a_callee_of_which_one_way_sends_for_a_result() -> None:
    views = """\
class Mail:
    def send(self, order):
        requests.post("https://mail", json={})


class Phone:
    def send(self, order):
        return self.call(order)

    def call(self, order):
        return requests.post("https://phone", json={})


def place(request):
    provider = Phone() if request.GET else Mail()
    order = Order.objects.create()
    answer = provider.send(order)
    Order.objects.create(answer=answer)
"""
    assert after(views)[0] == views


def test_no_transaction_around_a_callee_that_takes_a_lock() -> None:
    views = """\
lock = threading.Lock()


def following():
    with lock:
        Order.objects.create()


def place(request):
    following()
    Order.objects.create()
"""
    assert after(views)[0] == views


BRANCHES = """\
def place(request):
    if request.GET:
        Order.objects.create()
        Order.objects.create()
        Order.objects.create()
    else:
        first = Order.objects.create()
        {between}
        Order.objects.create()
"""


@pytest.mark.parametrize(("between", "blocks"), [("print(first)", 2), ("time.sleep(1)", 0)])
def test_a_branch_is_put_under_a_transaction_where_the_other_one_can_be_too(between: str, blocks: int) -> None:
    assert after(BRANCHES.format(between=between))[0].count("transaction.atomic()") == blocks
