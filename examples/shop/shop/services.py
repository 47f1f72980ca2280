from django.db import transaction

from shop.models import Order
from shop.notices import announce


def place(number, email, articles):
    with transaction.atomic():
        order = Order.objects.create(number=number, email=email)
        for article in articles:
            order.lines.create(article=article, quantity=1)
        announce(order)
    return order
