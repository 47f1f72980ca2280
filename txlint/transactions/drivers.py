"""Connections of database drivers whose implicit transaction nothing ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.project.calls import Site, nested_statements
from txlint.project.model import Func, walk
from txlint.project.needs import sql_text
from txlint.project.project import Project
from txlint.transactions.made import Made, MadeSessions

_FAMILY = "dbapi"
_ROWS = re.compile(r"\s*(insert|update|delete|replace|merge)\b", re.IGNORECASE)
_KNOWN = frozenset({"database-write", "database-read", "close", "log"})


@dataclass(frozen=True, slots=True)
class Uncommitted:
    """A connection that a function makes, and the first statement that it never commits."""

    made: Made
    write: Site


class Drivers:
    """Finds connections whose work is thrown away when they are closed."""

    def __init__(self, project: Project, made: MadeSessions) -> None:
        self._project, self._made = project, made

    def of(self, func: Func) -> Iterator[Uncommitted]:
        """The connections of a function that are written to and surely never committed."""
        for made in self._made.of(func):
            if made.kind == "connection" and not self._decides_itself(made):
                names = {made.name, *self._cursors(made)}
                sites = [site for site in self._project.bodies[func].sites if _first(site.call) in names]
                rows = [site for site in sites if _writes_rows(site)]
                if rows and not self._handed_over(func, names) and all(map(_harmless, sites)) and not _ended_by_block(rows):
                    yield Uncommitted(made, rows[0])

    def _decides_itself(self, made: Made) -> bool:
        """Whether the connection is told at once what commits it, or an attribute of it is set: `autocommit`."""
        values = [one.value for one in made.func.bindings[made.name] if isinstance(one.value, r.Call)]
        if any(
            arg.star or "commit" in (arg.keyword or "") or "isolation" in (arg.keyword or "")
            for one in values
            for arg in one.args
        ):
            return True
        targets = (
            one for node in nested_statements(made.func.record.body) if isinstance(node, r.Assign) for one in node.targets
        )
        return any(isinstance(one, r.Name) and one.path.startswith(f"{made.name}.") for one in targets)

    def _cursors(self, made: Made) -> Iterator[str]:
        """The local names of what methods of the connection give."""
        for name, bindings in made.func.bindings.items():
            if any(isinstance(one.value, r.Call) and _first(one.value) == made.name for one in bindings):
                yield name

    def _handed_over(self, func: Func, names: set[str]) -> bool:
        """Whether anything else gets the connection or a cursor of it, and may commit."""
        for site in self._project.bodies[func].sites:
            if any(isinstance(part, r.Name) and part.path in names for arg in site.call.args for part in walk(arg.value)):
                return True
        return False


def _writes_rows(site: Site) -> bool:
    text = sql_text(site.call.args[0].value) if site.call.args else None
    writes = any(effect.kind == "database-write" and effect.family == _FAMILY for effect in site.effects)
    return writes and text is not None and _ROWS.match(text) is not None


def _harmless(site: Site) -> bool:
    """Whether a call of the connection or a cursor surely commits nothing: a statement, a fetch, a close."""
    if any(effect.kind not in _KNOWN for effect in site.effects):
        return False
    return bool(site.effects) or (site.unknown is None and bool(site.types)) or not site.call.args


def _ended_by_block(rows: list[Site]) -> bool:
    return any(one.family == _FAMILY and one.commits for site in rows for one in site.opened)


def _first(call: r.Call) -> str:
    """The first name of a call's callee."""
    names = [part.path for part in walk(call.func) if isinstance(part, r.Name)]
    return names[0].partition(".")[0] if names else ""
