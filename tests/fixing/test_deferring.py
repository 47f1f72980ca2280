"""Work that is handed over until after the commit: only what still works then."""

from __future__ import annotations

from textwrap import dedent

from tests.fixing_projects import analysed, fixed

MODELS = b"from django.db import models\n\n\nclass Order(models.Model):\n    paid = models.BooleanField(default=False)\n"
PLACE = dedent("""
    from django.core import mail
    from django.db import transaction

    from shop.models import Order


    @transaction.atomic
    def place(message):
        Order.objects.create()
        {statement}
    """).lstrip()


def after(statement: str) -> tuple[int, str]:
    """How many fixes were made around a statement, and the text then."""
    lines = statement.replace("\n", "\n    ")
    done, texts = fixed({"shop/models.py": MODELS, "shop/orders.py": PLACE.format(statement=lines).encode()})
    return len(done.fixed), texts["shop/orders.py"].decode()


def test_what_a_with_block_closes_is_not_there_after_the_commit() -> None:
    fixes, _ = after("with mail.get_connection() as connection:\n    connection.send_messages([message])")
    assert fixes == 0


def test_what_the_function_made_itself_is() -> None:
    fixes, text = after("connection = mail.get_connection()\nconnection.send_messages([message])")
    assert fixes == 1
    assert "transaction.on_commit(partial(connection.send_messages, [message]))" in text


def test_what_writes_rows_itself_is_not_taken_out_of_the_transaction() -> None:
    text = """\
from django.db import models
from django.db.models.signals import post_delete
from django.dispatch import receiver


class Scan(models.Model):
    file = models.FileField()


@receiver(post_delete, sender=Scan)
def tidy(sender, instance: Scan, **kwargs):
    instance.file.delete(SAVE)
"""
    kept, dropped = ({"shop/models.py": text.replace("SAVE", save).encode()} for save in ("", "save=False"))
    [finding] = [one for one in analysed(kept).findings if one.code == "TX309"]
    assert finding.fix is None
    assert b"transaction.on_commit(partial(instance.file.delete, save=False))" in fixed(dropped)[1]["shop/models.py"]


def test_imports_at_one_place_keep_their_blocks_apart() -> None:
    text = """\
from django.db.models.signals import post_save
from django.dispatch import receiver

from shop.models import Order
from shop.tasks import thank


@receiver(post_save, sender=Order)
def tell(sender, instance, **kwargs):
    thank.delay(instance.pk)
"""
    tasks = b"from celery import shared_task\n\n\n@shared_task\ndef thank(pk):\n    pass\n"
    for newline in ("\n", "\r\n"):
        given = {"shop/models.py": MODELS, "shop/tasks.py": tasks, "shop/signals.py": text.replace("\n", newline).encode()}
        lines = fixed(given)[1]["shop/signals.py"].decode().split(newline)
        assert lines[:3] == ["from functools import partial", "", "from django.db import transaction"]
        assert lines[3:-2] == text.split("\n")[:-2]
