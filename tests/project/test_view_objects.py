"""The object that a generic view is about, whatever names its rows: `queryset`, `model`, or a method of the view's own."""

from __future__ import annotations

from textwrap import dedent

import pytest

from txlint.config import Config
from txlint.engine import analyse_sources

MODELS = """
    from django.db import models

    class Order(models.Model):
        number = models.CharField(max_length=9)
    """
HEAD = """
    from django.shortcuts import get_object_or_404
    from django.views.generic import DetailView, UpdateView
    from rest_framework.generics import DestroyAPIView
    from rest_framework.viewsets import ModelViewSet
    from shop.models import Order
    """
VIEWS = {
    "what is destroyed": """
        class Cancel(DestroyAPIView):
            queryset = Order.objects.all()

            def perform_destroy(self, instance):
                instance.delete()
        """,
    "what a queryset method gives": """
        class Orders(ModelViewSet):
            def get_queryset(self):
                return Order.objects.filter(number=self.kwargs["number"])

            def touch(self, request):
                self.get_object().delete()
        """,
    "what is destroyed of what a method gives": """
        class Orders(ModelViewSet):
            def get_object(self):
                return get_object_or_404(Order, pk=self.kwargs["pk"])

            def perform_destroy(self, instance):
                instance.delete()
        """,
    "the object of a model": """
        class Show(DetailView):
            model = Order

            def post(self, request):
                self.object.delete()
        """,
    "the object of a method": """
        class Change(UpdateView):
            def get_object(self):
                return Order.objects.get(number=self.kwargs["number"])

            def form_valid(self, form):
                self.object.delete()
        """,
    "the object of a queryset method": """
        class Change(UpdateView):
            def get_queryset(self):
                return Order.objects.filter(number="1")

            def form_valid(self, form):
                self.object.delete()
        """,
}


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_is_about_a_row_of_its_model(view: str) -> None:
    sources = {"shop/models.py": dedent(MODELS).encode(), "shop/views.py": (dedent(HEAD) + dedent(VIEWS[view])).encode()}
    analysis = analyse_sources(sources, (), Config()).analysis
    assert analysis is not None
    [written] = (effect.on for site in analysis.sites() for effect in site.effects if effect.kind == "database-write")
    assert "Order" in repr(written)
