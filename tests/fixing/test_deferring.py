"""Work that is handed over until after the commit: only what still works then."""

from __future__ import annotations

from textwrap import dedent

from tests.fixing_projects import fixed

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
