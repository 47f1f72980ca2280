"""Requests: what ATOMIC_REQUESTS covers, what answers commit, and what the REST framework rolls back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.handlers.base import BaseHandler
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.test import RequestFactory
from django.utils.decorators import method_decorator
from django.views import View
from rest_framework.decorators import api_view
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView

from tests.semantics.atomic.shop.models import Order


@pytest.fixture
def atomic_requests() -> Iterator[None]:
    connection.settings_dict["ATOMIC_REQUESTS"] = True
    yield
    connection.settings_dict["ATOMIC_REQUESTS"] = False


def request(view: Callable[..., Any], method: str = "post") -> Any:
    """The answer of a view, called as the handler calls it."""
    return BaseHandler().make_view_atomic(view)(getattr(RequestFactory(), method)("/"))


def rows() -> int:
    return Order.objects.count()


# --- ATOMIC_REQUESTS: TX118, TX119, TX124, TX606 -----------------------------------------------------------------------------


def test_an_exception_rolls_the_request_back(atomic_requests: None) -> None:
    def view(_: HttpRequest) -> HttpResponse:
        Order.objects.create(number="a")
        raise ValueError

    with pytest.raises(ValueError):
        request(view)
    assert rows() == 0


def test_an_error_answer_commits(atomic_requests: None) -> None:
    def view(_: HttpRequest) -> HttpResponse:
        Order.objects.create(number="a")
        return HttpResponseBadRequest()

    request(view)
    assert rows() == 1


def test_set_rollback_takes_it_back(atomic_requests: None) -> None:
    def view(_: HttpRequest) -> HttpResponse:
        Order.objects.create(number="a")
        transaction.set_rollback(True)
        return HttpResponseBadRequest()

    request(view)
    assert rows() == 0


def test_a_module_level_setting_is_nothing() -> None:
    assert "ATOMIC_REQUESTS" in connection.settings_dict  # only this one is read
    assert request(lambda _: connection.in_atomic_block) is False


def test_a_streamed_body_is_made_after_the_transaction(atomic_requests: None) -> None:
    def view(_: HttpRequest) -> Iterator[bool]:
        return (connection.in_atomic_block for _ in range(1))

    assert list(request(view)) == [False]


def test_an_async_view_is_refused(atomic_requests: None) -> None:
    async def view(_: HttpRequest) -> HttpResponse:
        return HttpResponse()

    with pytest.raises(RuntimeError):
        BaseHandler().make_view_atomic(view)


def test_opting_out_works_on_dispatch_and_not_on_a_method(atomic_requests: None) -> None:
    class OnMethod(View):
        @method_decorator(transaction.non_atomic_requests)
        def post(self, _: HttpRequest) -> HttpResponse:
            return HttpResponse(str(connection.in_atomic_block))

    @method_decorator(transaction.non_atomic_requests, name="dispatch")
    class OnDispatch(View):
        def post(self, _: HttpRequest) -> HttpResponse:
            return HttpResponse(str(connection.in_atomic_block))

    assert request(OnMethod.as_view()).content == b"True"
    assert request(OnDispatch.as_view()).content == b"False"


# --- the REST framework: TX123, TX608 ----------------------------------------------------------------------------------------


class Refusing(APIView):
    authentication_classes = ()
    permission_classes = ()

    def post(self, _: Any) -> Response:
        Order.objects.create(number="a")
        raise ValidationError


def test_a_block_around_dispatch_commits_what_the_framework_answers() -> None:
    @method_decorator(transaction.atomic, name="dispatch")
    class Around(Refusing):
        pass

    assert request(Around.as_view()).status_code == 400
    assert rows() == 1


def test_a_block_around_the_method_rolls_back() -> None:
    @method_decorator(transaction.atomic, name="post")
    class Inside(Refusing):
        pass

    assert request(Inside.as_view()).status_code == 400
    assert rows() == 0


def test_a_block_above_api_view_commits_and_below_it_rolls_back() -> None:
    def refuse(_: Any) -> Response:
        Order.objects.create(number="a")
        raise ValidationError

    above = transaction.atomic(api_view(["POST"])(refuse))
    below = api_view(["POST"])(transaction.atomic(refuse))
    for view in (above, below):
        view.cls.authentication_classes = ()
        view.cls.permission_classes = ()
    assert request(below).status_code == 400
    assert rows() == 0
    assert request(above).status_code == 400
    assert rows() == 1


def test_the_built_in_error_answer_rolls_the_request_back(atomic_requests: None) -> None:
    assert request(Refusing.as_view()).status_code == 400
    assert rows() == 0


def test_an_error_answer_of_ones_own_commits_it(atomic_requests: None) -> None:
    class Careless(Refusing):
        def get_exception_handler(self) -> Callable[..., Response]:
            return lambda error, context: Response(status=500)

    assert request(Careless.as_view()).status_code == 500
    assert rows() == 1


def test_a_returned_error_commits_under_atomic_requests(atomic_requests: None) -> None:
    class Returning(Refusing):
        def post(self, _: Any) -> Response:
            Order.objects.create(number="a")
            return Response(status=400)

    assert request(Returning.as_view()).status_code == 400
    assert rows() == 1


# --- the admin: TX120 ---------------------------------------------------------------------------------------------------------


def test_the_admin_saves_in_a_transaction_and_runs_actions_in_none() -> None:
    from django.contrib.admin import AdminSite, ModelAdmin

    seen: dict[str, bool] = {}

    class Recording(ModelAdmin):
        actions = ("note",)

        def note(self, _: Any, __: Any) -> None:
            seen["action"] = connection.in_atomic_block

        def _changeform_view(self, *_: Any, **__: Any) -> HttpResponse:
            seen["save"] = connection.in_atomic_block
            return HttpResponse()

        def get_actions(self, _: Any) -> dict[str, Any]:
            return {"note": (type(self).note, "note", "Note")}

    admin = Recording(Order, AdminSite())
    order = Order.objects.create(number="a")
    post = RequestFactory().post("/", {"action": "note", "_selected_action": str(order.pk)})
    post._dont_enforce_csrf_checks = True
    admin.changeform_view(post)
    admin.response_action(post, Order.objects.all())
    assert seen == {"save": True, "action": False}
