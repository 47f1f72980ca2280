"""Rows that a task adds once more when it is run again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.project.calls import Site, nested_statements
from txlint.project.model import Func, nested, walk
from txlint.project.project import Project
from txlint.transactions.contexts import FAMILY
from txlint.transactions.retries import RetryPolicy
from txlint.transactions.sessions import Sessions

_WORK = frozenset({"database-write", "commit", "enqueue", "external-call", "email", "message", "sms", "payment", "file-write"})
_GUARDS = frozenset({"upsert", "row-lock"})
_IDENTITIES = ("id", "pk", "uuid", "key")
_DEPTH = 2


@dataclass(frozen=True, slots=True)
class AddedAgain:
    """A task with the call that adds a row for good, the place that adds it, and later work that can still fail."""

    policy: RetryPolicy
    site: Site
    adds: Site
    later: Site


class Redeliveries:
    """Finds adds that nothing guards: no condition, no identity from outside, no upsert, no expected conflict."""

    def __init__(self, project: Project, sessions: Sessions) -> None:
        self._project, self._sessions = project, sessions

    def of(self, policy: RetryPolicy) -> Iterator[AddedAgain]:
        """The first such add of a task that runs again when it fails."""
        func = policy.func
        if not policy.runs_again or self._guarded(func):
            return
        for site in self._project.bodies[func].sites:
            adds = self._adds(site, 0)
            last = self._stored(site, adds) if adds is not None else None
            if adds is None or last is None or _conditional(func, site):
                continue
            later = next((one for one in self._sessions.order(func).following(last) if _works(one) and not one.handlers), None)
            if later is not None and later is not site:
                yield AddedAgain(policy, site, adds, later)
                return

    def _guarded(self, func: Func) -> bool:
        if any(effect.kind in _GUARDS for site in self._project.bodies[func].sites for effect in site.effects):
            return True
        handlers = (one for node in nested_statements(func.record.body) if isinstance(node, r.Try) for one in node.handlers)
        names = (part.path for one in handlers for expr in one.types for part in walk(expr) if isinstance(part, r.Name))
        return any("integrity" in name.lower() or "exists" in name.lower() for name in names)

    def _adds(self, site: Site, depth: int) -> Site | None:
        """The place that adds a row without asking, in a call or in its callee."""
        if any(effect.kind == "database-write" and effect.entry.adds for effect in site.effects):
            return None if _identified(site) else site
        if depth >= _DEPTH or _identified(site):
            return None
        for edge in site.edges:
            if edge.when == "now" and not edge.via and edge.func in self._project.bodies and not self._guarded(edge.func):
                for inner in self._project.bodies[edge.func].sites:
                    if not _conditional(edge.func, inner) and (found := self._adds(inner, depth + 1)):
                        return found
        return None

    def _stored(self, site: Site, adds: Site) -> Site | None:
        """The call after which the row is there for good."""
        if all(effect.family == FAMILY for effect in adds.effects if effect.kind == "database-write"):
            return None if site.opened or adds.opened else site
        if self._sessions.calls_committing(site):
            return site
        following = self._sessions.order(site.func).following(site)
        return next(
            (one.site for one in self._sessions.endings(site.func) if one.kind == "commit" and one.site in following), None
        )


def _works(site: Site) -> bool:
    return any(effect.kind in _WORK for effect in site.effects)


def _identified(site: Site) -> bool:
    """Whether the row is given an identity that the next run has too."""
    calls = (part for arg in site.call.args for part in walk(arg.value) if isinstance(part, r.Call))
    given = (arg for call in (site.call, *calls) for arg in call.args if arg.keyword)
    return any(is_identity(arg.keyword or "") and not _is_made_here(arg.value) for arg in given)


def _is_made_here(value: r.Expr) -> bool:
    """Whether nothing is called but functions that are given nothing: `str(uuid4())` is another one each time."""
    parts = list(walk(value))
    called = {id(one.func) for one in parts if isinstance(one, r.Call)}
    return bool(called) and not any(isinstance(one, r.Name | r.Const) and id(one) not in called for one in parts)


def is_identity(keyword: str) -> bool:
    """Whether a name says that it tells one row from all others."""
    return keyword in _IDENTITIES or keyword.endswith(("_uuid", "_key"))


def _conditional(func: Func, site: Site) -> bool:
    """Whether a condition, a loop or an earlier way out decides whether a call is reached."""
    if site.handlers or site.loops:
        return True
    for node in nested_statements(func.record.body):
        if isinstance(node, r.If):
            inside = any(call is site.call for call in nested((*node.body, *node.orelse)))
            leaves = any(isinstance(one, r.Return) for one in nested_statements(node.body))
            if inside or (leaves and node.line < site.line):
                return True
    return False


def created_by_identity(project: Project, func: Func) -> tuple[Site, Site] | None:
    """The query and the create of a function that asks for a row by a parameter and adds it under that where there is none."""
    params = {r.Name(one.name) for one in func.record.params}
    sites = project.bodies[func].sites
    for site in sites:
        adds = any(effect.kind == "database-write" and effect.entry.adds for effect in site.effects)
        given = {part for part in _given(func, site) if part in params} if adds and _conditional(func, site) else set()
        for one in sites if given else ():
            reads = any(effect.kind == "database-read" for effect in one.effects) and one.line < site.line
            if reads and any(
                part in given
                for call in walk(one.call)
                if isinstance(call, r.Call)
                for arg in call.args
                for part in walk(arg.value)
            ):
                return one, site
    return None


def _given(func: Func, site: Site) -> Iterator[r.Expr]:
    """The values of the identities that a row is added with, in the call itself or where its variable gets its value."""
    names = [arg.value.path for arg in site.call.args if isinstance(arg.value, r.Name)]
    values = [one.value for name in names for one in func.bindings.get(name, ()) if isinstance(one.value, r.Call)]
    calls = [part for arg in site.call.args for part in walk(arg.value) if isinstance(part, r.Call)]
    for call in (site.call, *calls, *values):
        yield from (arg.value for arg in call.args if arg.keyword and is_identity(arg.keyword))
