"""How many separate writes one call of a function makes when no transaction is open around it: the steps of an operation.

The largest number on one path: exclusive branches are not added up, a path that has returned goes no further, a block or
callee with a transaction of its own is one step, a write in a loop is many.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from txlint.facts import records as r
from txlint.findings import Confidence
from txlint.project.calls import Edge, Opening, Site
from txlint.project.model import Func, arguments, expressions, walk
from txlint.project.project import Project
from txlint.transactions.contexts import FAMILY
from txlint.transactions.reach import Reach, writes

_LIMIT = 8


@dataclass(frozen=True, slots=True)
class WriteStep:
    """One write of an operation: the call in the function itself, how often, and the call that finally writes."""

    site: Site
    writer: Site
    looped: bool = False
    block: Opening | None = None
    alias: str = "default"
    through: Func | None = None
    """The one of several functions that the call runs for the class that the operation is looked at for."""

    @property
    def weight(self) -> int:
        """One, or two for many."""
        return 2 if self.looped else 1


Steps = tuple[WriteStep, ...]


@dataclass(frozen=True, slots=True)
class _Paths:
    """The heaviest way through some statements: one that goes on after them (None: none does), one that ends in them."""

    on: Steps | None = ()
    ended: Steps = ()
    jumped: Steps = ()
    """One that leaves them for the next round, or the end, of the loop around them."""


class StepCounter:
    """Counts steps bottom-up; recursion counts as nothing more."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._found: dict[Func, Steps] = {}
        self._left_out: frozenset[int] = frozenset()

    @cached_property
    def _writing(self) -> Reach:
        """The functions that lead to a write; the others have no steps."""
        return Reach(self._project, lambda site: writes(site, FAMILY), telling=True)

    def of(self, func: Func) -> Steps:
        """The steps of the heaviest path through a function."""
        if func not in self._writing:
            return ()
        if func not in self._found:
            self._found[func] = ()
            paths = self._block(func.record.body, func)
            self._found[func] = _heavier(paths.on or (), paths.ended)
        return self._found[func]

    def besides(self, func: Func, sites: Iterable[Site]) -> Steps:
        """The steps of the heaviest path through a function but for some of its calls."""
        rest = StepCounter(self._project)
        rest._writing = self._writing
        rest._found = {one: steps for one, steps in self._found.items() if one is not func}
        rest._left_out = frozenset(map(id, sites))
        return rest.of(func)

    def _block(self, body: tuple[r.Stmt, ...], func: Func) -> _Paths:
        done: Steps = ()
        ended: Steps = ()
        jumped: Steps = ()
        for node in body:
            paths = self._statement(node, func)
            if paths.ended or paths.on is None:
                ended = _heavier(ended, _joined(done, paths.ended))
            if paths.jumped or isinstance(node, r.Jump):
                jumped = _heavier(jumped, _joined(done, paths.jumped))
            if paths.on is None:
                return _Paths(None, ended, jumped)
            done = _joined(done, paths.on)
        return _Paths(done, ended, jumped)

    def _statement(self, node: r.Stmt, func: Func) -> _Paths:
        own = self._expressions(node, func)
        match node:
            case r.Return():
                return _Paths(None, own)
            case r.Raise():
                return _Paths(None, ())  # what fails is not a way to leave it half done by success
            case r.Jump():
                return _Paths(None, (), own)
            case r.If(_, body, orelse, _):
                return _prefixed(own, _either(self._block(body, func), self._block(orelse, func)))
            case r.Loop():
                return _prefixed(own, self._loop(node, func))
            case r.Try():
                return self._try(node, func)
            case r.With():
                return _prefixed(own, self._block(node.body, func))
        return _Paths(own)

    def _loop(self, node: r.Loop, func: Func) -> _Paths:
        inner = self._block(node.body, func)
        heaviest = _heavier(inner.on or (), inner.jumped)  # a path that returns makes no further round
        rest = self._block(node.orelse, func)
        looped = tuple(WriteStep(one.site, one.writer, _each(one, node), one.block, one.alias) for one in heaviest)
        return _Paths(_joined(looped, rest.on or ()), _joined(looped, inner.ended) if inner.ended else ())

    def _try(self, node: r.Try, func: Func) -> _Paths:
        body = self._block((*node.body, *node.orelse), func)
        paths = body
        for handler in node.handlers:
            paths = _either(paths, self._block(handler.body, func))
        final = self._block(node.final, func)
        on = None if paths.on is None else _joined(paths.on, final.on or ())
        return _Paths(on, _joined(paths.ended, final.on or ()), paths.jumped)

    def _expressions(self, node: r.Stmt, func: Func) -> Steps:
        found: Steps = ()
        body = self._project.bodies[func]
        for expr in expressions(node):
            for part in walk(expr):
                site = body.by_call.get(id(part)) if isinstance(part, r.Call) else None
                if site is not None and id(site) not in self._left_out:
                    found = _joined(found, self._site(site))
        return found

    def _site(self, site: Site) -> Steps:
        writer = self._writer(site)
        if writer is None:
            return ()
        block = next((one for one in site.opened if one.family == FAMILY), None)
        comprehension = any(isinstance(one, r.Comp) for one in site.loops)
        own = next((effect for effect in site.effects if effect.kind == "database-write"), None)
        looped = comprehension and (own is not None or not self._self_atomic(site))
        alias = next((effect.alias for effect in writer.effects if effect.kind == "database-write"), "default")
        return (WriteStep(site, writer, looped and block is None, block, "default" if alias.startswith("<") else alias),)

    def _writer(self, site: Site) -> Site | None:
        """The call that finally writes: this one, or one in a callee."""
        if self.is_switched_off(site):
            return None
        if writes(site, FAMILY):
            harmless = all(one.entry.harmless for one in site.effects if one.kind == "database-write")
            return None if harmless else site
        for edge in site.edges:
            if is_certain(edge) and (steps := self.of(edge.func)):
                return steps[0].writer
        return None

    def is_switched_off(self, site: Site) -> bool:
        """Whether an argument switches a write off, also in an override of the project: `form.save(request, commit=False)`."""
        switches = self._project.catalog.switches
        given = ((arg.keyword, arg.value.value) for arg in site.call.args if isinstance(arg.value, r.Const))
        if any(one in switches for one in given):
            return True
        for edge in site.edges:  # `def clear(self, path, commit=False)`, called without
            said = {name for name, _ in arguments(site.call, edge.func, edge.func.cls is not None and not edge.func.is_static)}
            off = (one.name for one in edge.func.record.params if _default(one) in switches)
            if any(name not in said for name in off) and not any(arg.star for arg in site.call.args):
                return True
        return False

    def _self_atomic(self, site: Site) -> bool:
        return any(self._project.resolver.openers.wrappings.of(edge.func).opened for edge in site.edges if edge.when == "now")


def is_certain(edge: Edge) -> bool:
    """Whether a function that a call may run counts as what it does: not a guess, nothing that is deferred, no receiver."""
    return edge.when == "now" and not edge.guessed and not edge.via.startswith("receiver")


def step_confidence(steps: Steps) -> Confidence:
    """How sure it is that these are writes."""
    guessed = any(effect.guessed for one in steps for effect in one.writer.effects if effect.kind == "database-write")
    return Confidence.MEDIUM if guessed else Confidence.HIGH


def _default(param: r.Param) -> tuple[str, bool | str | int | None]:
    return param.name, param.default.value if isinstance(param.default, r.Const) else None


def _each(one: WriteStep, loop: r.Loop) -> bool:
    """Whether a step in a loop counts as many: not where each round is a unit, by a block or an error handler of its own."""
    if one.block is not None:
        return one.block.line < loop.line
    return not any(node.handlers and loop.line < node.line <= loop.end_line for node in one.site.tries)


def _joined(first: Steps, second: Steps) -> Steps:
    known = {id(one.block) for one in first if one.block is not None}
    return (*first, *(one for one in second if one.block is None or id(one.block) not in known))[:_LIMIT]


def on_one_database(steps: Steps) -> Steps:
    """The steps on the database that has most of them: no transaction spans two."""
    groups = [tuple(one for one in steps if one.alias == alias) for alias in dict.fromkeys(one.alias for one in steps)]
    return max(groups, key=_weight, default=())


def _weight(steps: Steps) -> int:
    return sum(one.weight for one in steps)


def _heavier(first: Steps, second: Steps) -> Steps:
    return second if _weight(second) > _weight(first) else first


def _prefixed(own: Steps, paths: _Paths) -> _Paths:
    if not own:
        return paths
    on = None if paths.on is None else _joined(own, paths.on)
    return _Paths(on, _joined(own, paths.ended), _joined(own, paths.jumped) if paths.jumped else ())


def _either(first: _Paths, second: _Paths) -> _Paths:
    ended, jumped = _heavier(first.ended, second.ended), _heavier(first.jumped, second.jumped)
    if first.on is None or second.on is None:
        return _Paths(second.on if first.on is None else first.on, ended, jumped)
    return _Paths(_heavier(first.on, second.on), ended, jumped)


weight = _weight
