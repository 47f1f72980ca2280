"""Contexts: in which transaction state each function can be entered, and along which shortest path.

Breadth-first from the entry points over the call graph. A state is one of few (an entry kind without a transaction, a kind of
open transaction on a database), so the search is linear in the size of the call graph.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Iterable, Iterator, Mapping
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from txlint.project.calls import OWN, Edge, Entry, Opening, Site
from txlint.project.django_settings import Decision
from txlint.project.model import Func
from txlint.project.project import Project
from txlint.project.switches import Given, excludes
from txlint.transactions.plausibility import Plausibility

FAMILY = "django"
_ASIDE = {"commit": "after-commit", "thread": "thread", "worker": "task", "response": "after-response", "never": "never"}
ASIDE = frozenset(_ASIDE.values()) - {"task"}
"""Kinds of `none` of what never runs in its caller's transaction."""
_WIDTH = 16
"""Ways in which a function can be entered; more are told apart by their state alone."""


class State(Struct, frozen=True):
    """`open` (kind: atomic, request, framework, ...), `none` (kind of entry), `any` (decided by unseen callers), `unknown`."""

    status: str
    kind: str
    alias: str = "default"
    certain: bool = True


class Context(Struct, frozen=True, eq=False):
    """One way in which a function is entered: its state, who decided it, and the call that leads here."""

    func: Func
    state: State
    origin: Opening | Entry | Decision | None = None
    entry: Entry | None = None
    """The entry point at the start of the path, where one is known."""
    before: Context | None = None
    site: Site | None = None
    edge: Edge | None = None
    root: Func | None = None
    """The function in which the path begins; None for this one."""
    opener: Func | None = None
    """The function in which the transaction is opened; None where nothing in the project opens it."""
    calls: int = 0
    """How many calls lead here from the entry point."""
    guessed: bool = False
    """Whether the target of one of these calls was guessed."""
    given: Given = ()
    """The constants that its parameters are known to have."""
    doubted: bool = False
    """Whether one of these calls is hardly meant on this path."""

    def backwards(self) -> Iterator[Context]:
        """From here to the entry point."""
        one: Context | None = self
        while one is not None:
            yield one
            one = one.before

    def path(self) -> tuple[Context, ...]:
        """From the entry point to here."""
        return tuple(self.backwards())[::-1]

    @property
    def start(self) -> Func:
        """The function in which the path begins."""
        return self.root or self.func


class Contexts:
    """The contexts of every function."""

    def __init__(self, project: Project, atomic_requests: Mapping[str, bool] | None) -> None:
        self._project, self._override = project, atomic_requests
        self._found: dict[Func, dict[tuple[State, Given, Hashable], Context]] = defaultdict(dict)
        self._by_func: dict[Func, tuple[Context, ...]] = {}
        self._plausibility = Plausibility(project)
        self.asking = frozenset(func for func in project.bodies if not func.mentions.isdisjoint(project.catalog.asks))
        self._spread(self._roots())

    def of(self, func: Func) -> tuple[Context, ...]:
        """How a function is entered, shortest path first."""
        if func not in self._by_func:
            self._by_func[func] = _by_state(self._found.get(func, {}).values())
        return self._by_func[func]

    def ways(self, func: Func) -> Iterable[Context]:
        """How a function is entered, those that differ only in what is known of its parameters as well."""
        return self._found.get(func, {}).values()

    def at(self, site: Site) -> tuple[Context, ...]:
        """The states in which a call happens, each with the way there."""
        contexts = self._found.get(site.func, {}).values()
        found = [entered(one, site.opened) for one in contexts if not excludes(one.given, site.conditions)]
        return _by_state((*(one for one in found if not one.doubted), *(one for one in found if one.doubted)))

    def along(self, context: Context, sites: Iterable[Site]) -> Context:
        """A context, on through calls of which each is in a function that the one before runs: doubted where one of them is."""
        here = context
        for before, site in pairwise((None, *sites)):
            edge = next((one for one in before.edges if site and one.func is site.func), None) if before else None
            if before and edge is None:
                return here
            here = self._next(here, before, edge) if before and edge else here
            if site and excludes(here.given, site.conditions):
                here = replace(here, doubted=True)
        return here

    def through(self, context: Context, calls: Iterable[tuple[Site, Edge]]) -> Context | None:
        """A context, on over some calls to what the last one runs; None where something on the way excludes or doubts it."""
        for site, edge in calls:
            if excludes(context.given, site.conditions):
                return None
            context = self._next(context, site, edge)
        return None if context.doubted else context

    def runs_aside(self, site: Site) -> bool:
        """Whether a call is only reached after a commit, in a thread or a worker, or in a function that asks for the state."""
        found = () if site.func in self.asking else self.at(site)
        aside = all(one.state.status == "none" and one.state.kind in ASIDE for one in found)
        return aside and (bool(found) or site.func in self.asking)

    def requests_may_be_atomic(self) -> bool:
        """Whether the settings, or the configuration in their place, run requests in a transaction, or cannot be read."""
        decision = self.requests_decision()
        return decision is not None and decision.atomic is not False

    # --- roots ---------------------------------------------------------------------------------------------------------

    def _roots(self) -> Iterator[Context]:
        for entries in self._project.entries.values():
            for entry in entries:
                yield self._root(entry)
        for func in self._project.bodies:
            if func not in self._project.entries and not self._called(func):
                yield Context(func, State("none", "module" if func.index == 0 else "unreached"))

    def _called(self, func: Func) -> bool:
        return any(site.func is not func for site, _ in self._project.callers.get(func, ()))

    def _root(self, entry: Entry) -> Context:
        opening = entry.opened[0] if entry.opened else None
        if opening is not None and opening.boundary != OWN:
            return Context(entry.func, State("open", opening.boundary, opening.alias), opening, entry, opener=entry.func)
        if entry.kind in ("receiver", "session-event", "framework-hook"):
            return Context(entry.func, State("any", entry.kind), None, entry)
        if entry.kind == "migration":
            return Context(entry.func, State("unknown", "migration"), None, entry)
        if entry.kind in ("view", "admin-hook", "admin-action") and not entry.non_atomic and not entry.is_async:
            decision = self.requests_decision()
            if decision is not None and decision.atomic:
                return Context(entry.func, State("open", "request"), decision, entry)
            if decision is not None and decision.atomic is None and opening is None:
                return Context(entry.func, State("unknown", "settings"), decision, entry)
        if opening is not None:
            return Context(entry.func, State("open", OWN), opening, entry)
        return Context(entry.func, State("none", entry.kind), None, entry)

    def requests_decision(self) -> Decision | None:
        """What decides whether requests are atomic on the default database, if anything does."""
        if self._override is not None and "default" in self._override:
            return Decision(self._override["default"], "", 0)
        return self._project.settings.atomic("default")

    # --- spreading -----------------------------------------------------------------------------------------------------

    def _spread(self, roots: Iterable[Context]) -> None:
        waiting: deque[Context] = deque()
        doubted: deque[Context] = deque()
        for root in roots:
            self._add(root, waiting)
        while True:
            while waiting or doubted:
                if not waiting:  # what is doubted stands in only for what nothing else leads to
                    self._add(doubted.popleft(), waiting)
                    continue
                context = waiting.popleft()
                for site in self._project.bodies[context.func].sites:
                    if site.edges and not excludes(context.given, site.conditions):
                        known = (one for one in site.edges if one.func in self._project.bodies)
                        for following in (self._next(context, site, one) for one in known):
                            if following.doubted and not context.doubted:
                                doubted.append(following)
                            else:
                                self._add(following, waiting)
            cyclic = next((one for one in self._project.bodies if one not in self._found), None)
            if cyclic is None:
                return
            self._add(Context(cyclic, State("none", "unreached")), waiting)  # only reached from itself

    def _add(self, context: Context, waiting: deque[Context]) -> None:
        if context.func in self.asking:
            context = replace(context, state=State("unknown", "asks"), origin=None, opener=None)
        known = self._found[context.func]
        if len({context.given, *(given for _, given, _ in known)}) > _WIDTH // 2:
            context = replace(context, given=())
        of_self = self._plausibility.told_apart(context)
        keys = (context.state, (), of_self), (context.state, context.given, of_self)
        width = _WIDTH * 4 if context.func in self._plausibility.taking else _WIDTH
        if known.keys().isdisjoint(keys) and (len(known) < width or all(context.state != one[0] for one in known)):
            known[keys[1]] = context
            waiting.append(context)

    def _next(self, context: Context, site: Site, edge: Edge) -> Context:
        here = entered(context, site.opened)
        state, origin, opener = here.state, here.origin, here.opener
        if edge.when == "unknown":
            state, origin, opener = State("unknown", "callback"), None, None
        elif edge.when != "now":
            state, origin, opener = State("none", _ASIDE.get(edge.when, edge.when)), None, None
        elif edge.protected and state.status != "open":
            state, origin, opener = State("open", OWN), None, None
        guessed = context.guessed or edge.guessed
        doubted = context.doubted or self._plausibility.doubts(context, site, edge)
        calls, start = context.calls + 1, context.start
        given = self._project.switches.given(site, edge, context.given)
        told = calls, guessed, given, doubted
        return Context(edge.func, state, origin, context.entry, context, site, edge, start, opener, *told)


def _by_state(contexts: Iterable[Context]) -> tuple[Context, ...]:
    """The first way into each state."""
    found: dict[State, Context] = {}
    for one in contexts:
        found.setdefault(one.state, one)
    return tuple(found.values())


def entered(context: Context, opened: tuple[Opening, ...]) -> Context:
    """A context within further boundaries of its own function: the outermost transaction is the one that counts."""
    if context.state.status == "open":
        return context
    for opening in opened:
        if opening.family == FAMILY:
            state = State("open", opening.boundary, opening.alias, opening.certain)
            way = context.before, context.site, context.edge, context.root
            told = context.calls, context.guessed, context.given, context.doubted
            return Context(context.func, state, opening, context.entry, *way, context.func, *told)
    return context
