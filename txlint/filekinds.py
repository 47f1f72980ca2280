"""What a file is for, judged by its path relative to the project root."""

from __future__ import annotations

import re

CONFIGURATION = (".txlint.toml", "txlint.toml", "pyproject.toml")
"""Files that may configure txlint, the first one in a folder wins."""
SOURCES = (".py", ".sql")
"""The endings of the files that are analysed."""
TEST_FOLDERS = frozenset({"tests", "test", "testing"})
_SUITE = re.compile(r"\w[_-]tests$")
"""Folders of one kind of tests: `integration_tests`, `e2e-tests`."""


def is_test(path: str) -> bool:
    """Whether the file belongs to a test suite rather than to the program."""
    *folders, name = path.split("/")
    named = name in ("conftest.py", "tests.py") or name.startswith("test_") or name.endswith("_test.py")
    return named or not TEST_FOLDERS.isdisjoint(folders) or any(map(_SUITE.search, folders))


def is_migration(path: str) -> bool:
    """Whether the file is a schema migration."""
    return "migrations" in path.split("/")[:-1]


def is_sql(path: str) -> bool:
    """Whether the file is a script of SQL."""
    return path.endswith(".sql")
