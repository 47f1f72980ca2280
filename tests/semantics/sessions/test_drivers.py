"""Connections of drivers."""

from __future__ import annotations

import pytest

pytest.importorskip("psycopg", reason="NOT CHECKED: psycopg is not installed")

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg


def numbers(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [number for (number,) in connection.execute("SELECT number FROM orders ORDER BY number")]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        connection.execute("CREATE TABLE orders (number TEXT UNIQUE)")
    return tmp_path / "shop.db"


# TX218


def test_sqlite_keeps_nothing_that_is_not_committed(shop: Path) -> None:
    with closing(sqlite3.connect(shop)) as connection:
        connection.execute("INSERT INTO orders VALUES ('1')")
    assert numbers(shop) == []
    with closing(sqlite3.connect(shop)) as connection, connection:
        connection.execute("INSERT INTO orders VALUES ('2')")
    assert numbers(shop) == ["2"]


def test_postgresql_keeps_nothing_that_is_not_committed(server: Path) -> None:
    place = f"host={server} user=postgres dbname=postgres"
    with psycopg.connect(place) as connection:
        connection.execute("DROP TABLE IF EXISTS carts")
        connection.execute("CREATE TABLE carts (number text)")
    connection = psycopg.connect(place)
    connection.execute("INSERT INTO carts VALUES ('1')")
    connection.close()
    with psycopg.connect(place) as connection:
        assert connection.execute("SELECT count(*) FROM carts").fetchone() == (0,)


# TX206 and TX216: a connection that is kept


def test_the_next_work_commits_what_a_failed_one_has_left(shop: Path) -> None:
    with closing(sqlite3.connect(shop)) as kept:
        kept.execute("INSERT INTO orders VALUES ('half')")
        with pytest.raises(sqlite3.IntegrityError):
            kept.execute("INSERT INTO orders VALUES ('half')")
        kept.execute("INSERT INTO orders VALUES ('whole')")
        kept.commit()
    assert numbers(shop) == ["half", "whole"]
