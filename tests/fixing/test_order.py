"""Fixes that put things in another order: decorators, heads of blocks, statements beside a block."""

from __future__ import annotations

import pytest

from tests.fixing_projects import fixed
from txlint.config import Config

MODELS = b"from django.db import models\n\n\nclass Order(models.Model):\n    pass\n"
IMPORTS = """\
import threading

from django.db import transaction
from django.utils.decorators import method_decorator
from django.views import View
from rest_framework.views import APIView
from shop.models import Order

lock = threading.Lock()


"""


def after(text: str, *, unsafe: bool = True, imports: str = IMPORTS) -> str:
    """The module after its fixes, of which none may fail."""
    done, texts = fixed({"shop/models.py": MODELS, "shop/views.py": (imports + text).encode()}, unsafe=unsafe)
    assert not done.refused
    return texts["shop/views.py"].decode().removeprefix(imports)


def test_two_items_of_one_with_change_places() -> None:
    text = "def place():\n    with transaction.atomic(), lock:\n        Order.objects.create()\n"
    assert after(text, unsafe=False) == text.replace("transaction.atomic(), lock", "lock, transaction.atomic()")


@pytest.mark.parametrize(
    "text",
    [
        "with transaction.atomic():\n        Order.objects.create()\n        with lock:\n            Order.objects.create()\n",
        "with transaction.atomic() as block:\n        with lock:\n            Order.objects.create()\n",
    ],
)
def test_a_lock_with_other_work_before_it_stays(text: str) -> None:
    assert after(f"def place():\n    {text}") == f"def place():\n    {text}"


API = """\
@method_decorator(transaction.atomic, name="dispatch")
class Place(APIView):
    def _both(self):
        Order.objects.create()
        Order.objects.create()

    def post(self, request):
        self._both()

    def put(self, request):
        Order.objects.create()
        Order.objects.create()

    def get(self, request):
        pass
"""


def test_each_method_that_writes_gets_the_decorator_and_no_other() -> None:
    line = '@method_decorator(transaction.atomic, name="{}")\n'
    assert after(API) == API.replace(line.format("dispatch"), line.format("post") + line.format("put"))


def test_a_decorator_of_dispatch_goes_to_the_methods_that_write() -> None:
    own = "    @transaction.atomic\n    def dispatch(self, *args):\n        return super().dispatch(*args)\n\n"
    bare = own.replace("    @transaction.atomic\n", "")
    writes = "        Order.objects.create()\n" * 2
    text = f"class Place(APIView):\n{own}    def post(self, request):\n{writes}\n    def put(self, request):\n{writes}"
    expected = text.replace(own, bare)
    for name in ("post", "put"):
        expected = expected.replace(f"    def {name}(", f"    @transaction.atomic\n    def {name}(")
    assert after(text) == expected


OPT_OUT = """\
class Place(View):
    @transaction.non_atomic_requests
    def post(self, request):
        Order.objects.create()
"""


@pytest.mark.parametrize("alone", [True, False])
def test_an_opt_out_goes_to_the_class_and_is_safe_where_no_other_method_answers(alone: bool) -> None:
    more = "" if alone else "\n    def get(self, request):\n        pass\n"
    text = f"{OPT_OUT}{more}"
    moved = f'@method_decorator(transaction.non_atomic_requests, name="dispatch")\n{text}'
    moved = moved.replace("    @transaction.non_atomic_requests\n", "")
    assert after(text, unsafe=False) == (moved if alone else text)
    assert after(text) == moved


def test_the_import_that_applies_a_decorator_is_added() -> None:
    imports = "from django.db import transaction\nfrom django.views import View\nfrom shop.models import Order\n\n\n"
    found = after(OPT_OUT, imports=imports)
    assert "\nfrom django.utils.decorators import method_decorator\n" in found and found.count("non_atomic_requests") == 1


def test_what_is_sent_within_a_handler_keeps_its_depth() -> None:
    text = """\
def place(request):
    Order.objects.create()
    try:
        Order.objects.get(pk=1).delete()
    except Order.DoesNotExist:
        cache.delete("orders")
    Order.objects.create()
"""
    urls = b"from django.urls import path\nfrom shop import views\n\nurlpatterns = [path('', views.place)]\n"
    imports = "from django.core.cache import cache\nfrom django.db import transaction\nfrom shop.models import Order\n\n\n"
    files = {"shop/models.py": MODELS, "shop/urls.py": urls, "shop/views.py": (imports + text).encode()}
    done, texts = fixed(files, Config(select=("TX101",)))
    assert [one.code for one in done.fixed] == ["TX101"] and not done.refused
    lines = texts["shop/views.py"].decode().partition("def place")[2].splitlines()
    assert lines[5:7] == [
        "        except Order.DoesNotExist:",
        '            transaction.on_commit(partial(cache.delete, "orders"))',
    ]


def test_rows_are_fetched_in_the_block_with_the_comment_above_them() -> None:
    text = """\
def pay(pk):
    # only one at a time
    order = (
        Order.objects.select_for_update()
        .get(pk=pk)
    )

    with transaction.atomic():
        order.save()
"""
    assert (
        after(text)
        == """\
def pay(pk):
    # only one at a time
    with transaction.atomic():
        order = (
            Order.objects.select_for_update()
            .get(pk=pk)
        )
        order.save()
"""
    )


@pytest.mark.parametrize(
    ("script", "left"),
    [
        ('"BEGIN; UPDATE a SET b = 1; COMMIT;"', '"UPDATE a SET b = 1;"'),
        ('"""\n    BEGIN;\n    UPDATE a SET b = 1;\n    COMMIT;\n    """', '"""\n    UPDATE a SET b = 1;\n    """'),
        ('"start transaction; UPDATE a SET b = 1; commit"', '"UPDATE a SET b = 1;"'),
        ('"UPDATE a SET b = 1; COMMIT;"', '"UPDATE a SET b = 1; COMMIT;"'),
        ('["BEGIN", "UPDATE a SET b = 1", "COMMIT"]', '["BEGIN", "UPDATE a SET b = 1", "COMMIT"]'),
    ],
)
def test_the_brackets_of_a_script_go_together(script: str, left: str) -> None:
    text = "from django.db import migrations as m\n\n\nclass Migration(m.Migration):\n    operations = [m.RunSQL({})]\n"
    done, texts = fixed({"shop/migrations/0001_a.py": text.format(script).encode()})
    assert texts["shop/migrations/0001_a.py"].decode() == text.format(left) and not done.refused


def test_what_comes_after_a_lone_commit_runs_outside_of_the_transaction() -> None:
    text = """\
import sqlalchemy as sa
from alembic import op

revision = "2"
down_revision = "1"


def upgrade():
    op.drop_index("old", table_name="orders")
    op.execute("COMMIT")  # for the index

    # one by one
    op.create_index("new", "orders", ["number"], postgresql_concurrently=True)
"""
    expected = text.replace(
        """\
    op.execute("COMMIT")  # for the index

    # one by one
    op""",
        """\

    # one by one
    with op.get_context().autocommit_block():  # for the index
        op""",
    )
    done, texts = fixed({"versions/2_new.py": text.encode()})
    assert texts["versions/2_new.py"].decode() == expected and not done.refused
