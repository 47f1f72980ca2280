"""Models to try Django's behaviour on."""

from __future__ import annotations

from django.db import models


class Order(models.Model):
    number = models.CharField(max_length=20, unique=True)
    count = models.IntegerField(default=0)

    class Meta:
        app_label = "shop"


class Line(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")

    class Meta:
        app_label = "shop"


class Tag(models.Model):
    name = models.CharField(max_length=20)

    class Meta:
        app_label = "shop"


class Article(models.Model):
    title = models.CharField(max_length=20)
    tags = models.ManyToManyField(Tag)

    class Meta:
        app_label = "shop"


class Shelf(models.Model):
    tags = models.ManyToManyField(Tag, through="Place")

    class Meta:
        app_label = "shop"


class Place(models.Model):
    shelf = models.ForeignKey(Shelf, models.CASCADE)
    tag = models.ForeignKey(Tag, models.CASCADE)

    class Meta:
        app_label = "shop"


class Product(models.Model):
    name = models.CharField(max_length=20)

    class Meta:
        app_label = "shop"


class Book(Product):
    pages = models.IntegerField(unique=True)

    class Meta:
        app_label = "shop"


MODELS = (Order, Line, Tag, Article, Shelf, Place, Product, Book)
