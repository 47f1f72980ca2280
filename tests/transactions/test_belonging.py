"""What is shown by default of writes without a transaction: only what the code shows to belong together."""

from __future__ import annotations

from textwrap import indent

import pytest

from txlint.config import Config
from txlint.engine import analyse_sources
from txlint.filters import WEAK
from txlint.rulepack import builtin_pack, load_pack

RULES = [one for one in load_pack(builtin_pack()) if one.code in ("TX101", "TX103", "TX106", "TX504")]
MODELS = b"""
from django.db import models

class Order(models.Model):
    number = models.CharField(max_length=9)
    scan = models.FileField()
    buyers = models.ManyToManyField("Buyer")

    def close(self):
        self.state = "closed"
        self.save()

    def claim(self):
        Order.objects.filter(pk=self.pk).update(state="claimed")

    def log(self):
        Line.objects.create(order=self)

    def log_once(self):
        if not self.lines.exists():
            Line.objects.create(order=self)

class Line(models.Model):
    order = models.ForeignKey(Order, related_name="lines", on_delete=models.CASCADE)

class Buyer(models.Model):
    name = models.CharField(max_length=9)

class LoginSession(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE)

class BuyerNotification(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE)
"""
HEAD = """
from celery import shared_task
from django.contrib.auth import login
from django.core.mail import send_mail
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.views import View

from shop.models import Buyer, BuyerNotification, Line, LoginSession, Order


"""
SHOWN = {
    "data from the first to the second": "order = Order.objects.create()\nLine.objects.create(order=order)",
    "data through a name": "order = Order.objects.create()\nnumber = order.pk\nLine.objects.create(order_id=number)",
    "a relation": "order = get_object_or_404(Order)\norder.number = 1\norder.save()\norder.buyers.set([])",
    "changed by another": "order = get_object_or_404(Order)\nsay(order)\norder.save()\norder.buyers.set([])",
    "changed by a method": "order = get_object_or_404(Order)\norder.rename()\norder.save()\norder.buyers.set([])",
    "a method that surely writes": "order = get_object_or_404(Order)\norder.log()\norder.save()",
    "one condition within the other": "order = Order.objects.create()\nif request.POST:\n    Line.objects.create(order=order)",
    "the same condition twice": (
        "order = get_object_or_404(Order)\norder.number = 1\nif ok:\n    order.save()\nsay()\n"
        "if ok:\n    Line.objects.create(order=order)"
    ),
    "replaced": "Line.objects.filter(order=request.order).delete()\nLine.objects.create(order=request.order)",
    "several rows of one": (
        "order = get_object_or_404(Order)\nfor one in request.POST:\n    Line.objects.create(order=order, number=one)"
    ),
    "both errors are answered alike": (
        "try:\n    order = Order.objects.create()\n    Line.objects.create(order=order)\nexcept ValueError:\n    return 1"
    ),
}
HIDDEN = {
    "several rows": "for one in request.POST:\n    Order.objects.create(number=one)",
    "those that are missing": (
        "order = get_object_or_404(Order)\nfor one in request.POST:\n    if one in request.there:\n        continue\n"
        "    Line.objects.create(order=order, number=one)"
    ),
    "what can be changed again": (
        "order = get_object_or_404(Order)\nfor one in request.POST:\n"
        "    Line.objects.filter(order=order, number=one).update(number=2)"
    ),
    "two buttons": (
        "order = get_object_or_404(Order)\nif 'a' in request.POST:\n    order.save()\n"
        "if 'b' in request.POST:\n    Line.objects.create(order=order)"
    ),
    "nothing in common": "Order.objects.create()\nBuyer.objects.create()",
    "only the request in common": "Order.objects.create(user=request.user)\nBuyer.objects.create(user=request.user)",
    "one row twice": "order = get_object_or_404(Order)\norder.save()\norder.close()",
    "a file of a row, then the row": (
        "order = get_object_or_404(Order)\norder.scan.save('a', request.FILES['a'])\norder.number = 1\norder.save()"
    ),
    "one new row twice": "order = Order.objects.create()\norder.close()",
    "made where it is missing": "order = Order.objects.create()\norder.log_once()",
    "a failure that is expected": (
        "order = Order.objects.create()\ntry:\n    Line.objects.create(order=order)\nexcept ValueError:\n    say()"
    ),
    "filled in later": ("order = Order.objects.create()\nsay(order)\nOrder.objects.filter(pk=order.pk).update(number=1)"),
    "taken back in the end": (
        "order = get_object_or_404(Order)\ntry:\n    order.buyers.add(1)\n    say()\nfinally:\n    order.buyers.remove(1)"
    ),
    "one row twice, by its key": ("order, made = Order.objects.update_or_create(number=1)\norder.claim()"),
    "two deletions": "order = get_object_or_404(Order)\norder.lines.all().delete()\norder.delete()",
    "a notice beside the work": "order = Order.objects.create()\nBuyerNotification.objects.create(order=order)",
    "chosen rows are deleted": "for one in request.POST:\n    Order.objects.get(pk=one).delete()",
    "sent one by one, by a name": (
        "for one in request.POST:\n    Order.objects.create(number=one)\n    request.gate.send_mail(one)"
    ),
    "noted of each that is sent": (
        "order = get_object_or_404(Order)\nfor line in order.lines.all():\n    send_mail('New', line, None, [line])\n"
        "    line.save(update_fields=['sent'])\norder.number = 1\norder.save()"
    ),
    "made or brought up to date, one by one": "for one in request.POST:\n    Order.objects.update_or_create(number=one)",
    "sent one by one": "for one in request.POST:\n    Order.objects.create(number=one)\n    send_mail('New', one, None, [one])",
    "beside a block of its own": (
        "with transaction.atomic():\n    order = Order.objects.create()\nLine.objects.create(order=order)"
    ),
    "saved as it was read": "order = get_object_or_404(Order)\norder.buyers.set([])\norder.save()",
    "kept beside the work": "order = Order.objects.create()\nLoginSession.objects.create(order=order)",
}


def confidences(code: str) -> list[tuple[str, bool]]:
    """Code and whether it is shown, of what is found in the body of a view or a task."""
    sources = {"shop/__init__.py": b"", "shop/models.py": MODELS, "shop/views.py": (HEAD + code).encode()}
    return [(one.code, one.suppressed != WEAK) for one in analyse_sources(sources, RULES, Config()).findings]


def view(body: str, name: str = "post") -> str:
    return f"class Place(View):\n    def {name}(self, request):\n{indent(body, ' ' * 8)}\n"


@pytest.mark.parametrize("name", SHOWN)
def test_what_belongs_together_is_shown(name: str) -> None:
    found = confidences(view(SHOWN[name]))
    assert found and all(shown for _, shown in found), found


@pytest.mark.parametrize("name", HIDDEN)
def test_what_may_stand_for_itself_is_found_and_not_shown(name: str) -> None:
    found = confidences(view(HIDDEN[name]))
    assert found and not any(shown for _, shown in found), found


CLASSES = """
class Mutation(View):
    def post(self, request):
        order = self.save(request)
        self.note(order)

    def save(self, request):
        return None

    def note(self, order):
        pass


class {first}(Mutation):
    def save(self, request):
        return Order.objects.create()


class {second}(Mutation):
    def note(self, order):
        Line.objects.create(order=order)
"""


def test_two_writes_are_of_one_class() -> None:
    assert not confidences(CLASSES.format(first="Make", second="Note"))
    both = "\n\nclass Both(Make, Note):\n    pass\n"
    assert confidences(CLASSES.format(first="Make", second="Note") + both) == [("TX101", True)]


def test_rows_that_are_sent_one_by_one_stand_for_themselves() -> None:
    formset = "from django.forms import modelformset_factory\n\nLines = modelformset_factory(Line, fields=['order'])\n\n\n"
    saved = "made = Lines(request.POST).save()\nfor one in made:\n    one.{method}()"
    assert confidences(formset + view(saved.format(method="send_out"))) == [("TX106", False)]
    assert confidences(formset + view(saved.format(method="show"))) == [("TX106", True)]


SERIALIZED = """
from rest_framework import serializers

class OrderSerializer(serializers.ModelSerializer):
    {field}

    class Meta:
        model = Order
        fields = ["number", "buyers"]


"""


def test_a_field_of_one_value_stores_no_relation() -> None:
    saved = view("OrderSerializer(data=request.POST).save()")
    assert confidences(SERIALIZED.format(field="number = serializers.CharField()") + saved) == [("TX106", True)]
    assert not confidences(SERIALIZED.format(field="buyers = serializers.CharField(source='names')") + saved)


def test_who_logs_in_is_no_step() -> None:
    assert not confidences(view("order = Order.objects.create()\nlogin(request, order)"))


def test_a_task_that_only_changes_rows_is_put_right_by_its_next_run() -> None:
    changes = "@shared_task\ndef close(pk):\n    order = Order.objects.get(pk=pk)\n    order.save()\n    order.buyers.set([])\n"
    adds = "@shared_task\ndef bill(pk):\n    order = Order.objects.get(pk=pk)\n    order.log()\n    order.save()\n"
    assert confidences(changes) == [("TX504", False)]
    assert confidences(adds) == [("TX504", False)]
    assert confidences("@shared_task\ndef bill():\n    order = Order.objects.create()\n    order.log()\n") == [("TX504", True)]


def test_a_task_that_notes_its_failure_keeps_what_it_has_done() -> None:
    body = "order = Order.objects.get(pk=pk)\ntry:\n    order.log()\n    order.save()\nexcept ValueError:\n    print(pk)\n"
    assert confidences(f"@shared_task\ndef bill(pk):\n{indent(body, '    ')}") == [("TX504", False)]


def test_a_getter_makes_what_is_missing() -> None:
    getter = "def get_order():\n    order = Order.objects.create()\n    order.log()\n    return order\n\n\n"
    assert confidences(getter + view("get_order()", "get")) == [("TX101", False)]
    maker = getter.replace("get_order", "make_order")
    assert confidences(maker + view("make_order()")) == [("TX101", True)]
