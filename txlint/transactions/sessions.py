"""Who owns a session: where each commit's session comes from, whether its provider commits, and what its callers do afterwards.

A function that made the session itself owns it. One that was given it (a parameter, an attribute set from outside, a global
registry) has borrowed it; whether it may commit is decided by the provider and by its callers, never by its name.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from functools import cached_property

from txlint.facts import records as r
from txlint.project.calls import Edge, Site, hangs_on, nested_statements
from txlint.project.lineage import written
from txlint.project.model import Func
from txlint.project.project import Project
from txlint.project.types import ExtInst
from txlint.transactions.alternatives import surely_runs
from txlint.transactions.borrowing import NOT_JUDGED, Borrowing
from txlint.transactions.endings import (
    FAMILIES,
    Ending,
    is_item,
    is_script,
)
from txlint.transactions.handing_on import are_entered_apart, entered_again, hands_on, switched_off
from txlint.transactions.providers import Owner, Path, Providers
from txlint.transactions.reach import Reach, writes


class Sessions(Borrowing):
    """The endings of borrowed sessions and their owners."""

    def __init__(self, project: Project, boundary_commits: bool | None) -> None:
        super().__init__(project)
        self.providers = Providers(project, self._all, boundary_commits)
        self._committed_by: dict[int, Ending | None] = {}
        self._further: dict[Func, tuple[tuple[Site, Func], ...]] = {}
        """The calls by which a function that commits through others comes to the commit."""

    # --- owners --------------------------------------------------------------------------------------------------------

    def owner(self, ending: Ending) -> Owner | None:
        """Who else decides about the session of an ending: a provider that commits, or a caller that goes on with it."""
        return next(self.owners(ending), None)

    def owners(self, ending: Ending) -> Iterator[Owner]:
        """All that do, the nearest first."""
        for site, path in self.upwards(ending):
            owners = self.providers.owner(site.func, path), self._goes_on(site, ending, path)
            yield from (one for one in owners if one is not None)
        yield from self.constructors(ending)
        if around := self.providers.around(ending.site):
            yield around
        if last := self.providers.owner(ending.site.func, ()) or self._by_boundary(ending):
            yield last

    def constructors(self, ending: Ending) -> Iterator[Owner]:
        """What provides the session that the constructor of a method's class is given, where that commits it."""
        cls = ending.site.func.cls if ending.source == "attribute" else None
        for one in self._project.inference.lineages.of(cls).classes if cls is not None else ():
            made = one.methods.get("__init__")
            if made is not None and (owner := self.providers.owner(made, ())) is not None:
                yield owner

    def upwards(self, ending: Ending) -> Iterator[tuple[Site, Path]]:
        """The calls that lead to an ending in the session of their function, nearest first, each with the way from there."""
        seen = {ending.site.func}
        waiting: deque[tuple[Func, Path]] = deque([(ending.site.func, ())])
        while waiting and len(seen) < 200:
            func, through = waiting.popleft()
            for site, edge in self.callers(func):
                off = switched_off(self._project, site, edge, through, ending)
                if off or not hands_on(site, self._project, ending):
                    continue
                path = ((site, func), *through)
                yield site, path
                if site.func not in seen and len(path) < 8 and not self.owns(site.func):
                    seen.add(site.func)
                    waiting.append((site.func, path))

    def _by_boundary(self, ending: Ending) -> Owner | None:
        """Where no caller is known: the project's own providers, if all of them commit."""
        func, provider = ending.site.func, self.providers.boundary
        shared = ending.source == "global" or self._all.is_of_class(ending.session, func)
        if provider is None or self.callers(func) or shared:
            return None
        message = f"sessions of this project are committed by their provider (`{provider.record.name}`)"
        return Owner(provider, provider.record.line, provider.record.name, message)

    def loses(self, owner: Owner, surely: bool = False) -> bool:
        """Whether a caller has written something, not committed yet, before the call that leads to a rollback or a close.

        Surely, if it did so itself. A caller that asks what the call has answered knows of a rollback in an error handler.
        """
        handled = any(site.handlers for site, _ in owner.through)
        if handled and any(_is_asked(site) for site, _ in owner.through):
            return False
        for site, _ in owner.through:
            order, sites = self.order(site.func), self._project.bodies[site.func].sites
            before = [one for one in sites if one is not site and site in order.following(one)]
            wrote = (one for one in before if (_writes(one) if surely else self._changes(one)))
            pending = [one for one in wrote if not self.is_commit(one, site.func)]
            commits = [one for one in before if self.is_commit(one, site.func)]
            if any(not any(end in order.following(one) for end in commits) for one in pending):
                return True
        return False

    def provided(self, func: Func, site: Site) -> Owner | None:
        """Who gives a function its session, or wraps the call in one, and commits it afterwards."""
        return self.providers.owner(func, ((site, func),))

    def callers(self, func: Func) -> list[tuple[Site, Edge]]:
        """The calls of a function that run it at once."""
        return [(site, edge) for site, edge in self._project.callers.get(func, ()) if edge.when == "now"]

    def _has_own(self, func: Func) -> bool:
        """Whether a function binds a session that it made or entered itself."""
        roles, inference = self._project.catalog.class_roles, self._project.inference
        made = (name for name, group in func.bindings.items() if any(one.how in ("enter", "value") for one in group))
        types = (one for name in made for one in inference.lookup(name, func))
        return any(isinstance(one, ExtInst) and not one.guessed and "session" in roles(one.name) for one in types)

    def owns(self, func: Func) -> bool:
        """Whether a function makes its own session, so that its callers have nothing to do with it."""
        return any(one.family in FAMILIES for site in self._project.bodies[func].sites for one in site.opened)

    def _goes_on(self, site: Site, ending: Ending, path: Path) -> Owner | None:
        """A caller that does more in the same session after the call."""
        if any(entry.kind in NOT_JUDGED for entry in self._project.entries.get(site.func, ())):
            return None
        if is_script(site.func) or (site.loops and (site.handlers or is_item(site))):
            return None
        order = self.order(site.func)
        for earlier in self._project.bodies[site.func].sites:
            if (
                earlier is not site
                and site in order.following(earlier)
                and self.calls_committing(earlier)
                and not earlier.loops
                and not are_entered_apart(earlier, site)
            ):
                text = written(earlier.call.func)
                message = f"before it, `{site.func.record.qualname}` calls `{text}`, which commits as well"
                return Owner(site.func, earlier.line, text, message, path, (earlier, site))
        for later in self.order(site.func).following(site):
            block = entered_again(later, site)
            if later is site or (block is None and self._unrelated(later, site)):
                continue
            if self._works(later) or self.is_commit(later, site.func) or (block is not None and self._changes(later)):
                text = written(later.call.func)
                message = f"after it, `{site.func.record.qualname}` goes on in the same session"
                return Owner(site.func, later.line, text, message, path, (site, later))
        return None

    def _unrelated(self, later: Site, site: Site) -> bool:
        """Another call that stands in a `with` block of a session of its own."""
        return _sessions_open(later) != _sessions_open(site) or are_entered_apart(later, site)

    def _works(self, site: Site) -> bool:
        return _writes(site) or self.calls_committing(site)

    @cached_property
    def _changing(self) -> Reach:
        return Reach(self._project, _writes, telling=True)

    def _changes(self, site: Site) -> bool:
        return _writes(site) or self._changing.through(site)

    def calls_committing(self, site: Site) -> bool:
        """Whether a call runs a function that commits what it was given."""
        return self.committed_by(site) is not None

    def committed_by(self, site: Site) -> Ending | None:
        """The commit that a call leads to, whatever its object turns out to be."""
        if id(site) not in self._committed_by:
            func = self._runs(site, self.committing)
            self._committed_by[id(site)] = self.committing[func] if func is not None else None
        return self._committed_by[id(site)]

    def _runs(self, site: Site, committing: dict[Func, Ending]) -> Func | None:
        """The committing function that a call surely runs, in the session of its own function."""
        func = surely_runs(site, committing)
        if func is None or not hands_on(site, self._project, committing[func]):
            return None
        edges = (one for one in site.edges if one.func is func and one.when == "now")
        further = self._further.get(func, ())
        off = any(switched_off(self._project, site, one, further, committing[func]) for one in edges)
        return None if off else func

    # --- functions that commit what they were given ------------------------------------------------------------------------

    @cached_property
    def committing(self) -> dict[Func, Ending]:
        """Functions that commit a session which they were given, themselves or through others they give it to."""
        found: dict[Func, Ending] = {}
        waiting: deque[Func] = deque()
        for func in self._project.bodies:
            for ending in self.endings(func):
                borrowed = ending.kind == "commit" and self._is_given(ending) and not func.record.is_generator
                if borrowed and not self.is_right(ending, func):
                    found.setdefault(func, ending)
                    waiting.append(func)
        while waiting:
            func = waiting.popleft()
            for site, _ in self.callers(func):
                makes = self._makes(site.func) or self._has_own(site.func) or bool(_sessions_open(site))
                if site.func not in found and not makes and self._runs(site, found) is not None:
                    found[site.func] = found[func]
                    self._further[site.func] = ((site, func), *self._further.get(func, ()))
                    waiting.append(site.func)
        return found

    def is_commit(self, site: Site, func: Func) -> bool:
        """Whether a call commits: itself, or in a callee that was given the session."""
        if any(one.site is site and one.kind == "commit" for one in self.endings(func)):
            return True
        return self.calls_committing(site)

    def _makes(self, func: Func) -> bool:
        """Whether a function makes a session of its own, by an assignment."""
        return any(ending.source == "own" and ending.kind in ("commit", "close") for ending in self.endings(func))


def _is_asked(site: Site) -> bool:
    """Whether a condition in its function hangs on what a call has answered."""
    return hangs_on((node.test for node in nested_statements(site.func.record.body) if isinstance(node, r.If)), site)


def _writes(site: Site) -> bool:
    return any(writes(site, family) for family in FAMILIES)


def _sessions_open(site: Site) -> set[int]:
    """The session boundaries around a call, by identity."""
    return {id(one) for one in site.opened if one.family in FAMILIES}
