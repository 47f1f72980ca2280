from django.core.cache import cache
from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver

from shop.models import Refund
from shop.tasks import send_receipt


@receiver(post_save, sender=Refund)
def refund_saved(sender, instance, **kwargs):
    transaction.on_commit(lambda: cache.delete(f"order-{instance.order_id}"))
    send_receipt.delay(instance.order_id)
