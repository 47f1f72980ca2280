"""What makes a finding about something that is sent or deleted before the commit sure enough to be shown."""

from __future__ import annotations

import pytest

from tests.transactions.test_sure import POST, block, shown, view


@pytest.mark.parametrize(
    ("path", "expected"),
    [("instance.bill.path", [True]), ("instance.cached_bill", [False]), ("instance.thumbnail.path", [False])],
)
def test_a_file_that_a_receiver_deletes_is_missed_unless_its_name_says_otherwise(path: str, expected: list[bool]) -> None:
    heard = f"\n@receiver(post_save, sender=Order)\ndef heard(instance, **kwargs):\n    os.remove({path})\n"
    assert shown(block("Order.objects.create()") + heard, "TX309") == expected


@pytest.mark.parametrize(
    ("task", "expected"),
    [("audit_log_task", [False]), ("log_event", [False]), ("log_in_everywhere", [True]), ("publish_blog", [True])],
)
def test_a_line_of_a_log_may_be_one_too_many(task: str, expected: list[bool]) -> None:
    made = f"@shared_task\ndef {task}(pk):\n    print(pk)\n\n"
    assert shown(made + block(f"Order.objects.create()\n{task}.delay(1)"), "TX301") == expected
    heard = f"\n@receiver(post_save, sender=Order)\ndef heard(instance, **kwargs):\n    {task}.delay(instance.pk)\n"
    assert shown(made + block("Order.objects.create()") + heard, "TX309") == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("generate_test_data", [False]), ("add_dummy_users", [False]), ("test_connection", [True]), ("place", [True])],
)
def test_what_makes_rows_to_try_something_may_send_too_much(name: str, expected: list[bool]) -> None:
    made = f"@transaction.atomic\ndef {name}():\n    Order.objects.create()\n    {POST}\n\n"
    assert shown(made + view(f"{name}()"), "TX302") == expected


@pytest.mark.parametrize(
    ("sent", "expected"), [(POST, [False]), ("mail_admins('Placed', 'x')\n        Order.objects.create()", [True])]
)
def test_a_request_of_a_command_is_made_again_with_it(sent: str, expected: list[bool]) -> None:
    made = "from django.core.management.base import BaseCommand\n\n"
    made += "@transaction.atomic\ndef place():\n    Order.objects.create()\n    sending()\n"
    made += f"\ndef sending():\n    if True:\n        {sent}\n"
    command = "\nclass Command(BaseCommand):\n    def handle(self, *args, **options):\n        place()\n"
    assert shown(made + command, "TX302") == expected
    assert shown(made + view("place()"), "TX302") == [True]
    assert shown(
        made + command + "\n" + view("with transaction.atomic():\n    Order.objects.create()\n    sending()"), "TX302"
    ) == [True]
