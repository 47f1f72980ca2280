"""The model of users, by the setting that names it."""

from __future__ import annotations

from textwrap import dedent

import pytest

from txlint.config import Config
from txlint.engine import analyse_sources

USER = """
    class User(models.Model):
        name = models.CharField(max_length=9)
    """
MODELS = """
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.db import models
    from django.db.models.signals import post_save
    from django.dispatch import receiver

    class Order(models.Model):
        user = models.ForeignKey(settings.AUTH_USER_MODEL, related_name="orders", on_delete=models.CASCADE)

    @receiver(post_save, sender=settings.AUTH_USER_MODEL)
    def welcome(sender, instance, **kwargs):
        print(instance)
    """
WORK = """
    from shop.models import Order

    def work():
        order = Order.objects.get(pk=1)
        order.user.save()
    """


@pytest.mark.parametrize(("setting", "user"), [("", ""), ('AUTH_USER_MODEL = "shop.User"', USER)])
def test_a_relation_to_the_user_model_leads_to_users(setting: str, user: str) -> None:
    models = dedent(MODELS).replace("class Order", dedent(user).lstrip() + "\n\nclass Order")
    sources = {"shop/settings.py": f"DATABASES = {{}}\n{setting}\n", "shop/models.py": models, "shop/work.py": dedent(WORK)}
    analysis = analyse_sources({path: text.encode() for path, text in sources.items()}, (), Config()).analysis
    assert analysis is not None
    [saved] = (site for site in analysis.sites() if any(effect.kind == "database-write" for effect in site.effects))
    assert saved.func.record.name == "work"
    assert [edge.func.record.name for edge in saved.edges] == ["welcome"]
