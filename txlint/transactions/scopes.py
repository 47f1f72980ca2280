"""A project's own units of work and session scopes, and how they can leave a session behind or an error unseen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.project.calls import Site, nested_statements
from txlint.project.model import Func, expressions, nested, walk
from txlint.project.project import Project
from txlint.project.types import ExtInst
from txlint.transactions.endings import FAMILIES
from txlint.transactions.made import MadeSessions
from txlint.transactions.sessions import Sessions

_EXITS = ("__exit__", "__aexit__")
_DEPTH = 2


@dataclass(frozen=True, slots=True)
class Leak:
    """A place in a scope at which the session or the error gets lost."""

    func: Func
    line: int
    text: str
    kind: str
    """`close-skipped` (a failing commit skips the close), `unguarded` (an error in the block skips the rest), `swallowed`,
    `kept` (the next block gets the same connection, with what a failed one left in it)."""
    close: Site | None = None
    """The close that is skipped."""
    commit: Site | None = None
    """The commit that skips it."""
    users: tuple[Site, ...] = ()
    """The commits in blocks of a kept connection."""


class Scopes:
    """Looks through units of work (classes with an exit) and generators that yield a session."""

    def __init__(self, project: Project, sessions: Sessions, made: MadeSessions) -> None:
        self._project, self._sessions, self._made = project, sessions, made

    def leaks(self, func: Func) -> Iterator[Leak]:
        """The leaks of a function that ends a scope."""
        if func.record.name in _EXITS and func.cls is not None:
            yield from self._of_exit(func)
        elif func.record.is_generator and func.parent is not None and not self._is_fixture(func):
            yield from self._of_generator(func)
            yield from self._of_kept(func)

    def _is_fixture(self, func: Func) -> bool:
        """Whether it serves tests, whose errors never come back into it."""
        return any(entry.kind == "fixture" for entry in self._project.entries.get(func, ()))

    # --- classes -----------------------------------------------------------------------------------------------------------

    def _of_exit(self, func: Func) -> Iterator[Leak]:
        closes = [site for site in self._project.bodies[func].sites if self._ends(site, "close")]
        commits = [site for site in self._project.bodies[func].sites if self._ends(site, "commit")]
        for commit in commits:
            for close in closes:
                if close in self._sessions.order(func).following(commit) and not _guarded(commit, close):
                    text = commit.call.func.path if isinstance(commit.call.func, r.Name) else "commit"
                    yield Leak(func, commit.line, text, "close-skipped", close, commit)
                    break
        for node in nested_statements(func.record.body) if commits or closes else ():
            if isinstance(node, r.Return) and node.value == r.Const(True):
                yield Leak(func, node.line, "return True", "swallowed")

    def _ends(self, site: Site, kind: str) -> bool:
        """Whether a call ends the session: itself, or as a method of the same object."""
        if any(one.site is site and one.kind == kind for one in self._sessions.endings(site.func)):
            return True
        for edge in site.edges:
            same = edge.when == "now" and edge.func.cls is not None and edge.func.cls is site.func.cls
            if same and any(one.kind == kind for one in self._sessions.endings(edge.func)):
                return True
        return False

    # --- connections that are kept -------------------------------------------------------------------------------------------

    def _of_kept(self, func: Func) -> Iterator[Leak]:
        """A scope that gives every block the same connection and ends nothing when one of them fails."""
        opened = (one for around in self._project.bodies[func].yields for one in around)
        if not self._is_scope(func) or self._sessions.endings(func) or any(one.family in FAMILIES for one in opened):
            return
        for node in nested_statements(func.record.body):
            for expr in expressions(node):
                for part in walk(expr):
                    if not isinstance(part, r.Yield) or part.value is None:
                        continue
                    if self._is_kept(part.value, func) and not _guards(func.record.body):
                        users = tuple(self._committed_in(func))
                        if users:
                            yield Leak(func, part.line, "yield", "kept", users=users)
                            return

    def _is_kept(self, value: r.Expr, func: Func, depth: int = 0) -> bool:
        """Whether an expression gives a session or connection that an object keeps."""
        types = self._project.inference.infer(value, func) if depth == 0 else ()
        if depth == 0 and not any(isinstance(one, ExtInst) and self._is_connection(one.name) for one in types):
            return False
        match value:
            case r.Name(path):
                return path.startswith(("self.", "cls."))
            case r.Call() if depth < _DEPTH:
                site = self._project.bodies[func].by_call.get(id(value))
                callees = [edge.func for edge in site.edges] if site else []
                return bool(callees) and all(
                    one.returns and all(self._is_kept(back, one, depth + 1) for back in one.returns) for one in callees
                )
        return False

    def _is_connection(self, name: str) -> bool:
        return not {"session", "connection"}.isdisjoint(self._project.catalog.class_roles(name))

    def _committed_in(self, func: Func) -> Iterator[Site]:
        """The commits by hand in the blocks of a scope."""
        for site, _ in self._project.callers.get(func, ()):
            for node in nested_statements(site.func.record.body):
                if isinstance(node, r.With) and any(item is site.call for item in node.items):
                    names = {one.path for one in node.targets if isinstance(one, r.Name)}
                    for ending in self._sessions.endings(site.func):
                        inside = node.line <= ending.site.line <= node.end_line
                        if inside and ending.kind == "commit" and ending.session in names and not ending.site.handlers:
                            yield ending.site

    # --- generators --------------------------------------------------------------------------------------------------------

    def _of_generator(self, func: Func) -> Iterator[Leak]:
        for name, bindings in func.bindings.items():
            if len(bindings) != 1 or bindings[0].how != "value" or self._made.kind(bindings[0].value, func) is None:
                continue
            tries = list(_tries_at_yield(func.record.body, name, ()))
            ends = [one for one in self._sessions.endings(func) if one.session == name]
            for around in tries:
                close = next((one.site for one in ends if one.kind == "close"), None)
                if not any(node.final or node.handlers for node in around) and close is not None:
                    yield Leak(func, close.line, f"{name}.close", "unguarded", close)
                for handler in (one for node in around for one in node.handlers):
                    if self._is_scope(func) and _catches_all(handler) and not _passes_on(handler):
                        yield Leak(func, handler.line, "except", "swallowed")

    def _is_scope(self, func: Func) -> bool:
        return self._project.inference.decorators.is_context_manager(func)


def _guarded(commit: Site, close: Site) -> bool:
    """Whether the close runs although the commit fails."""
    for node in commit.tries:
        caught = (*node.final, *(one for handler in node.handlers for one in handler.body))
        if any(call is close.call for call in nested(caught)):
            return True
        if node.handlers and not any(
            isinstance(one, r.Raise) for handler in node.handlers for one in nested_statements(handler.body)
        ):
            return True
    return False


def _guards(body: tuple[r.Stmt, ...]) -> bool:
    """Whether anything is done about errors, or at the end, in a generator."""
    return any(isinstance(one, r.Try) for one in nested_statements(body))


def _tries_at_yield(body: tuple[r.Stmt, ...], name: str, around: tuple[r.Try, ...]) -> Iterator[tuple[r.Try, ...]]:
    """The `try` statements around each yield of a variable."""
    for node in body:
        for expr in expressions(node):
            if any(isinstance(part, r.Yield) and part.value == r.Name(name) for part in walk(expr)):
                yield around
        match node:
            case r.If(_, inner, orelse) | r.Loop(_, _, inner, orelse):
                yield from _tries_at_yield((*inner, *orelse), name, around)
            case r.With():
                yield from _tries_at_yield(node.body, name, around)
            case r.Try():
                yield from _tries_at_yield(node.body, name, (*around, node))
                yield from _tries_at_yield((*node.orelse, *node.final), name, around)


def _catches_all(handler: r.Handler) -> bool:
    return not handler.types or any(one in (r.Name("Exception"), r.Name("BaseException")) for one in handler.types)


def _passes_on(handler: r.Handler) -> bool:
    return any(isinstance(one, r.Raise) for one in nested_statements(handler.body))
