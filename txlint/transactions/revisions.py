"""Schema migrations: which of them run in a transaction, and what in them bears on it; of Django and of Alembic."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.facts.sql import read_script
from txlint.frameworks.catalog import EffectEntry, RegistrationEntry
from txlint.project.calls import Site
from txlint.project.lineage import written
from txlint.project.model import Cls, Func, walk
from txlint.project.needs import sql_text
from txlint.project.project import Project
from txlint.project.types import Ext, ExtClass, Fn
from txlint.transactions.loops import is_revision
from txlint.transactions.order import Order
from txlint.transactions.steps import StepCounter, Steps, WriteStep, weight

_ENDING = re.compile(r"(begin|start\s+transaction|commit|end|rollback)(\s+(transaction|work))?$", re.I)
_ALONE = re.compile(r"(create\s+(unique\s+)?index|drop\s+index|reindex\b.*?)\s+concurrently\b|vacuum\b", re.I)
_REPEATABLE = re.compile(r"\bif\s+(not\s+)?exists\b|\bconcurrently\b", re.I)
_SQL, _INDEX, _OUTSIDE = "migration-sql", "concurrent-index", "autocommit"
_ROLE = "migration"
_DOWN = "downgrade"


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a migration that runs in a transaction."""

    scope: Func
    owner: str
    """The class or function that is the migration."""
    begins: int
    """Where that begins."""
    line: int
    text: str
    """What a reader sees there: the statement's first words, or the operation."""
    kind: str
    """`ends` (it begins or ends a transaction itself), `alone` (the database refuses it in a transaction)."""
    bracketed: bool = False
    """Whether it is one of the two that the whole script stands between."""
    site: Site | None = None
    """The call that makes it, in a function that is the migration."""
    last: bool = False
    """Whether nothing of the migration comes after it, as far as that is a function."""


@dataclass(frozen=True, slots=True)
class Unprotected:
    """A function that a migration without a transaction runs, and its writes."""

    cls: Cls
    func: Func
    steps: Steps


class Revisions:
    """Reads the migrations of a project."""

    def __init__(self, project: Project, counter: StepCounter) -> None:
        self._project, self._counter = project, counter
        self._autocommit = [r.Const(one) for one in project.catalog.words["isolation-off"]]

    def statements(self) -> Iterator[Statement]:
        """The statements of all migrations that run in a transaction and do not belong there."""
        for module in self._project.modules.values():
            for cls in module.classes:
                if self._is_atomic(cls) is True:
                    for call in self._operations(cls):
                        for judged in self._judged(call, self._kinds(call, cls)):
                            yield Statement(cls.parent, cls.record.qualname, cls.record.line, *judged)
            if is_revision(module):
                for func in module.functions:
                    yield from self._of_revision(func)

    def _is_atomic(self, cls: Cls) -> bool | None:
        """Whether a migration runs in a transaction; None where the class is none, or does not say so in a literal."""
        lineage = self._project.inference.lineages.of(cls)
        entries = [entry for name in lineage.external if (entry := self._project.catalog.classes.get(name))]
        switches = {name for entry in entries if entry.role == _ROLE for name in entry.off}
        values = [one.value for owner in lineage.classes for name in switches for one in owner.bindings.get(name, ())]
        if not switches or not all(one in (r.Const(True), r.Const(False)) for one in values):
            return None
        return all(one == r.Const(True) for one in values)

    def _operations(self, cls: Cls) -> Iterator[r.Call]:
        for bindings in cls.bindings.values():
            for binding in bindings:
                for part in walk(binding.value) if binding.value is not None else ():
                    if isinstance(part, r.Call):
                        yield part

    # --- statements of Alembic's functions -------------------------------------------------------------------------------

    def _of_revision(self, func: Func) -> Iterator[Statement]:
        if self._is_called_outside(func):
            return
        order = Order(self._project.bodies[func])
        ended: list[Site] = []
        for site in self._project.bodies[func].sites:
            if any(one.value in self._autocommit for one in site.call.args):
                return  # op.get_bind().execution_options(isolation_level="AUTOCOMMIT"): what follows has no transaction
            kinds = {effect.kind for effect in site.effects}
            if any(one.boundary == _OUTSIDE for one in site.opened):
                continue
            for line, text, kind, bracketed in self._judged(site.call, kinds):
                if kind == "ends":
                    ended.append(site)
                earlier = (one for one in self._project.bodies[func].sites if one is not site and site in order.following(one))
                done = self._works(site, earlier) if kind == "ends" else not any(site in order.following(one) for one in ended)
                if done:
                    last = not bracketed and not self._works(site, order.following(site))
                    yield Statement(func, func.record.qualname, func.record.line, line, text, kind, bracketed, site, last)

    def _is_called_outside(self, func: Func, below: tuple[Func, ...] = ()) -> bool:
        """Whether it is a helper that every call, or every call of its callers, runs outside of the revision's transaction."""
        callers = self._project.callers.get(func, ())
        return bool(callers) and all(
            any(one.boundary == _OUTSIDE for one in site.opened)
            or (site.func not in below and self._is_called_outside(site.func, (*below, func)))
            for site, _ in callers
        )

    def _works(self, site: Site, others: Iterable[Site]) -> bool:
        """Whether operations of the revision, more than to end its transaction, are among the calls before or after one."""
        modules = {one.name.rpartition(".")[0] for one in site.types if isinstance(one, Ext)}
        asked = self._project.catalog.function_returns  # `op.get_bind()` changes nothing
        working = (one for one in others if one is not site and not self._only_ends(one))
        names = {one.name for each in working for one in each.types if isinstance(one, Ext)}
        return any(one.rpartition(".")[0] in modules and one not in asked for one in names)

    def _only_ends(self, site: Site) -> bool:
        """Whether a call sends nothing but the beginning or the end of a transaction."""
        statements = [one for arg in site.call.args for text in _texts(arg.value) for one in read_script(text).statements]
        return bool(statements) and all(_ENDING.match(one.words) for one in statements)

    def _judged(self, call: r.Call, kinds: set[str]) -> Iterator[tuple[int, str, str, bool]]:
        if _INDEX in kinds:
            yield call.at, written(call.func), "alone", False
        if _SQL in kinds:
            for text in (one for arg in call.args for one in _texts(arg.value)):
                statements = read_script(text).statements
                ending = [one for one in statements if _ENDING.match(one.words)]
                bracketed = len(statements) > len(ending) == 2 and ending == [statements[0], statements[-1]]
                for statement in statements:
                    if statement in ending:
                        yield call.at, statement.words, "ends", bracketed
                    elif _ALONE.match(statement.words):
                        yield call.at, " ".join(statement.words.split()[:4]), "alone", False

    def _kinds(self, call: r.Call, cls: Cls) -> set[str]:
        return {entry.effect for entry in self._entries(call, cls) if isinstance(entry, EffectEntry)}

    def _entries(self, call: r.Call, cls: Cls) -> Iterator[object]:
        for one in self._project.inference.infer(call.func, cls.parent):
            if isinstance(one, Ext | ExtClass):
                yield from (each.entry for each in self._project.catalog.of_function(one.name))

    # --- writes and ways back --------------------------------------------------------------------------------------------

    def unprotected(self) -> Iterator[Unprotected]:
        """The functions with several writes that migrations without a transaction run; loops are their own choice."""
        for module in self._project.modules.values():
            for cls in module.classes:
                for call in self._operations(cls) if self._is_atomic(cls) is False else ():
                    entry = self._registration(call, cls)
                    meanings = entry.arguments if entry else {}
                    if any(arg.keyword and meanings.get(arg.keyword) == "atomic" for arg in call.args) or entry is None:
                        continue
                    for one in self._project.inference.argument(call, entry.argument, cls.parent):
                        steps = self._counter.of(one.func) if isinstance(one, Fn) else ()
                        bare = tuple(step for step in steps if step.block is None and _is_left_half_done(step))
                        if isinstance(one, Fn) and weight(bare) > 1:
                            yield Unprotected(cls, one.func, bare)

    def _registration(self, call: r.Call, cls: Cls) -> RegistrationEntry | None:
        found = (one for one in self._entries(call, cls) if isinstance(one, RegistrationEntry) and one.role == _ROLE)
        return next(found, None)

    def without_way_back(self) -> Iterator[tuple[Func, str, int, str]]:
        """The migrations that cannot be undone: the scope, the migration, the line, and what has no way back."""
        for module in self._project.modules.values():
            for cls in module.classes:
                for call in self._operations(cls) if self._is_atomic(cls) is not None else ():
                    entry = next((one for one in self._entries(call, cls) if isinstance(one, RegistrationEntry)), None)
                    back = {name for name, meaning in entry.arguments.items() if meaning == "reverse"} if entry else set()
                    given = {arg.keyword or str(at) for at, arg in enumerate(call.args)}
                    if back and given.isdisjoint(back):
                        yield cls.parent, cls.record.qualname, call.at, written(call.func)
            for func in module.functions if is_revision(module) else ():
                if func.record.name == _DOWN and func.parent is module.top and _does_nothing(func):
                    yield func, func.record.qualname, func.record.line, _DOWN


def _is_left_half_done(step: WriteStep) -> bool:
    """Whether a step must not be run again: it is in no loop, and no statement that is made for that."""
    return not (step.looped or any(_REPEATABLE.search(sql_text(arg.value) or "") for arg in step.writer.call.args[:1]))


def _does_nothing(func: Func) -> bool:
    return not any(isinstance(node, r.Do) and isinstance(node.value, r.Call) for node in func.record.body) and not any(
        isinstance(node, r.If | r.Loop | r.With | r.Try | r.Assign) for node in func.record.body
    )


def _texts(expr: r.Expr) -> Iterator[str]:
    """The literal scripts in an argument; what is filled into one is taken to be a name."""
    match expr:
        case r.Const(str(text)):
            yield text
        case r.Parts(items):
            yield " _ ".join(one.value for one in items if isinstance(one, r.Const) and isinstance(one.value, str))
        case r.Call(_, (r.Arg(inner), *_)):
            yield from _texts(inner)
        case r.Seq(items):
            yield from (text for one in items for text in _texts(one))
