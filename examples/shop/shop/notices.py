from shop.tasks import send_receipt


def announce(order):
    send_receipt.delay(order.pk)
