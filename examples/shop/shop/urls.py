from django.urls import path

from shop import views

urlpatterns = [
    path("orders/", views.OrderView.as_view()),
    path("orders/<int:pk>/refund/", views.RefundView.as_view()),
    path("orders/<int:pk>/cancel/", views.CancelView.as_view()),
]
