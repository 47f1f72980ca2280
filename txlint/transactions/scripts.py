"""SQL scripts: whether the transactions that they begin are ended, and whether they can be undone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from txlint.facts.sql import SqlScript, SqlStatement

_BEGIN, _END = ("begin", "start transaction"), ("commit", "end", "rollback", "abort")
_PART = ("rollback to", "rollback work to", "rollback prepared", "commit prepared", "end if")
_WORK = ("create table", "alter table", "drop table", "create index", "create unique index", "insert", "update", "delete")
_ALONE = ("create index concurrently", "create unique index concurrently")


@dataclass(frozen=True, slots=True)
class Unbalanced:
    """A statement that leaves the transactions of its script in disorder.

    `kind`: `open` (begun and never ended), `again` (begun within one), `nothing` (ended where none is open), `outside` (work
    beside the transaction that the script uses).
    """

    path: str
    statement: SqlStatement
    kind: str


class Scripts:
    """Reads the scripts of a project; templates and those for clients with rules of their own are not judged."""

    def __init__(self, scripts: Mapping[str, SqlScript]) -> None:
        self.files = scripts

    def unbalanced(self) -> Iterator[Unbalanced]:
        """The first disorder of each script."""
        for path, script in self.files.items():
            found = None if script.foreign or _folder(path) in self._parts else next(_disorder(path, script.statements), None)
            if found is not None:
                yield found

    @cached_property
    def _parts(self) -> frozenset[str]:
        """Folders of scripts that are run one after the other in one session: one of them only ends a transaction."""
        ends = (path for path, one in self.files.items() if one.statements and all(map(_is_end, one.statements)))
        return frozenset(map(_folder, ends))

    def without_way_back(self) -> Iterator[tuple[str, SqlStatement]]:
        """The scripts without a down in a folder of ups and downs, each with its first statement that changes a table."""
        for path, script in self.files.items():
            way_back = _way_back(path)
            changes = next((one for one in script.statements if one.begins(*_WORK)), None)
            pairs = any(_way_back(other) in self.files for other in self.files if _folder(other) == _folder(path))
            if way_back and pairs and way_back not in self.files and changes is not None:
                yield path, changes


def _disorder(path: str, statements: tuple[SqlStatement, ...]) -> Iterator[Unbalanced]:
    begun: SqlStatement | None = None
    used = any(one.begins(*_BEGIN) for one in statements)
    implicit = any(one.begins("set autocommit", "set implicit_transactions") for one in statements)
    for one in statements:
        if one.begins(*_BEGIN):
            if begun is not None:
                yield Unbalanced(path, one, "again")
            begun = one
        elif one.begins(*_END) and not one.begins(*_PART):
            if begun is None and not implicit:
                yield Unbalanced(path, one, "nothing")
            begun = begun if "chain" in one.words and "no chain" not in one.words else None
        elif used and begun is None and one.begins(*_WORK) and not one.begins(*_ALONE) and not _is_repeatable(one):
            yield Unbalanced(path, one, "outside")
    if begun is not None:
        yield Unbalanced(path, begun, "open")


def _is_repeatable(one: SqlStatement) -> bool:
    """Whether a statement says itself that it may have been run before: `DROP TABLE IF EXISTS`."""
    return " if exists" in one.words or " if not exists" in one.words


def _is_end(one: SqlStatement) -> bool:
    return one.begins(*_END)


def _way_back(path: str) -> str:
    """The script that would undo this one, by the names that these have: `0001_x.up.sql` and `0001_x.down.sql`."""
    for up, down in ((".up.sql", ".down.sql"), ("/up.sql", "/down.sql"), ("_up.sql", "_down.sql")):
        if path.endswith(up):
            return path.removesuffix(up) + down
    return path.removesuffix(".sql") + "_rollback.sql" if not path.endswith(("_rollback.sql", "down.sql")) else ""


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
