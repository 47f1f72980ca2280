"""Operations: the callables in which a transaction decision is due, each once, in one category."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from txlint.audit.doubts import Reached
from txlint.project.calls import Site
from txlint.project.model import Func
from txlint.transactions.analysis import Analysis
from txlint.transactions.endings import FAMILIES, session_of
from txlint.transactions.gaps import foreign_bases
from txlint.transactions.reach import writes
from txlint.transactions.sessions import Sessions


class Category(StrEnum):
    """What an operation is; the order decides where several fit."""

    HANDLER = "handler"
    ADMIN = "admin"
    TASK = "task"
    RECEIVER = "receiver"
    COMMAND = "command"
    REPOSITORY = "repository"
    SERVICE = "service"


MEANINGS = {
    Category.HANDLER: "views, endpoints and the hooks that their base classes call",
    Category.ADMIN: "admin actions and overridden admin methods",
    Category.TASK: "tasks and flows",
    Category.RECEIVER: "signal receivers",
    Category.COMMAND: "management commands and command-line entry points",
    Category.REPOSITORY: "functions that write or commit in a session that they were given",
    Category.SERVICE: "other public functions that write and are called by one of the above",
}
_ROLES = {
    "view": Category.HANDLER,
    "consumer": Category.HANDLER,
    "admin-hook": Category.ADMIN,
    "admin-action": Category.ADMIN,
    "task": Category.TASK,
    "flow": Category.TASK,
    "receiver": Category.RECEIVER,
    "command": Category.COMMAND,
}
_SAFE = frozenset({"get", "head", "options", "trace"})
"""HTTP methods that promise to change nothing: an operation only where they do."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One callable with its category, and by what evidence it has it."""

    func: Func
    category: Category
    why: str

    @property
    def identity(self) -> str:
        """Its name across versions of the code: no line numbers."""
        return f"{self.func.module.path}:{self.func.record.qualname}:{self.category}"


def operations(analysis: Analysis, reached: Reached) -> tuple[Operation, ...]:
    """The operations of a project, without migrations, by place."""
    found: dict[Func, Operation] = {}
    functions = [func for func in analysis.functions() if func.index and func.record.name != "<lambda>"]
    hooks = {func for func in functions if _is_hook(analysis, func)}
    for func in functions:
        if one := _entered(analysis, func, hooks, reached) or _borrowing(analysis, func) or _foreign(analysis, func, reached):
            found[func] = one
    for func in functions:
        if func not in found and not _is_entered(analysis, func) and (caller := _caller(analysis, func, found, reached)):
            found[func] = Operation(func, Category.SERVICE, f"called by `{analysis.name(caller)}`")
    return tuple(sorted(found.values(), key=lambda one: (one.func.module.path, one.func.record.line)))


def _entered(analysis: Analysis, func: Func, hooks: set[Func], reached: Reached) -> Operation | None:
    """An operation that something outside the project runs, or a hook of a view that its base class calls."""
    active = any(_acts(site, reached) for site in analysis.calls(func))
    if func in hooks and func.cls is not None and active:
        return Operation(func, Category.HANDLER, f"hook of `{func.cls.record.name}`, called by its base class")
    ranked = sorted(
        ((category, entry) for entry in analysis.entries(func) if (category := _ROLES.get(entry.kind))),
        key=lambda one: list(Category).index(one[0]),
    )
    if not ranked:
        return None
    category, entry = ranked[0]
    optional = func.cls is not None and (func.record.name in _SAFE or "hook of" in entry.why)
    if (optional and not active) or (category is Category.HANDLER and _only_dispatches_to(analysis, func, hooks, reached)):
        return None
    return Operation(func, category, entry.why)


def _is_entered(analysis: Analysis, func: Func) -> bool:
    """Whether it is run for itself; what is run for an endpoint (a dependency) is part of that."""
    return any(entry.kind != "dependency" for entry in analysis.entries(func))


def _foreign(analysis: Analysis, func: Func, reached: Reached) -> Operation | None:
    """A method that writes and that nothing but an unknown base class from outside can call: better unknown than forgotten."""
    if func.cls is None or _is_private(func) or analysis.project.is_model(func.cls) or analysis.project.callers.get(func):
        return None
    if _is_entered(analysis, func) or not any(reached.writes(site) for site in analysis.calls(func)):
        return None
    names = foreign_bases(analysis, func)
    if not names:
        return None
    return Operation(func, Category.SERVICE, f"perhaps called by `{names[-1]}`, which is not in the catalogue")


def _is_hook(analysis: Analysis, func: Func) -> bool:
    """A method that stands in the place of one that a base class of the project calls on itself, in a view."""
    if func.cls is None or "view" not in analysis.project.inference.lineages.roles(func.cls):
        return False
    above = analysis.project.inference.lineages.of(func.cls).classes[1:]
    return any(edge.when == "now" and site.func.cls in above for site, edge in analysis.project.callers.get(func, ()))


def _only_dispatches_to(analysis: Analysis, func: Func, hooks: set[Func], reached: Reached) -> bool:
    """Whether all that a handler does is done by hooks, which are operations themselves."""
    acting = [site for site in analysis.calls(func) if _acts(site, reached)]
    return bool(acting) and all(any(edge.func in hooks for edge in site.edges) and not site.effects for site in acting)


def _acts(site: Site, reached: Reached) -> bool:
    """Whether a call may write to a database, locks or commits there, or sends work away."""
    if any(effect.kind in ("enqueue", "commit", "row-lock") for effect in site.effects):
        return True
    return reached.writes(site) or reached.doubt(site) is not None


def _borrowing(analysis: Analysis, func: Func) -> Operation | None:
    if _is_entered(analysis, func) or _is_private(func):
        return None
    for site in borrowed_work(analysis, func):
        return Operation(func, Category.REPOSITORY, f"`{analysis.written(site)}` in a session that it was given")
    return None


def borrowed_work(analysis: Analysis, func: Func) -> Iterator[Site]:
    """The writes and commits of a function in a session that it was given."""
    sessions: Sessions = analysis.sessions
    for site in analysis.calls(func):
        ends = any(effect.kind == "commit" and effect.family in FAMILIES for effect in site.effects)
        source = sessions.source(session_of(site.call), func)
        if (ends or any(writes(site, family) for family in FAMILIES)) and source in ("parameter", "attribute", "global"):
            yield site


def _caller(analysis: Analysis, func: Func, known: dict[Func, Operation], reached: Reached) -> Func | None:
    """An operation that calls a public function which writes; closures belong to the function around them."""
    is_closure = func.parent is not None and func.parent.parent is not None
    if is_closure or _is_private(func) or not any(reached.writes(site) for site in analysis.calls(func)):
        return None
    for site, edge in analysis.project.callers.get(func, ()):
        if edge.when == "now" and not edge.via and site.func in known and known[site.func].category is not Category.SERVICE:
            return site.func
    return None


def _is_private(func: Func) -> bool:
    return func.record.name.startswith("_")
