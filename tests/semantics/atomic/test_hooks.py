"""Commit hooks: when they run, and when never (TX301, TX304 to TX308, TX313, TX314, TX317, TX318)."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import transaction

from tests.semantics.atomic.shop.models import Order


def test_without_a_transaction_a_hook_runs_at_once() -> None:
    ran: list[int] = []
    transaction.on_commit(lambda: ran.append(1))
    assert ran == [1]


def test_a_hook_runs_after_the_outermost_commit() -> None:
    ran: list[bool] = []
    with transaction.atomic():
        with transaction.atomic():
            transaction.on_commit(lambda: ran.append(transaction.get_connection().in_atomic_block))
        assert ran == []
    assert ran == [False]


def test_a_hook_of_a_savepoint_that_is_rolled_back_is_dropped() -> None:
    ran: list[int] = []
    with transaction.atomic():
        try:
            with transaction.atomic():
                transaction.on_commit(lambda: ran.append(1))
                raise ValueError
        except ValueError:
            pass
    assert ran == []


def test_a_hook_before_a_raise_is_dropped() -> None:
    ran: list[int] = []
    with pytest.raises(ValueError), transaction.atomic():
        transaction.on_commit(lambda: ran.append(1))
        raise ValueError
    assert ran == []


def test_a_hook_for_another_database_does_not_wait() -> None:
    ran: list[int] = []
    with transaction.atomic(using="other"):
        transaction.on_commit(lambda: ran.append(1))
        assert ran == [1]
    with transaction.atomic(using="other"):
        transaction.on_commit(lambda: ran.append(2), using="other")
        assert ran == [1]
    assert ran == [1, 2]


def test_a_lambda_over_a_loop_variable_sees_its_last_value() -> None:
    late: list[int] = []
    bound: list[int] = []
    with transaction.atomic():
        for number in range(3):
            transaction.on_commit(lambda: late.append(number))  # noqa: B023
            transaction.on_commit(partial(bound.append, number))
    assert (late, bound) == ([2, 2, 2], [0, 1, 2])


def test_the_result_of_a_call_is_no_hook() -> None:
    sent: list[int] = []
    with pytest.raises(TypeError), transaction.atomic():
        Order.objects.create(number="a")
        transaction.on_commit(sent.append(1))
    assert sent == [1]
    assert Order.objects.count() == 0


def test_nothing_comes_back_from_on_commit() -> None:
    with transaction.atomic():
        assert transaction.on_commit(lambda: 1) is None


def test_a_hook_that_fails_takes_the_later_ones_with_it_and_the_data_stay() -> None:
    ran: list[int] = []

    def refuse() -> None:
        raise ValueError

    with pytest.raises(ValueError), transaction.atomic():
        Order.objects.create(number="a")
        transaction.on_commit(refuse)
        transaction.on_commit(lambda: ran.append(1))
    assert ran == []
    assert Order.objects.count() == 1


def test_a_robust_hook_fails_alone() -> None:
    ran: list[int] = []

    def refuse() -> None:
        raise ValueError

    with transaction.atomic():
        transaction.on_commit(refuse, robust=True)
        transaction.on_commit(lambda: ran.append(1))
    assert ran == [1]


def test_a_tuple_is_one_argument() -> None:
    def announce(number: int, name: str) -> None:
        raise AssertionError((number, name))

    with pytest.raises(TypeError), transaction.atomic():
        transaction.on_commit(partial(announce, (1, "a")))
