"""Which calls count as unknown, and which can do nothing whatever they run."""

from __future__ import annotations

from textwrap import dedent

import pytest

from txlint.config import Config
from txlint.engine import analyse_sources

HEAD = """
import json
from datetime import datetime

from django import forms
from django.views.generic import TemplateView

from elsewhere import thing


def made(options, **kwargs):
    rows = []
    names = {"a": 1}
    when = datetime.now()
    both = thing() if options else {}
    handed = json.loads("{}")
"""


def unknown(files: dict[str, str]) -> list[str]:
    report = analyse_sources({path: text.encode() for path, text in files.items()}, (), Config())
    return [site.unknown.split("`")[1] for site in report.analysis.project.sites() if site.unknown]


@pytest.mark.parametrize(
    "call",
    [
        "rows.append(1)", "names.update(b=2)", "kwargs.pop('a', None)", "', '.join(rows)", "when.isoformat()",
        "f'{rows}'.split('-')", "str(options).strip().lower()", "[one for one in rows].copy()",
        "json.dumps(rows).encode()", "set().add(2)",
    ],
)  # fmt: skip
def test_pythons_own_values_do_nothing(call: str) -> None:
    assert unknown({"shop/code.py": HEAD + f"    {call}\n"}) == []


@pytest.mark.parametrize(
    ("call", "named"),
    [
        ("options.save()", "options.save"),
        ("thing().save()", "thing().save"),
        ("both.update(a=1)", "both.update"),
        ("rows[0].save()", "rows[...].save"),
        ("next(iter(rows)).save()", "next(...).save"),
        ("max(rows).save()", "max(...).save"),
    ],
)
def test_what_may_be_anything_is_unknown(call: str, named: str) -> None:
    assert named in unknown({"shop/code.py": HEAD + f"    {call}\n"})


def test_a_framework_class_has_what_the_catalogue_does_not_mention() -> None:
    text = """
    class Page(TemplateView):
        def get_context_data(self, **kwargs):
            context = super().get_context_data(**kwargs)
            context.update(title=self.kwargs.get("title"))
            self.setup_done(context)
            return context


    class Contact(forms.Form):
        def clean(self):
            self.add_error("name", "missing")
            self.cleaned_data.pop("name")
    """
    assert unknown({"shop/code.py": HEAD + dedent(text)}) == []


def test_an_unresolved_base_leaves_its_methods_unknown() -> None:
    text = """
    from elsewhere import bases

    class Page(*bases()):
        def get(self, request):
            self.keep()

    class Other(thing):
        def get(self, request):
            self.keep()
    """
    assert unknown({"shop/code.py": dedent(text)}).count("self.keep") == 2


def test_super_in_a_mixin_is_what_the_classes_below_have_next() -> None:
    files = {
        "shop/code.py": dedent("""
        class Stamped:
            def store(self):
                super().store()


        class Rows:
            def store(self):
                print("stored")


        class Orders(Stamped, Rows):
            pass
        """)
    }
    report = analyse_sources({path: text.encode() for path, text in files.items()}, (), Config())
    [site] = [one for one in report.analysis.project.sites() if one.func.record.qualname == "Stamped.store" and one.edges]
    assert [edge.func.record.qualname for edge in site.edges] == ["Rows.store"]


def test_a_function_is_followed_under_the_name_that_it_was_imported_by() -> None:
    files = {
        "shop/store.py": "def keep(connection):\n    connection.commit()\n",
        "shop/work.py": (
            "import psycopg2\n\nfrom shop.store import keep as persist\n\n\n"
            "def work():\n    persist(psycopg2.connect('dbname=shop'))\n"
        ),
    }
    report = analyse_sources({path: text.encode() for path, text in files.items()}, (), Config())
    [site] = [one for one in report.analysis.project.sites() if one.func.record.name == "keep"]
    assert [effect.kind for effect in site.effects] == ["commit"]
    assert not any(effect.guessed for effect in site.effects)


def test_classes_that_are_asked_for_by_name() -> None:
    files = {
        "shop/settings.py": "AUTH_USER_MODEL = 'people.Person'\n",
        "people/models.py": dedent("""
        from django.db import models


        class Person(models.Model):
            def rename(self):
                self.save()
        """),
        "shop/loading.py": "from importlib import import_module\n\n\ndef get_class(path, name):\n"
        "    return vars(import_module(path))[name]\n\n\n"
        "def get_classes(path, names):\n    return [get_class(path, one) for one in names]\n",
        "shop/code.py": dedent("""
        from django.apps import apps
        from django.contrib.auth import get_user_model
        from shop.loading import get_class, get_classes

        Person, Nobody = get_classes("people.models", ["Person", "Nobody"])

        def work(request):
            apps.get_model("people", "Person")().rename()
            apps.get_model("people.Person")().rename()
            get_user_model()().rename()
            get_class("people.models", "Person")().rename()
            request.user.rename()
            Person().rename()
            apps.get_model("people", "person")().rename()
        """),
    }
    report = analyse_sources({path: text.encode() for path, text in files.items()}, (), Config())
    sites = [one for one in report.analysis.project.sites() if one.func.record.name == "work"]
    renames = [one for one in sites if any(edge.func.record.name == "rename" for edge in one.edges)]
    assert [one.line for one in renames] == [9, 10, 11, 12, 13, 14, 15]
    assert not any(edge.guessed for one in renames for edge in one.edges)


def test_a_model_that_only_a_variable_names_is_still_a_model() -> None:
    files = {
        "shop/code.py": dedent("""
        from django.apps import apps

        def finish(label):
            model = apps.get_model(label)
            row = model.objects.select_for_update().get(pk=1)
            row.save()
            row.update_status()
            model._meta.get_field("name")
        """),
    }
    report = analyse_sources({path: text.encode() for path, text in files.items()}, (), Config())
    sites = report.analysis.project.sites()
    assert [one.line for one in sites if any(effect.kind == "database-write" for effect in one.effects)] == [7]
    assert unknown(files) == ["row.update_status"]


def test_what_the_framework_passes_to_hooks() -> None:
    files = {
        "shop/models.py": "from django.db import models\n\n\nclass Order(models.Model):\n    pass\n",
        "shop/forms.py": dedent("""
        from django import forms
        from shop.models import Order

        class OrderForm(forms.ModelForm):
            class Meta:
                model = Order

            def close_books(self):
                Order.objects.update(closed=True)
        """),
        "shop/views.py": dedent("""
        from django.views.generic import FormView
        from shop.forms import OrderForm

        class Place(FormView):
            form_class = OrderForm

            def form_valid(self, filled):
                filled.close_books()
                filled.add_error(None, "late")
                return super().form_valid(filled)
        """),
    }
    report = analyse_sources({path: text.encode() for path, text in files.items()}, (), Config())
    [edge] = next(one for one in report.analysis.project.sites() if one.line == 9 and one.edges).edges
    assert (edge.func.record.name, edge.guessed) == ("close_books", False)
    assert unknown(files) == []
