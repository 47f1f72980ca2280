"""`atomic`: what it commits, what it refuses, and what goes past it."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.core.exceptions import SynchronousOnlyOperation
from django.db import DatabaseError, IntegrityError, connections, transaction
from django.db.transaction import TransactionManagementError

from tests.semantics.atomic.seen import elsewhere
from tests.semantics.atomic.shop.models import Order


def rows(alias: str = "default") -> int:
    return Order.objects.using(alias).count()


def make(number: str, alias: str = "default") -> Order:
    return Order.objects.using(alias).create(number=number)


# --- TX101, TX102, TX103: without a block every write stays ---------------------------------------------------------------


def test_writes_before_an_error_stay_without_a_block(alias: str) -> None:
    def operation() -> None:
        make("a", alias)
        raise ValueError

    with pytest.raises(ValueError):
        operation()
    assert rows(alias) == 1


def test_writes_before_an_error_are_taken_back_with_one(alias: str) -> None:
    with pytest.raises(ValueError), transaction.atomic(using=alias):
        make("a", alias)
        raise ValueError
    assert rows(alias) == 0


def test_a_return_out_of_the_block_commits(alias: str) -> None:
    def operation() -> None:
        with transaction.atomic(using=alias):
            make("a", alias)
            return

    operation()
    assert rows(alias) == 1


# --- TX108: a block is about one database -----------------------------------------------------------------------------------


def test_a_write_to_another_database_stays_when_the_block_is_rolled_back() -> None:
    with pytest.raises(ValueError), transaction.atomic():
        make("a", "other")
        raise ValueError
    assert rows("other") == 1


# --- TX112, TX114: coroutines -----------------------------------------------------------------------------------------------


def test_a_block_in_a_coroutine_raises() -> None:
    async def operation() -> None:
        with transaction.atomic():
            pass

    with pytest.raises(SynchronousOnlyOperation):
        asyncio.run(operation())


def test_each_asynchronous_write_commits_alone() -> None:
    async def operation() -> None:
        await Order.objects.acreate(number="a")
        await Order.objects.acreate(number="b")
        raise ValueError

    with pytest.raises(ValueError):
        async_to_sync(operation)()
    assert rows() == 2


def test_synchronous_code_with_a_block_covers_a_coroutine_that_it_waits_for() -> None:
    async def operation() -> None:
        await Order.objects.acreate(number="a")
        raise ValueError

    with pytest.raises(ValueError), transaction.atomic():
        async_to_sync(operation)()
    assert rows() == 0


def test_one_synchronous_function_with_a_block_is_the_way_out() -> None:
    @transaction.atomic
    def store() -> None:
        make("a")
        raise ValueError

    async def operation() -> None:
        await sync_to_async(store)()

    with pytest.raises(ValueError):
        async_to_sync(operation)()
    assert rows() == 0


# --- TX113: generators ------------------------------------------------------------------------------------------------------


def test_a_decorator_on_a_generator_is_left_before_its_first_step() -> None:
    @transaction.atomic
    def numbers():
        yield connections["default"].in_atomic_block

    assert next(numbers()) is False


def test_a_block_around_a_yield_stays_open_in_the_consumer() -> None:
    def numbers():
        with transaction.atomic():
            yield 1

    steps = numbers()
    next(steps)
    assert connections["default"].in_atomic_block
    steps.close()
    assert not connections["default"].in_atomic_block


# --- TX115, TX116, TX117: by hand -------------------------------------------------------------------------------------------


def test_durable_refuses_to_be_nested() -> None:
    with transaction.atomic(), pytest.raises(RuntimeError), transaction.atomic(durable=True):
        pass


@pytest.mark.parametrize("by_hand", [transaction.commit, transaction.rollback, lambda: transaction.set_autocommit(True)])
def test_ending_the_transaction_by_hand_is_refused(by_hand) -> None:
    with pytest.raises(TransactionManagementError), transaction.atomic():
        by_hand()


def test_a_literal_commit_is_not_stopped(pg: str) -> None:
    with pytest.raises(ValueError), transaction.atomic(using=pg):
        make("a", pg)
        with connections[pg].cursor() as cursor:
            cursor.execute("COMMIT")
        raise ValueError
    assert rows(pg) == 1


def test_a_closed_connection_loses_the_block(pg: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(using=pg):
        make("a", pg)
        connections[pg].close()
        make("b", pg)
    assert rows(pg) == 0


def test_hooks_are_refused_without_autocommit() -> None:
    transaction.set_autocommit(False)
    try:
        with pytest.raises(TransactionManagementError):
            transaction.on_commit(print)
    finally:
        transaction.rollback()
        transaction.set_autocommit(True)


def test_autocommit_that_is_left_off_loses_later_writes(pg: str) -> None:
    transaction.set_autocommit(False, using=pg)
    make("a", pg)
    connections[pg].close()
    assert rows(pg) == 0


# --- TX601, TX602: errors that end inside the block ---------------------------------------------------------------------------


def test_a_query_after_a_swallowed_database_error_fails(alias: str) -> None:
    make("a", alias)
    with pytest.raises(TransactionManagementError), transaction.atomic(using=alias):
        try:
            make("a", alias)
        except IntegrityError:
            pass
        rows(alias)


def test_without_a_query_everything_is_rolled_back_in_silence(alias: str) -> None:
    make("a", alias)

    def operation() -> str:
        with transaction.atomic(using=alias):
            make("b", alias)
            try:
                make("a", alias)
            except IntegrityError:
                return "done"
        return "done"

    assert operation() == "done"
    assert rows(alias) == 1


def test_a_savepoint_around_what_may_fail_keeps_the_rest(alias: str) -> None:
    make("a", alias)
    with transaction.atomic(using=alias):
        make("b", alias)
        try:
            with transaction.atomic(using=alias):
                make("a", alias)
        except IntegrityError:
            pass
    assert rows(alias) == 2


@pytest.mark.parametrize("method", ["get_or_create", "update_or_create"])
def test_get_or_create_and_update_or_create_have_a_savepoint_of_their_own(alias: str, method: str) -> None:
    with transaction.atomic(using=alias):
        make("a", alias)
        with pytest.raises(IntegrityError):
            getattr(Order.objects.using(alias), method)(pk=99, defaults={"number": "a"})
        make("b", alias)
    assert rows(alias) == 2


def test_an_error_that_is_let_go_breaks_no_more_than_the_innermost_block(alias: str) -> None:
    make("a", alias)
    with transaction.atomic(using=alias):
        with transaction.atomic(using=alias):
            make("b", alias)
            with suppress(IntegrityError):
                make("a", alias)
        make("c", alias)
    assert rows(alias) == 2


def test_other_errors_leave_the_block_usable_and_half_is_committed(alias: str) -> None:
    with transaction.atomic(using=alias):
        try:
            make("a", alias)
            raise ValueError
        except ValueError:
            pass
    assert rows(alias) == 1


def test_a_statement_that_fails_on_postgresql_makes_the_commit_a_rollback(pg: str) -> None:
    with transaction.atomic(using=pg):
        make("a", pg)
        try:
            with connections[pg].cursor() as cursor:
                cursor.execute("SELECT * FROM no_such_table")
        except DatabaseError:
            pass
    assert rows(pg) == 0


def test_an_inner_block_without_savepoint_breaks_the_outer_one(alias: str) -> None:
    with transaction.atomic(using=alias):
        make("a", alias)
        try:
            with transaction.atomic(using=alias, savepoint=False):
                raise ValueError
        except ValueError:
            pass
    assert rows(alias) == 0


# --- TX603, TX607: what is written in the handler goes with the rest ----------------------------------------------------


def test_a_failure_log_in_the_transaction_is_rolled_back_with_it(alias: str) -> None:
    with pytest.raises(ValueError), transaction.atomic(using=alias):
        try:
            raise ValueError
        except ValueError:
            make("failed", alias)
            raise
    assert rows(alias) == 0


def test_undoing_by_hand_after_an_error_fails_on_postgresql(pg: str) -> None:
    with pytest.raises(TransactionManagementError), transaction.atomic(using=pg):
        order = make("a", pg)
        try:
            make("a", pg)
        except IntegrityError:
            order.delete()
            raise


# --- TX405: threads ---------------------------------------------------------------------------------------------------------


def test_another_thread_does_not_see_what_is_not_committed(pg: str) -> None:
    with transaction.atomic(using=pg):
        make("a", pg)
        assert elsewhere(lambda: rows(pg)) == 0
    assert elsewhere(lambda: rows(pg)) == 1


def test_what_another_thread_writes_stays_after_a_rollback(pg: str) -> None:
    with pytest.raises(ValueError), transaction.atomic(using=pg):
        elsewhere(lambda: make("a", pg))
        raise ValueError
    assert rows(pg) == 1


# --- TX122 ------------------------------------------------------------------------------------------------------------------


def test_the_old_name_of_a_savepoint_is_there_or_warns() -> None:
    with transaction.atomic():
        if hasattr(transaction, "savepoint_create"):
            with pytest.warns(DeprecationWarning):
                transaction.savepoint()
        else:
            transaction.savepoint_commit(transaction.savepoint())
