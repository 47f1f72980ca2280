"""What Prefect's transactions do to a database: nothing."""

from __future__ import annotations

import pytest

pytest.importorskip("prefect", reason="NOT CHECKED: prefect is not installed")

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from prefect import flow, task
from prefect.testing.utilities import prefect_test_harness
from prefect.transactions import transaction


@pytest.fixture(scope="module", autouse=True)
def engine() -> Iterator[None]:
    with prefect_test_harness():
        yield


# TX508


@pytest.mark.filterwarnings("ignore")
def test_rows_stay_when_the_block_fails_and_hooks_are_called(tmp_path: Path) -> None:
    path, undone = tmp_path / "shop.db", []
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE orders (number TEXT)")

    @task
    def place() -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("INSERT INTO orders VALUES ('1')")

    @place.on_rollback
    def cancel(_: object) -> None:
        undone.append("place")

    @flow
    def fulfil() -> None:
        with transaction():
            place()
            raise RuntimeError("no stock")

    with pytest.raises(RuntimeError):
        fulfil()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (1,)
    assert undone == ["place"]


# TX501


@pytest.mark.filterwarnings("ignore")
def test_a_retried_task_adds_its_rows_again(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE orders (number TEXT)")

    @task(retries=2)
    def place() -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("INSERT INTO orders VALUES ('1')")
        raise RuntimeError("no stock")

    @flow
    def fulfil() -> None:
        place()

    with pytest.raises(RuntimeError):
        fulfil()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (3,)
