"""What the rules on sessions take for granted, tried on the real SQLAlchemy, drivers, FastAPI and Prefect."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.semantics import postgresql

MISSING = [name for name in ("sqlalchemy", "psycopg", "aiosqlite", "fastapi", "httpx", "prefect") if not find_spec(name)]


def pytest_report_header() -> str:
    return f"semantics of sessions: NOT CHECKED where it needs {', '.join(MISSING)}" if MISSING else "semantics: all"


@pytest.fixture
def database() -> None:
    """No Django here."""


@pytest.fixture(scope="session")
def server() -> Iterator[Path]:
    """The folder with the socket of a PostgreSQL server."""
    with TemporaryDirectory(prefix="txlint-") as folder:
        try:
            with postgresql.running(Path(folder)):
                yield Path(folder)
        except postgresql.NoServer as error:
            pytest.skip(f"NOT CHECKED ON POSTGRESQL: {error}")
