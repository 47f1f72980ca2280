"""What runs from outside, and how: found through decorators, frameworks' hooks and registrations."""

from __future__ import annotations

from textwrap import dedent

from txlint.config import Config
from txlint.engine import analyse_sources


def test_what_runs_the_decorated_function_runs_its_wrapper() -> None:
    files = {
        "shop/guards.py": dedent("""
        from functools import wraps
        from shop.models import Visit

        def counted(view):
            @wraps(view)
            def wrapper(request):
                Visit.objects.create()
                return view(request)

            return wrapper
        """),
        "shop/models.py": "from django.db import models\n\n\nclass Visit(models.Model):\n    pass\n",
        "shop/views.py": "from shop.guards import counted\n\n\n@counted\ndef home(request):\n    return None\n",
        "shop/urls.py": "from django.urls import path\nfrom shop import views\n\nurlpatterns = [path('', views.home)]\n",
    }
    report = analyse_sources({path: text.encode() for path, text in files.items()}, (), Config())
    entered = {func.record.name: [one.kind for one in found] for func, found in report.analysis.project.entries.items()}
    assert entered == {"home": ["view"], "wrapper": ["view"]}


def test_commands_of_a_group_in_a_group() -> None:
    text = """
        import click

        @click.group()
        def main():
            pass

        @main.group()
        def plugins():
            pass

        @plugins.command("remove")
        def remove():
            print("gone")
        """
    report = analyse_sources({"shop/cli.py": dedent(text).encode()}, (), Config())
    entered = {func.record.name: [one.kind for one in found] for func, found in report.analysis.project.entries.items()}
    assert entered["remove"] == ["command"]


def entered(files: dict[str, str]) -> dict[str, set[str]]:
    report = analyse_sources({path: dedent(text).encode() for path, text in files.items()}, (), Config())
    return {func.record.qualname: {one.kind for one in found} for func, found in report.analysis.project.entries.items()}


SIGN_UP = {
    "shop/models.py": """
        from django.db import models

        class Customer(models.Model):
            def save(self, *args, **kwargs):
                super().save(*args, **kwargs)

        class Visitor(models.Model):
            name = models.TextField()
        """,
    "shop/receivers.py": """
        from django.db.models.signals import post_save
        from django.dispatch import receiver
        from shop.models import Visitor

        @receiver(post_save, sender=Visitor)
        def greet(sender, instance, **kwargs):
            print(instance)
        """,
    "shop/forms.py": """
        from django import forms
        from shop.models import Customer, Visitor

        class CustomerForm(forms.ModelForm):
            class Meta:
                model = Customer

        class VisitorForm(forms.ModelForm):
            class Meta:
                model = Visitor

        class WaitingForm(forms.Form):
            def save(self):
                print("waiting")
        """,
    "shop/views.py": """
        from django.views.generic import CreateView
        from shop.forms import CustomerForm, VisitorForm, WaitingForm

        class Chosen:
            def get_form_class(self):
                if self.request.user.is_staff:
                    return self.get_chosen_form()
                return super().get_form_class()

            def get_chosen_form(self):
                return self.chosen_form

        class Join(Chosen, CreateView):
            chosen_form = CustomerForm

        class Wait(Chosen, CreateView):
            form_class = WaitingForm

        class Visit(CreateView):
            form_class = VisitorForm

            def finish(self, form):
                return super().form_valid(form)

            form_valid = form_invalid = finish

        class Look(CreateView):
            form_class = VisitorForm
        """,
}


def test_a_generic_view_saves_what_its_form_is_about() -> None:
    found = entered(SIGN_UP)
    assert found["Customer.save"] == {"view"}
    assert found["WaitingForm.save"] == {"view"}
    assert found["greet"] == {"view", "receiver"}


def test_another_name_of_a_method_is_one_of_the_class() -> None:
    assert entered(SIGN_UP)["Visit.finish"] == {"view"}


def test_super_in_a_subclass_of_what_the_object_is_known_as() -> None:
    """Only the class below has the method; its `super()` is looked up for an object of the base."""
    files = SIGN_UP | {
        "shop/views.py": """
            from django.views.generic import FormView

            class Page:
                def post(self, request):
                    form = self.get_form()
                    form.save()

            class SignUp(Page, FormView):
                def get_form_class(self):
                    return super().get_form_class()
            """,
        "shop/urls.py": """
            from django.urls import path
            from shop import views

            urlpatterns = [path("", views.SignUp.as_view())]
            """,
    }
    assert entered(files)["Page.post"] == {"view"}


def test_a_view_that_asks_itself_for_its_form() -> None:
    found = entered(
        {
            "shop/views.py": """
        from django.views.generic import CreateView

        class Join(CreateView):
            def get_form_class(self):
                return self.get_form().__class__

            def get_form(self):
                return self.get_form_class()()

            def form_valid(self, form):
                return form.save()
        """
        }
    )
    assert found["Join.form_valid"] == {"view"}


def test_dependencies_of_routes_run_for_each_request() -> None:
    text = """
        from typing import Annotated

        from fastapi import APIRouter, Depends
        from sqlalchemy.orm import Session

        def get_db():
            with Session() as session:
                yield session

        DbDep = Annotated[Session, Depends(get_db)]

        def current_user(db: DbDep):
            return db

        def admins_only(user = Depends(current_user)):
            return user

        router = APIRouter()

        @router.get("/", dependencies=[Depends(admins_only)])
        def home(db: DbDep):
            return helper(db)

        def helper(db):
            return db
    """
    report = analyse_sources({"shop/app.py": dedent(text).encode()}, (), Config())
    entered = {func.record.name: [one.kind for one in found] for func, found in report.analysis.project.entries.items()}
    assert entered == {
        "home": ["view"],
        "get_db": ["dependency"],
        "current_user": ["dependency"],
        "admins_only": ["dependency"],
    }


def test_names_that_two_modules_import_from_each_other_end() -> None:
    files = {
        "shop/first.py": "from shop.second import Session\n\n\ndef place(db: Session):\n    db.commit()\n",
        "shop/second.py": "from shop.first import Session\n",
    }
    report = analyse_sources({path: text.encode() for path, text in files.items()}, (), Config())
    assert report.analysis.project.entries == {}
