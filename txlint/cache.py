"""Facts that need not be extracted again: one database for all projects of a user, keyed by the content of the files.

The cache may be lost, broken, locked or read-only at any time: whatever goes wrong is a miss, told once as `trouble`.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Self

from txlint.cache_folder import ANSWERS
from txlint.facts import records

FILE_NAME = "facts.sqlite3"
MAX_BYTES = 512 * 1024 * 1024
WAIT_SECONDS = 2.0
DAY = 86_400
SCHEMA = "create table if not exists facts (key blob primary key, facts blob not null, used integer not null)"
TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# A cache of txlint; safe to delete.\n"


def key(source: bytes) -> bytes:
    """The key of the facts of these bytes, as this version of the extractor writes them."""
    return blake2b(source, digest_size=20, key=extractor_version()).digest()


@cache
def extractor_version() -> bytes:
    """A digest of the schema and of the code that makes facts, so that no change to it can meet facts of another one."""
    code = sorted((page.name, page.read_bytes()) for page in files(records.__package__).iterdir() if page.name.endswith(".py"))
    return blake2b(repr((records.SCHEMA, code)).encode(), digest_size=16).digest()


def clean(folder: Path) -> bool:
    """Delete the cache; whether there was one."""
    found = (folder / FILE_NAME).exists()
    for answer in (folder / ANSWERS).glob("*"):
        answer.unlink(missing_ok=True)
    for suffix in ("", "-wal", "-shm"):
        (folder / (FILE_NAME + suffix)).unlink(missing_ok=True)
    for name in ("CACHEDIR.TAG", ".gitignore"):
        if found:
            (folder / name).unlink(missing_ok=True)
    return found


class FactsCache:
    """An open cache; encoded facts in, encoded facts out."""

    def __init__(self, folder: Path, max_bytes: int = MAX_BYTES) -> None:
        self.trouble: str | None = None
        self._max_bytes = max_bytes
        self._file = folder / FILE_NAME
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        try:
            self._connection = self._opened()
        except (OSError, sqlite3.Error) as error:
            self._give_up(error)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._connection:
            self._connection.close()

    def get(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """The facts that are known for these keys."""
        found: dict[bytes, bytes] = {}
        today = int(time.time()) // DAY
        try:
            for some in _batches(tuple(keys)):
                if not self._connection:
                    break
                marks = ",".join("?" * len(some))
                found |= dict(self._connection.execute(f"select key, facts from facts where key in ({marks})", some))
                # Once a day is often enough to know what is in use, and spares all other runs the write.
                touch = f"update facts set used = ? where used < ? and key in ({marks})"
                with self._connection:
                    self._connection.execute(touch, (today, today, *some))
        except sqlite3.Error as error:
            self._give_up(error)
        return found

    def put(self, entries: Mapping[bytes, bytes]) -> None:
        """Remember facts, and forget the longest unused ones once the cache is too large."""
        today = int(time.time()) // DAY
        try:
            if self._connection and entries:
                with self._connection:
                    rows = ((name, facts, today) for name, facts in entries.items())
                    self._connection.executemany("insert or replace into facts values (?, ?, ?)", rows)
                    self._shrink(self._connection)
        except sqlite3.Error as error:
            self._give_up(error)

    def _opened(self) -> sqlite3.Connection:
        folder = self._file.parent
        if not folder.exists():
            folder.mkdir(parents=True, mode=0o700, exist_ok=True)  # Another run may be making it at this moment.
            (folder / "CACHEDIR.TAG").write_text(TAG, encoding="utf-8")
            (folder / ".gitignore").write_text("*\n", encoding="utf-8")
        for path in (folder, self._file):
            if hasattr(os, "getuid") and path.exists() and path.stat().st_uid != os.getuid():
                raise PermissionError(0, f"{path} belongs to another user")
        connection = sqlite3.connect(self._file, timeout=WAIT_SECONDS)
        try:
            _prepare(connection)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _shrink(self, connection: sqlite3.Connection) -> None:
        """Freed pages are used again, so the file stops growing where the entries do."""
        while _bytes_used(connection) > self._max_bytes:
            oldest = "select key from facts order by used limit (select count(*) / 4 + 1 from facts)"
            if not connection.execute(f"delete from facts where key in ({oldest})").rowcount:
                break

    def _give_up(self, error: Exception) -> None:
        self.trouble = f"working without the cache {self._file}: {error}; `txlint clean` removes it"
        if self._connection:
            self._connection.close()
        self._connection = None


def _prepare(connection: sqlite3.Connection) -> None:
    """Make the table. SQLite waits for no lock while it changes the journal: runs that make a database at once try again."""
    end = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            connection.execute("pragma journal_mode = wal")
            connection.execute("pragma synchronous = normal")
            connection.execute(SCHEMA)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return


def _bytes_used(connection: sqlite3.Connection) -> int:
    def number(name: str) -> int:
        [value] = connection.execute(f"pragma {name}").fetchone()
        return int(value)

    return (number("page_count") - number("freelist_count")) * number("page_size")


def _batches(keys: tuple[bytes, ...], size: int = 500) -> Iterable[tuple[bytes, ...]]:
    return (keys[start : start + size] for start in range(0, len(keys), size))
