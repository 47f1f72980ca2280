from django.db import transaction
from django.http import JsonResponse
from django.views import View

from shop.models import Order, Refund
from shop.services import place


class OrderView(View):
    def post(self, request):
        order = place(request.POST["number"], request.POST["email"], request.POST.getlist("article"))
        return JsonResponse({"number": order.number})


class RefundView(View):
    def post(self, request, pk):
        order = Order.objects.get(pk=pk)
        order.state = "refunded"
        order.save()
        Refund.objects.create(order=order, amount=request.POST["amount"])
        return JsonResponse({"number": order.number})


class CancelView(View):
    """As it should be: all or nothing."""

    def post(self, request, pk):
        with transaction.atomic():
            order = Order.objects.select_for_update().get(pk=pk)
            order.lines.all().delete()
            order.delete()
        return JsonResponse({})
