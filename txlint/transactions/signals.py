"""Functions that run for a signal, or inside a model's `save` or `delete`: they cannot know the transaction they are in."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Container, Iterator
from typing import NamedTuple

from txlint.frameworks.catalog import EffectEntry
from txlint.project.calls import Site
from txlint.project.model import Func
from txlint.project.project import Project
from txlint.project.switches import Given, excludes
from txlint.transactions.reach import Reach


class Leading(NamedTuple):
    """Where a call leads: the calls on the shortest way, and all those that it is about."""

    path: tuple[Site, ...]
    ends: tuple[Site, ...]


class SignalOnly:
    """The receivers and overrides, and the helpers that nothing else calls; each with what makes it one."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._signals = _model_signals(project)
        self._why: dict[Func, str] = {}
        for func in project.bodies:
            if why := self._receiver(func) or self._override(func):
                self._why[func] = why
        self._heard = _own_signals(project, self._signals)
        first = frozenset(self._why)
        self._widen()
        self._helpers = frozenset(self._why) - first

    def why(self, func: Func) -> str | None:
        """`receiver of post_save`, `override of save`, or the like of the only caller; None for any other function."""
        return self._why.get(func)

    def heard(self, func: Func) -> str | None:
        """`receiver of order_paid`, a signal of the project's own: its senders are known, and so is what they have open."""
        return None if func in self._why else self._heard.get(func)

    def roots(self, func: Func) -> tuple[Func, ...]:
        """The receivers and overrides that a helper of theirs is run by; a receiver or override itself."""
        return tuple({site.func: None for site in self._calling(func)}) if func in self._helpers else (func,)

    def calling(self, func: Func) -> tuple[Site, ...]:
        """The calls by which receivers and overrides come to a helper of theirs; none of a receiver's or override's own."""
        return tuple(self._calling(func))

    def _calling(self, func: Func) -> Iterator[Site]:
        seen, waiting = {func}, [func]
        for helper in waiting:
            if helper in self._why and helper not in self._helpers:
                continue
            for site, _ in self._project.callers.get(helper, ()):
                if site.func not in self._helpers:
                    yield site
                elif site.func not in seen:
                    seen.add(site.func)
                    waiting.append(site.func)

    def leading(self, kinds: frozenset[str], asks: Container[Func]) -> Iterator[tuple[Site, Leading]]:
        """Calls in such functions that lead, through functions which others call too, to calls with one of these effects."""

        def passes(site: Site) -> bool:  # what such functions do themselves is reported there
            return site.func not in asks and site.func not in self._why

        def sends(site: Site) -> bool:
            return passes(site) and any(one.kind in kinds for one in site.effects)

        reach = Reach(self._project, sends, passes, telling=True)
        for func in (*self._why, *(one for one in self._heard if one not in self._why)):
            for site in self._project.bodies[func].sites:
                if reach.through(site) and not any(one.kind in kinds for one in site.effects):
                    ways = tuple(self._ways(site, reach, sends, passes))
                    if ways:
                        yield site, Leading(ways[0], tuple(one[-1] for one in ways))

    def _ways(
        self, start: Site, reach: Reach, ends: Callable[[Site], bool], along: Callable[[Site], bool]
    ) -> Iterator[tuple[Site, ...]]:
        """The shortest ways on from a call, each to another end, that the constants which calls pass leave open."""
        waiting: deque[tuple[tuple[Site, ...], Site, Given]] = deque([((), start, ())])
        seen: set[tuple[Func, Given]] = set()
        while waiting:
            way, call, known = waiting.popleft()
            for edge in call.edges:
                given = self._project.switches.given(call, edge, known)
                if edge.when != "now" or edge.func not in reach or (edge.func, given) in seen:
                    continue
                seen.add((edge.func, given))
                inner = [one for one in self._project.bodies[edge.func].sites if not excludes(given, one.conditions)]
                yield from ((*way, one) for one in inner if ends(one))
                waiting.extend(((*way, one), one, given) for one in inner if along(one) and reach.through(one))

    def _receiver(self, func: Func) -> str | None:
        for signal in self._signals:
            for receiver in self._project.resolver.implicit.receivers.get(signal, ()):
                if receiver.func is func:
                    return f"receiver of `{signal.rpartition('.')[2]}`"
        return None

    def _override(self, func: Func) -> str | None:
        if func.cls is None or not self._project.is_model(func.cls):
            return None
        catalog = self._project.catalog
        for owner in self._project.inference.lineages.of(func.cls).external:
            for found in catalog.of_method(owner, func.record.name):
                if isinstance(found.entry, EffectEntry) and found.entry.effect == "database-write":
                    return f"`{func.record.name}` of model `{func.cls.record.name}`"
        return None

    def _widen(self) -> None:
        """Helpers that are called now by such functions only."""
        changed = True
        while changed:
            changed = False
            for func, callers in self._project.callers.items():
                if func in self._why or func in self._project.entries:
                    continue
                if all(edge.when == "now" and site.func in self._why for site, edge in callers):
                    self._why[func] = self._why[callers[0][0].func]
                    changed = True


def _own_signals(project: Project, known: tuple[str, ...]) -> dict[Func, str]:
    """The receivers of signals that are not the models'."""
    found: dict[Func, str] = {}
    for signal, receivers in project.resolver.implicit.receivers.items():
        if signal not in known:
            found |= {one.func: f"receiver of `{signal.rpartition('.')[2]}`" for one in receivers}
    return found


def _model_signals(project: Project) -> tuple[str, ...]:
    """The signals that the catalogue's database writes send."""
    found: dict[str, None] = {}
    for entry in project.catalog.effects():
        if entry.effect == "database-write":
            found |= dict.fromkeys(entry.signals)
    return tuple(found)
