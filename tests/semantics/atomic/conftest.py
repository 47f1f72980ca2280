"""What the catalogue's rules take for granted, tried on the real Django, REST framework and Celery."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from tests import django_project
from tests.semantics import postgresql

MISSING = [name for name in ("django", "rest_framework", "celery", "psycopg") if not find_spec(name)]
collect_ignore_glob = ["test_*.py"] if MISSING else []


def pytest_report_header() -> str:
    return f"semantics: NOT CHECKED, because {', '.join(MISSING)} is not installed" if MISSING else "semantics: checked"


if not MISSING:
    django_project.set_up()


def _create(alias: str) -> None:
    from django.core.management import call_command
    from django.db import connections

    from tests.semantics.atomic.shop.models import MODELS

    call_command("migrate", database=alias, verbosity=0, run_syncdb=False)
    with connections[alias].schema_editor() as editor:
        for model in MODELS:
            if model._meta.db_table not in connections[alias].introspection.table_names():
                editor.create_model(model)


def _empty(alias: str) -> None:
    from tests.semantics.atomic.shop.models import MODELS

    for model in reversed(MODELS):
        model.objects.using(alias).all().delete()


@pytest.fixture(scope="session")
def _sqlite() -> Iterator[None]:
    from django.db import connections

    for alias in ("default", "other"):
        _create(alias)
    yield
    connections.close_all()


@pytest.fixture(autouse=True)
def database(_sqlite: None) -> None:
    """Empty tables in both SQLite databases."""
    for alias in ("default", "other"):
        _empty(alias)


@pytest.fixture(scope="session")
def _server() -> Iterator[str]:
    from django.db import connections

    try:
        with postgresql.running(django_project.FOLDER):
            _create("postgresql")
            yield "postgresql"
            connections["postgresql"].close()
    except postgresql.NoServer as error:
        pytest.skip(f"NOT CHECKED ON POSTGRESQL: {error}")


@pytest.fixture
def pg(_server: str) -> str:
    """The alias of a PostgreSQL database with empty tables."""
    _empty(_server)
    return _server


@pytest.fixture(params=["default", "postgresql"])
def alias(request: pytest.FixtureRequest) -> str:
    """Each database in turn."""
    return str(request.getfixturevalue("pg") if request.param == "postgresql" else request.param)
