"""What a function does to take back work that is committed already: rollbacks, and deletes of what was added."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.project.calls import Site, nested_statements
from txlint.project.flow import blocks
from txlint.project.model import Func, nested
from txlint.project.project import Project
from txlint.transactions.endings import FAMILIES, Ending
from txlint.transactions.pieces import Piece, Pieces
from txlint.transactions.sessions import Sessions


@dataclass(frozen=True, slots=True)
class Ineffective:
    """A rollback, and the calls before it that have committed in pieces what it is meant to take back."""

    rollback: Ending
    pieces: tuple[Piece, Piece]


@dataclass(frozen=True, slots=True)
class Compensation:
    """A delete by hand on the way to an error, and the call that added and committed what it deletes."""

    delete: Site
    added: Site
    committed: Ending
    name: str


class Undoing:
    """Finds both."""

    def __init__(self, project: Project, sessions: Sessions, pieces: Pieces) -> None:
        self._project, self._sessions, self._pieces = project, sessions, pieces

    def rollbacks(self, func: Func) -> Iterator[Ineffective]:
        """The rollbacks of a function that come after its callees have committed, the first of each `try`."""
        pieces = self._pieces.of(func)
        if pieces is None or not all(one.by_callee for one in pieces):
            return
        first, second = pieces
        endings = [one for one in self._sessions.endings(func) if one.kind == "rollback" and one.site.handlers]
        for node in second.site.tries:
            found = next((one for one in endings if one.site.handlers[-1] in node.handlers), None)
            if found is not None and node in first.site.tries and not self._own_work(func, node):
                yield Ineffective(found, pieces)

    def _own_work(self, func: Func, node: r.Try) -> bool:
        """Whether the function itself writes in the `try`, so that there is something left to roll back."""
        calls = {id(call) for call in nested((*node.body, *node.orelse))}
        sites = (site for site in self._project.bodies[func].sites if id(site.call) in calls)
        return any(effect.kind == "database-write" and effect.family in FAMILIES for site in sites for effect in site.effects)

    def compensations(self, func: Func) -> Iterator[Compensation]:
        """The deletes of a function that undo an add that is committed."""
        sites = self._project.bodies[func].sites
        for site in sites:
            if site.loops or not (name := self._deleted(site)) or not _leads_to_error(func.record.body, site):
                continue
            for binding in func.bindings.get(name, ()):
                added = next((one for one in sites if one.call is binding.value), None)
                committed = self._added(added, site, name) if binding.how == "value" and added else None
                if added is not None and committed is not None:
                    yield Compensation(site, added, committed, name)
                    break

    def _deleted(self, site: Site) -> str | None:
        """The variable whose row a call deletes in a session, by itself or by a callee that does nothing else with it."""
        given = [arg.value.path for arg in site.call.args if isinstance(arg.value, r.Name) and "." not in arg.value.path]
        if not given:
            return None
        if _deletes(site):
            return given[0]
        for edge in site.edges:
            body = self._project.bodies.get(edge.func)
            params = {param.name for param in edge.func.record.params}
            for inner in body.sites if body and edge.when == "now" else ():
                if _deletes(inner) and any(
                    isinstance(arg.value, r.Name) and arg.value.path in params for arg in inner.call.args
                ):
                    return given[0]
        return None

    def _added(self, added: Site, delete: Site, name: str) -> Ending | None:
        """The commit of what a variable stands for, between the call that gave it and the delete."""
        if delete not in self._sessions.order(added.func).following(added):
            return None
        for edge in added.edges:
            if edge.when == "now" and edge.func in self._sessions.committing and self._adds(edge.func):
                return self._sessions.committing[edge.func]
        between = self._sessions.order(added.func)
        sites = self._project.bodies[added.func].sites
        put = [one for one in sites if _adds(one) and any(arg.value == r.Name(name) for arg in one.call.args)]
        for ending in self._sessions.endings(added.func):
            stored = ending.kind == "commit" and any(ending.site in between.following(one) for one in put)
            if stored and delete in between.following(ending.site) and not ending.site.handlers:
                return ending
        return None

    def _adds(self, func: Func) -> bool:
        return any(_adds(site) for site in self._project.bodies[func].sites)


def _deletes(site: Site) -> bool:
    return any(one.entry.removes and one.entry.lazy and one.family in FAMILIES for one in site.effects)


def _adds(site: Site) -> bool:
    return any(one.entry.adds and one.family in FAMILIES for one in site.effects)


def _leads_to_error(statements: tuple[r.Stmt, ...], site: Site) -> bool:
    """Whether the block that a call stands in is a branch or a handler that ends by raising."""
    for node in nested_statements(statements):
        if isinstance(node, r.If | r.Try):
            inner = blocks(node) if isinstance(node, r.If) else tuple(one.body for one in node.handlers)
            for block in inner:
                if block and isinstance(block[-1], r.Raise) and any(call is site.call for call in nested(block)):
                    return True
    return False
