"""Whether a call surely writes: on every path through what it runs, errors aside."""

from __future__ import annotations

from txlint.facts import records as r
from txlint.project.calls import Site
from txlint.project.model import Func, expressions, walk
from txlint.project.project import Project
from txlint.transactions.contexts import FAMILY
from txlint.transactions.reach import writes
from txlint.transactions.steps import StepCounter, is_certain

_Ends = tuple[bool | None, bool]
"""Whether what goes on after some statements has written (None: nothing goes on), and whether all that returns in them has."""


class Certainty:
    """Answers it for calls, callees first; recursion counts as no write."""

    def __init__(self, project: Project, counter: StepCounter) -> None:
        self._project, self._counter = project, counter
        self._found: dict[Func, bool] = {}

    def writes(self, site: Site, through: Func | None = None) -> bool:
        """Whether a call writes whatever happens: not what a getter makes when it finds nothing; by one function, if given."""
        if self._counter.is_switched_off(site) or any(r.Name(one.name) == site.call.func for one in site.func.record.params):
            return False
        if writes(site, FAMILY):
            return not all(one.entry.harmless for one in site.effects if one.kind == "database-write")
        return any(self._of(edge.func) for edge in site.edges if is_certain(edge) and through in (None, edge.func))

    def _of(self, func: Func) -> bool:
        if func not in self._found:
            self._found[func] = False
            on, returned = self._block(func.record.body, func)
            self._found[func] = on is not False and returned and (on is not None or _returns(func))
        return self._found[func]

    def _block(self, body: tuple[r.Stmt, ...], func: Func) -> _Ends:
        returned = True
        for node in body:
            on, inner = self._statement(node, func)
            returned = returned and inner
            if on or on is None:
                return on, returned
        return False, returned

    def _statement(self, node: r.Stmt, func: Func) -> _Ends:
        own = self._own(node, func)
        match node:
            case r.Return():
                return None, own
            case r.Raise() | r.Jump():  # a round that is left early is one of others
                return None, True
            case _ if own:
                return True, True
            case r.If(_, body, orelse, _):
                return _both(self._block(body, func), self._block(orelse, func))
            case r.Loop():
                on, returned = self._block(node.body, func)  # taken to have a round
                return on is not False, returned
            case r.Try():
                on, returned = self._block((*node.body, *node.orelse), func)
                final, _ = self._block(node.final, func)
                return on or (on if on is None else bool(final)), returned
            case r.With():
                return self._block(node.body, func)
        return False, True

    def _own(self, node: r.Stmt, func: Func) -> bool:
        sites = self._project.bodies[func].by_call
        calls = (part for expr in expressions(node) for part in walk(expr) if isinstance(part, r.Call))
        return any((site := sites.get(id(call))) is not None and self.writes(site) for call in calls)


def _both(first: _Ends, second: _Ends) -> _Ends:
    ons = [on for on, _ in (first, second) if on is not None]
    return (all(ons) if ons else None), first[1] and second[1]


def _returns(func: Func) -> bool:
    """Whether a function that never reaches its end returns somewhere, and does not only raise."""
    return bool(func.returns) or not isinstance(func.record.body[-1], r.Raise)
