"""What rows, collections and forms give: each call below must be known for the one that stands beside it."""

from __future__ import annotations

from textwrap import indent

import pytest

from txlint.config import Config
from txlint.engine import analyse_sources

DJANGO = """
from __future__ import annotations

import copy
from collections import defaultdict
from itertools import chain, groupby
from typing import Optional, cast

from django import forms
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.models import User
from django.forms import BaseModelFormSet, formset_factory, inlineformset_factory, modelformset_factory
from django.db import models
from django.db.models.signals import post_save
from django.dispatch import receiver
from django_celery_beat.models import PeriodicTask
from django_scopes import ScopedManager
from elsewhere.models import Basis, load
from rest_framework import serializers
from tqdm import tqdm


class Shelves(models.QuerySet):
    def dusted(self):
        return self.filter(dusty=False)

    def kept(self, **values):
        return super().get_or_create(**values)

    def fresh(self):
        return self.model(dusty=False)


class Shelf(models.Model):
    objects = Shelves.as_manager()
    room = models.ForeignKey("Room", on_delete=models.CASCADE)


class Room(models.Model):
    objects = ScopedManager(house="house")
    empty = ScopedManager(house="house")


class Key(models.Model):
    room = models.OneToOneField(Room, on_delete=models.CASCADE)


class Porter(models.Model):
    user = models.OneToOneField(User, on_delete=models.CASCADE)
    rooms = models.ManyToManyField(Room)


class Derived(Basis):
    pass


class Stored(Basis):
    label = models.CharField(max_length=9)


Loaded = load("storage", "Loaded")


class Move(forms.Form):
    shelf = forms.ModelChoiceField(queryset=Shelf.objects.all())
    others = forms.ModelMultipleChoiceField(queryset=Shelf.objects.all())


class ShelfForm(forms.ModelForm):
    class Meta:
        model = Shelf


class SignUp(UserCreationForm):
    pass


class Rows(formset_factory(ShelfForm, formset=BaseModelFormSet)):
    model = Shelf


class MoveSerializer(serializers.Serializer):
    shelf = serializers.PrimaryKeyRelatedField(queryset=Shelf.objects.all())


def done(quoted: "Shelf", maybe: Optional["Shelf"], some: "list[Shelf] | None", other, rows, queryset):
"""

SQLALCHEMY = """
from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, relationship


class Base(DeclarativeBase):
    pass


class Room(Base):
    __tablename__ = "rooms"
    shelves: Mapped[list["Shelf"]] = relationship()


class Shelf(Base):
    __tablename__ = "shelves"
    room = relationship("Room", backref="furniture")

    def dust(self):
        print("dusted")


async def done(session: Session, later: AsyncSession, statement, other):
"""


def known(head: str, body: str) -> list[str]:
    """The methods that the calls in a function's body are found to be, of frameworks and of the project."""
    text = f"{head}{indent(body, '    ')}\n" if body else head
    sites = analyse_sources({"shop/code.py": text.encode()}, (), Config()).analysis.project.sites()
    inside = [site for site in sites if site.func.record.name == "done"]
    effects = [effect.kind for site in inside for effect in site.effects]
    return [*effects, *(edge.func.record.qualname for site in inside for edge in site.edges)]


@pytest.mark.parametrize(
    "body",
    [
        "quoted.save()",
        "maybe.save()",
        "some[0].save()",
        "cast('Shelf', quoted).save()",
        "Room.objects.get(pk=1).save()",
        "Room.empty.first().save()",
        "Room.objects.get(pk=1).shelf_set.get(pk=2).save()",
        "Room.objects.get(pk=1).shelf_set.dusted().get(pk=2).save()",
        "Room.objects.get(pk=1).shelf_set.filter(pk=2).dusted().get(pk=2).save()",
        "Room.objects.get(pk=1).key.save()",
        "next(iter(Shelf.objects.all())).save()",
        "max(Shelf.objects.all(), key=len).save()",
        "copy.copy(quoted).save()",
        "type(quoted).objects.get(pk=1).save()",
        "Shelf.objects.in_bulk([1])[1].save()",
        "for one, two in zip(rows, Shelf.objects.all()):\n    two.save()",
        "for one in chain(rows, Shelf.objects.all()):\n    one.save()",
        "for key, group in groupby(Shelf.objects.all()):\n    for one in group:\n        one.save()",
        "kept = []\nkept.append(quoted)\nfor one in kept:\n    one.save()",
        "kept = {}\nkept[1] = quoted\nkept.get(1).save()",
        "kept = {}\nkept[1] = quoted\nfor key, one in kept.items():\n    one.save()",
        "kept = defaultdict(list)\nkept[1].append(quoted)\nfor those in kept.values():\n    those[0].save()",
        "kept = {}\nkept.setdefault(1, []).append(quoted)\nkept[1][0].save()",
        "([quoted] + [maybe])[0].save()",
        "form = Move(other)\nform.cleaned_data['shelf'].save()",
        "form = Move(other)\nform.cleaned_data.get('shelf').save()",
        "form = Move(other)\nfor one in form.cleaned_data['others']:\n    one.save()",
        "form = Move(other)\nform.cleaned_data['others'].update(room=1)",
        "form = ShelfForm(other)\nform.cleaned_data['room'].save()",
        "User.objects.get(pk=1).porter.save()",
        "for one in tqdm(Shelf.objects.all()):\n    one.save()",
        "Porter.rooms.through.objects.bulk_create([])",
        "Porter.objects.get(pk=1).rooms.through.objects.all().delete()",
        "PeriodicTask.objects.create(name='sweep')",
        "PeriodicTask.objects.filter(name='sweep').delete()",
        "PeriodicTask.objects.get(name='sweep').save()",
        "Derived.objects.get_or_create(pk=1)",
        "Stored(label='a').save()",
        "Loaded.objects.get(pk=1).save()",
        "queryset.update(dusty=False)",
        "one, new = Shelf.objects.kept(pk=1)\none.save()",
        "Shelf.objects.fresh().save()",
        "SignUp(other).save(commit=False).save()",
        "for one in Rows(other).save(commit=False):\n    one.save()",
        "for one in Rows(other).deleted_objects:\n    one.delete()",
        "for one in modelformset_factory(Shelf)(other).save(commit=False):\n    one.save()",
        "for one in inlineformset_factory(Room, Shelf)(other).new_objects:\n    one.save()",
        "from django.db import connections\nconnections['replica'].cursor().execute('DELETE FROM shelf')",
        "for one in queryset:\n    one.save()",
        "move = MoveSerializer(data=other)\nmove.validated_data.pop('shelf').save()",
    ],
)  # fmt: skip
def test_a_row_is_known_for_one(body: str) -> None:
    assert "database-write" in known(DJANGO, body)


@pytest.mark.parametrize(
    "body",
    [
        "form = Move(other)\nform.cleaned_data['missing'].save()",
        "other.cleaned_data['shelf'].save()",
        "rows.dusted().save()",
        "other.objects.filter(Prefix='a').delete()",
        "for one, two in zip(Shelf.objects.all(), rows):\n    two.save()",
        "kept = other()\nkept.append(quoted)\nkept[0].save()",
        "for one, two, three in zip(rows, rows, rows):\n    three.save()",
    ],
)  # fmt: skip
def test_what_nothing_says_is_not_known(body: str) -> None:
    assert "database-write" not in known(DJANGO, body)


SIGNALS = """
from django.db import models
from django.db.models.signals import post_save, pre_delete
from django.dispatch import receiver


class Shelf(models.Model):
    pass


class Room(models.Model):
    pass


{decorators}
def done(sender, instance, **kwargs):
    {body}


def ready():
    {connected}
"""


@pytest.mark.parametrize("body", ["instance.save()", "sender.objects.create(pk=1)"])
@pytest.mark.parametrize(
    ("decorators", "connected"),
    [
        ("@receiver(post_save, sender=Shelf)", "pass"),
        ("@receiver([post_save, pre_delete], sender='shop.Shelf')", "pass"),
        ("@receiver(post_save, sender=Shelf)\n@receiver(pre_delete, sender=Room)", "pass"),
        ("", "post_save.connect(done, sender=Shelf)"),
        ("", "post_save.connect(done, Shelf)"),
    ],
)
def test_a_signal_passes_a_row_of_its_sender(decorators: str, connected: str, body: str) -> None:
    assert "database-write" in known(SIGNALS.format(decorators=decorators, connected=connected, body=body), "")


@pytest.mark.parametrize("decorators", ["", "@receiver(post_save)", "@receiver(post_save, sender=unknown)"])
def test_what_another_signal_passes_is_not_known(decorators: str) -> None:
    assert "database-write" not in known(SIGNALS.format(decorators=decorators, connected="pass", body="instance.save()"), "")


@pytest.mark.parametrize(
    "body",
    [
        "session.scalars(select(Shelf)).first().dust()",
        "session.scalar(select(Shelf)).dust()",
        "session.execute(select(Shelf).where(Shelf.id == 1)).scalars().all()[0].dust()",
        "session.execute(select(Shelf)).scalar_one_or_none().dust()",
        "session.execute(select(Shelf)).one()[0].dust()",
        "for shelf, room in session.execute(select(Shelf, Room)).all():\n    shelf.dust()",
        "(await later.scalars(select(Shelf))).one().dust()",
        "found = await later.execute(select(Shelf))\nfor one in found.unique().scalars():\n    one.dust()",
        "session.get(Room, 1).shelves[0].dust()",
        "for one in session.get(Room, 1).furniture:\n    one.dust()",
    ],
)  # fmt: skip
def test_a_row_of_a_select_is_known_for_one(body: str) -> None:
    assert "Shelf.dust" in known(SQLALCHEMY, body)


@pytest.mark.parametrize(
    "body",
    [
        "session.execute(statement).scalars().first().dust()",
        "for room, shelf in session.execute(select(Room, Shelf)).all():\n    room.dust()",
        "for room, shelf in session.execute(select(Shelf, other)).all():\n    shelf.paint()",
        "session.get(Room, 1).walls[0].paint()",
    ],
)  # fmt: skip
def test_a_row_of_something_else_is_not_taken_for_it(body: str) -> None:
    assert not [one for one in known(SQLALCHEMY, body) if one.startswith("Shelf.")]
