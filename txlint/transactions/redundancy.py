"""Commits that come when nothing has happened in the session since it was last committed.

A walk over the statements of a function that remembers the last commit as long as everything since is known to leave the
session alone. Whatever is not known counts as work, so what is left is certain.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.project.calls import Site, nested_statements
from txlint.project.model import Func, arguments, expressions, walk
from txlint.project.project import Project
from txlint.project.types import Ext, ExtClass, Fn, Method, Obj, ParamValue, Partial
from txlint.transactions.endings import BORROWED, Ending
from txlint.transactions.reach import Reach
from txlint.transactions.sessions import Sessions

_QUIET = frozenset({"refresh", "database-read", "flush", "log"})
_SLOW = frozenset({"external-call", "remote-read", "sleep"})


@dataclass(frozen=True, slots=True)
class Done:
    """The session is committed and nothing has happened in it since: by which call of the function, and the commit itself."""

    site: Site
    session: str
    ending: Ending


@dataclass(frozen=True, slots=True)
class Redundant:
    """A commit with nothing to commit, and the one before it."""

    ending: Ending
    before: Done


class _Ended:
    """No path goes on."""


_State = Done | None | type[_Ended]


class Redundancy:
    """Finds redundant commits, function by function; what a callee leaves behind is found the same way."""

    def __init__(self, project: Project, sessions: Sessions) -> None:
        self._project, self._sessions = project, sessions
        self._left: dict[Func, Done | None] = {}
        self._ending = Reach(project, lambda site: self.own(site) is not None, telling=True)
        self._quiet: dict[Func, bool] = {}

    def of(self, func: Func) -> tuple[Redundant, ...]:
        """The commits of a function that have nothing to commit."""
        if not self._sessions.endings(func):
            return ()
        return tuple(one for one in _Walk(self, func).run().redundant if not self._slow_follows(one.ending.site))

    def _slow_follows(self, site: Site) -> bool:
        """Whether the commit is there to end the transaction before something slow."""
        following = self._sessions.order(site.func).following(site)
        return any(effect.kind in _SLOW for one in following for effect in one.effects)

    def leaves(self, func: Func) -> Done | None:
        """The commit with which every way through a function ends, of a session that it was given."""
        if func not in self._left:
            self._left[func] = None
            if func in self._ending and not func.record.is_generator:
                exits = _Walk(self, func).run().exits
                first = exits[0] if exits else None
                if (
                    first is not None
                    and first.ending.source in BORROWED
                    and all(one and one.session == first.session for one in exits)
                ):
                    self._left[func] = first
        return self._left[func]

    # --- one call --------------------------------------------------------------------------------------------------------

    def own(self, site: Site) -> Ending | None:
        """The ending that a call itself is."""
        return next((one for one in self._sessions.endings(site.func) if one.site is site), None)

    def by_callee(self, site: Site) -> Done | None:
        """The session that a call surely leaves committed, by the name that the caller has for it."""
        edges = [edge for edge in site.edges if edge.when == "now"]
        left = self.leaves(edges[0].func) if len(edges) == 1 else None
        session = self._callers_name(left, site, edges[0].func) if left else None
        return Done(site, session, left.ending) if left and session else None

    def _callers_name(self, left: Done, site: Site, callee: Func) -> str | None:
        if left.ending.source == "parameter":
            bound = callee.cls is not None and isinstance(site.call.func, r.Attr | r.Name) and not callee.is_static
            given = next((value for name, value in arguments(site.call, callee, bound) if name == left.session), None)
            return given.path if isinstance(given, r.Name) else None
        if left.ending.source == "global":
            return left.session
        known = {one.session for one in self._sessions.endings(site.func)}
        return known.pop() if len(known) == 1 else None

    def quiet(self, site: Site) -> bool:
        """Whether a call surely does nothing in the session that would have to be committed."""
        if site.effects:
            return all(effect.kind in _QUIET for effect in site.effects) and not site.edges
        if not site.types or any(self._is_callable(arg.value, site.func) for arg in site.call.args):
            return False
        return all(self._quiet_type(one) for one in site.types) and all(
            edge.when == "now" and self.idle(edge.func) for edge in site.edges
        )

    def _is_callable(self, value: r.Expr, scope: Func) -> bool:
        """Whether an argument may be run by the callee: `map(session.delete, users)`."""
        if isinstance(value, r.Lambda):
            return True
        return any(isinstance(one, Method | Fn | Partial | ParamValue) for one in self._project.inference.infer(value, scope))

    def _quiet_type(self, one: object) -> bool:
        match one:
            case Ext(name) | ExtClass(name):
                return name.partition(".")[0] in sys.stdlib_module_names or name.startswith("builtins.")
            case Fn():
                return True
            case Obj(cls):
                return "mapped" not in self._project.inference.lineages.roles(cls)
        return False

    def idle(self, func: Func) -> bool:
        """Whether everything in a function is quiet."""
        if func not in self._quiet:
            self._quiet[func] = False
            sites = self._project.bodies[func].sites if func in self._project.bodies else []
            self._quiet[func] = (
                not func.record.is_generator and not assigns_parts(func.record.body) and all(map(self.quiet, sites))
            )
        return self._quiet[func]

    def sites(self, func: Func) -> dict[int, Site]:
        """The calls of a function by the identity of their records."""
        return self._project.bodies[func].by_call


class _Walk:
    """One walk through a function."""

    def __init__(self, known: Redundancy, func: Func) -> None:
        self._known, self._func, self._sites = known, func, known.sites(func)
        self.redundant: list[Redundant] = []
        self.exits: list[Done | None] = []

    def run(self) -> _Walk:
        """The walk, done."""
        end = self._block(self._func.record.body, None)
        if not isinstance(end, type):
            self.exits.append(end)
        return self

    def _block(self, statements: tuple[r.Stmt, ...], state: _State) -> _State:
        for node in statements:
            if isinstance(state, type):
                return state
            state = self._statement(node, state)
        return state

    def _statement(self, node: r.Stmt, state: Done | None) -> _State:
        state = self._expressions(node, state)
        match node:
            case r.Return():
                self.exits.append(state)
                return _Ended
            case r.Raise() | r.Jump():
                return _Ended
            case r.Assign(targets) if any(_is_part(one) for one in targets):
                return None
            case r.Delete(targets) if any(_is_part(one) for one in targets):
                return None
            case r.If(_, body, orelse):
                return _joined(self._block(body, state), self._block(orelse, state))
            case r.Loop(_, _, body, orelse):
                self._block(body, None)
                self._block(orelse, None)
                return None
            case r.Try():
                return self._try(node, state)
            case r.With():
                inner = self._block(node.body, state)
                return inner if isinstance(inner, type) else None
        return state

    def _try(self, node: r.Try, state: Done | None) -> _State:
        after = self._block((*node.body, *node.orelse), state)
        for handler in node.handlers:
            after = _joined(after, self._block(handler.body, None))
        known = len(self.redundant)
        final = self._block(node.final, None if isinstance(after, type) else after)
        del self.redundant[known:]  # a `finally` also runs after an error, where nothing has committed yet
        return after if isinstance(after, type) else final

    def _expressions(self, node: r.Stmt, state: Done | None) -> Done | None:
        for expr in expressions(node):
            for part in walk(expr):
                if isinstance(part, r.Yield):
                    state = None
                elif isinstance(part, r.Call):
                    site = self._sites.get(id(part))
                    state = self._call(site, state) if site is not None else None
        return state

    def _call(self, site: Site, state: Done | None) -> Done | None:
        own = self._known.own(site)
        if own is not None:
            if own.kind != "commit":
                return None
            if state is not None and state.session == own.session:
                self.redundant.append(Redundant(own, state))
            return Done(site, own.session, own)
        return self._known.by_callee(site) or (state if self._known.quiet(site) else None)


def _joined(first: _State, second: _State) -> _State:
    if isinstance(first, type):
        return second
    if isinstance(second, type):
        return first
    return first if first is not None and second is not None and first.session == second.session else None


def _is_part(target: r.Expr) -> bool:
    """Whether an assignment changes a part of an object, not only what a name stands for."""
    return not isinstance(target, r.Name) or "." in target.path


def assigns_parts(statements: tuple[r.Stmt, ...]) -> bool:
    """Whether some statements change a part of an object: an attribute, an item."""
    return any(
        isinstance(node, r.Assign | r.Delete) and any(map(_is_part, node.targets)) for node in nested_statements(statements)
    )
