"""Schema migrations: which of them the framework runs in a transaction, and the statements in them that bear on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.frameworks.catalog import EffectEntry
from txlint.project.lineage import written
from txlint.project.model import Cls, walk
from txlint.project.project import Project
from txlint.project.types import Ext, ExtClass

_ENDING = re.compile(r"(begin|start\s+transaction|commit|end|rollback)(\s+(transaction|work))?$", re.I)
_ALONE = re.compile(r"(create\s+(unique\s+)?index|drop\s+index|reindex\b.*?)\s+concurrently\b|vacuum\b", re.I)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.S)
_SQL, _INDEX = "migration-sql", "concurrent-index"


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a migration that runs in a transaction."""

    cls: Cls
    line: int
    text: str
    """What a reader sees there: the statement's first words, or the operation."""
    kind: str
    """`ends` (it begins or ends a transaction itself), `alone` (the database refuses it in a transaction)."""


class Revisions:
    """Reads the migrations of a project."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def statements(self) -> Iterator[Statement]:
        """The statements of all migrations that run in a transaction and do not belong there."""
        for module in self._project.modules.values():
            for cls in module.classes:
                if self._in_transaction(cls):
                    yield from self._of(cls)

    def _in_transaction(self, cls: Cls) -> bool:
        lineage = self._project.inference.lineages.of(cls)
        entries = [entry for name in lineage.external if (entry := self._project.catalog.classes.get(name))]
        switches = {name for entry in entries if entry.role == "migration" for name in entry.off}
        values = [one.value for owner in lineage.classes for name in switches for one in owner.bindings.get(name, ())]
        return bool(switches) and all(one == r.Const(True) for one in values)

    def _of(self, cls: Cls) -> Iterator[Statement]:
        for bindings in cls.bindings.values():
            for binding in bindings:
                for part in walk(binding.value) if binding.value is not None else ():
                    if isinstance(part, r.Call):
                        yield from self._call(part, cls)

    def _call(self, call: r.Call, cls: Cls) -> Iterator[Statement]:
        kinds = self._kinds(call, cls)
        if _INDEX in kinds:
            yield Statement(cls, call.at, written(call.func), "alone")
        if _SQL in kinds:
            for text in (one.value for arg in call.args for one in walk(arg.value) if isinstance(one, r.Const)):
                for statement in _split(text) if isinstance(text, str) else ():
                    if _ENDING.match(statement):
                        yield Statement(cls, call.at, statement, "ends")
                    elif _ALONE.match(statement):
                        yield Statement(cls, call.at, " ".join(statement.split()[:4]), "alone")

    def _kinds(self, call: r.Call, cls: Cls) -> set[str]:
        found = set()
        for one in self._project.inference.infer(call.func, cls.parent):
            if isinstance(one, Ext | ExtClass):
                entries = (each.entry for each in self._project.catalog.of_function(one.name))
                found |= {entry.effect for entry in entries if isinstance(entry, EffectEntry)}
        return found


def _split(text: str) -> Iterator[str]:
    """The statements of a script up to the first body of a function, in which words mean something else."""
    plain = _COMMENT.sub(" ", text.partition("$")[0])
    return (one.strip() for one in plain.split(";") if one.strip())
