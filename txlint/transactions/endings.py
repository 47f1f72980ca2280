"""Endings of sessions: every commit, rollback and close, where its session comes from, and which of them are right on sight."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.project.calls import Site, nested_statements
from txlint.project.model import Binding, Func, nested, walk
from txlint.project.project import Project
from txlint.project.types import Fn

FAMILIES = frozenset({"sqlalchemy", "dbapi"})
BORROWED = frozenset({"parameter", "attribute", "global"})
"""Sources of sessions that a function does not make itself."""
_SCRIPTS = re.compile(r"(^|[-_])(scripts?|seeders?|migrations?)$|^(bin|tools)$")
"""Folders of what is run by hand; schema revisions lie in such ones, too."""


@dataclass(frozen=True, slots=True)
class Ending:
    """A call that commits, rolls back or closes a session, with where the session comes from."""

    site: Site
    kind: str
    source: str
    """`own`, `parameter`, `attribute`, `global`, or `unknown`."""
    session: str
    """The session as written: `self.db`."""
    guessed: bool

    @property
    def had(self) -> str:
        """How a function that has not made the session comes to it, in words."""
        return "which everybody shares" if self.source == "global" else "which it was given"


class Endings:
    """The endings of each function."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._found: dict[Func, tuple[Ending, ...]] = {}

    def of(self, func: Func) -> tuple[Ending, ...]:
        """The commits, rollbacks and closes in a function."""
        if func not in self._found:
            self._found[func] = tuple(self._find(func))
        return self._found[func]

    def _find(self, func: Func) -> Iterator[Ending]:
        for site in self._project.bodies[func].sites:
            for effect in site.effects:
                if effect.kind in ("commit", "rollback", "close") and effect.family in FAMILIES:
                    session = session_path(site.call)
                    yield Ending(site, effect.kind, self.source(session, func), session, effect.guessed)

    def source(self, session: str, func: Func) -> str:
        """Where a session comes from, seen from a function that uses it under this name."""
        first, _, rest = session.partition(".")
        scope: Func | None = func
        while scope and first not in scope.bindings:
            scope = scope.parent
        if scope is None:
            return "unknown"
        if rest and first in ("self", "cls") and (owner := func.self_class):
            found = [one for cls in self._project.inference.lineages.of(owner).classes for one in cls.instance.get(rest, ())]
            sources = {self._assigned(one) for one in found}
            return "own" if sources and sources <= {"own"} else "attribute"
        if scope.parent is None:
            return "global"
        if self.keeper(first, func) is not None:
            return "global"
        return "parameter" if any(self._assigned(one) == "parameter" for one in scope.bindings[first]) else "own"

    def is_of_class(self, session: str, func: Func) -> bool:
        """Whether a session is an attribute that a class gives to all its objects: `dbsession = dbsession`."""
        first, _, rest = session.partition(".")
        owner = func.self_class if first in ("self", "cls") else None
        return owner is not None and any(rest in one.bindings for one in self._project.inference.lineages.of(owner).classes)

    def keeper(self, name: str, func: Func) -> Func | None:
        """The function that gives everybody the same session, of its module, where a variable got it from one."""
        scope = func.binder(name) or func
        for binding in scope.bindings.get(name, ()):
            call = binding.value if binding.how == "value" else None
            for one in self._project.inference.infer(call.func, scope) if isinstance(call, r.Call) else ():
                giver = one.func if isinstance(one, Fn) else None
                if giver is not None and giver.returns and all(_is_of_module(value, giver) for value in giver.returns):
                    return giver
        return None

    def _assigned(self, binding: Binding) -> str:
        if binding.how == "param":
            return "parameter"
        if binding.how == "enter":
            return "own"  # it ends with the block
        match binding.value:
            case r.Name(path) if "." not in path:
                inner = binding.scope.bindings.get(path, [])
                return "parameter" if any(one.how == "param" for one in inner) else "own"
            case r.Choice(options):  # session or SessionLocal()
                return "parameter" if any(isinstance(one, r.Name) for one in options) else "own"
            case r.Name():
                return "parameter"
        return "own"


def _is_of_module(value: r.Expr, func: Func) -> bool:
    """Whether a function returns a name of its module."""
    return isinstance(value, r.Name) and func.binder(value.path.partition(".")[0]) is func.module.top


def session_path(call: r.Call) -> str:
    """The object of a call like `self.db.commit()`, as written."""
    match call.func:
        case r.Name(path):
            return path.rpartition(".")[0]
        case r.Attr(r.Call(r.Name(path)), _):
            return path
    return ""


def session_of(call: r.Call) -> str:
    """The session that a chain of calls begins with: `self.db` of `self.db.query(...).filter(...).delete()`."""
    func = call.func
    while isinstance(func, r.Attr) and isinstance(func.value, r.Call):
        func = func.value.func
    return func.path.rpartition(".")[0] if isinstance(func, r.Name) else ""


def locks(func: Func) -> bool:
    """Whether a row is locked by a keyword: `get(..., with_for_update=True)`, `skip_locked=True`."""
    return any(arg.keyword in ("with_for_update", "skip_locked") for call in func.calls for arg in call.args)


def is_script(func: Func) -> bool:
    """Whether it is top-level code, or in a folder of scripts: it owns its sessions."""
    return func.parent is None or any(map(_SCRIPTS.search, func.module.path.split("/")[:-1]))


def names_of(site: Site) -> set[str]:
    """What a call is of, and what it is given, by the first name of each."""
    given = (site.call.func, *(arg.value for arg in site.call.args))
    return {one.path.partition(".")[0] for one in given if isinstance(one, r.Name)}


def is_item(site: Site) -> bool:
    """Whether a call is one round's work in a loop that goes on when a round fails."""
    return bool(site.loops) and any(node.handlers and _inside(node, site.loops[-1]) for node in site.tries)


def is_progress(site: Site) -> bool:
    """A commit in a loop on purpose: per item with an error handler, per batch (`while`, or under a condition)."""
    loop = site.loops[-1] if site.loops else None
    if not isinstance(loop, r.Loop):
        return False
    conditional = any(
        isinstance(node, r.If) and any(call is site.call for call in nested((*node.body, *node.orelse)))
        for node in nested_statements(loop.body)
    )
    return loop.target is None or conditional or is_item(site) or bool(site.handlers)


def _inside(node: r.Try, loop: r.Loop | r.Comp) -> bool:
    return isinstance(loop, r.Loop) and loop.line < node.line <= loop.end_line


def is_optional(site: Site) -> bool:
    """Whether a parameter or flag of the function decides about the commit: `if commit:`."""
    names = (part.path.lower() for test in site.tests for part in walk(test) if isinstance(part, r.Name))
    return any(word in one for one in names for word in ("commit", "flush", "transaction"))
