"""What paths say about files."""

from __future__ import annotations

import pytest

from txlint.filekinds import is_migration, is_test


@pytest.mark.parametrize(
    "path",
    [
        "tests/a.py",
        "shop/tests/factories.py",
        "shop/testing/x.py",
        "e2e-tests/x.py",
        "integration_tests/suite/x.py",
        "shop/test_x.py",
        "x_test.py",
        "shop/conftest.py",
    ],
)
def test_test_files(path: str) -> None:
    assert is_test(path)


@pytest.mark.parametrize(
    "path",
    [
        "shop/views.py",
        "shop/contest.py",
        "shop/latest.py",
        "shop/testimonials/x.py",
        "shop/ab_test/x.py",
        "contests/x.py",
        "tests.py/x",
    ],
)
def test_program_files(path: str) -> None:
    assert not is_test(path)


def test_migrations() -> None:
    assert is_migration("shop/migrations/0001_initial.py")
    assert not is_migration("shop/migrations.py")
