"""Commit hooks as a group, and what they send: hooks that never wait, that take others with them, that weaken a queue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise

from txlint.facts import records as r
from txlint.project.calls import Opening, Site
from txlint.project.model import Func
from txlint.project.project import Project
from txlint.project.types import Method, Partial, Type
from txlint.transactions.contexts import FAMILY
from txlint.transactions.handovers import Handover, Handovers
from txlint.transactions.queues import Queues
from txlint.transactions.reach import Reach

_REMOTE = frozenset({"email", "sms", "message", "external-call", "remote-read", "payment"})
_IN_DATABASE = "enqueue-in-transaction"


@dataclass(frozen=True, slots=True)
class Fragile:
    """A hook that talks to another machine, before others that are lost when it fails."""

    hook: Handover
    remote: Site
    lost: Handover


class Hooks:
    """Answers for what functions hand over to run after the commit."""

    def __init__(self, project: Project, handovers: Handovers, queues: Queues) -> None:
        self._project, self._handovers, self._queues = project, handovers, queues
        self._reaching = Reach(project, lambda site: any(one.kind in _REMOTE for one in site.effects), telling=True)

    def fragile(self, func: Func) -> Iterator[Fragile]:
        """The first hook of each transaction of a function that can take later ones with it."""
        found = [one for one in self._handovers.among(self._project.bodies[func].sites) if not one.site.loops]
        for _, group in groupby(found, key=lambda one: id(_block(one.site))):
            hooks = list(group)
            for hook, after in pairwise(hooks):
                remote = self._remote(hook)
                if remote is not None and not self._is_tolerant(hook):
                    yield Fragile(hook, remote, after)
                    break

    def _remote(self, hook: Handover) -> Site | None:
        for edge in hook.site.edges:
            if edge.when == "commit" and edge.func in self._reaching:
                return next(reversed(tuple(self._reaching.path(edge.func))), None)
        return None

    def _is_tolerant(self, hook: Handover) -> bool:
        entries = self._project.resolver.meanings.callbacks(hook.site.call, hook.site.types)
        names = {entry.tolerant for entry, _ in entries}
        return any(arg.keyword in names and arg.value == r.Const(True) for arg in hook.site.call.args if arg.keyword)

    def weakened(self, hook: Handover) -> str:
        """The message of a queue in the database itself that a hook puts off, as written; empty where there is none."""
        values = self._project.inference.infer(hook.argument, hook.site.func) if hook.argument is not None else ()
        for value in values:
            if self._is_in_database(value):
                return "it"
        for func in hook.closures():
            for site in self._project.bodies[func].sites:
                if any(one.kind == _IN_DATABASE for one in site.effects) or (
                    any(one.kind == "enqueue" for one in site.effects) and self._queues.are_transactional(site)
                ):
                    return "it"
        return ""

    def _is_in_database(self, value: Type) -> bool:
        while isinstance(value, Partial):
            value = value.of
        if not isinstance(value, Method):
            return False
        entries = (found.entry for found in self._project.catalog.of_method(value.owner, value.name))
        kinds = {getattr(entry, "effect", "") for entry in entries}
        return _IN_DATABASE in kinds or ("enqueue" in kinds and self._queues.is_transactional(value.on))


def _block(site: Site) -> Opening | None:
    return next((one for one in reversed(site.opened) if one.family == FAMILY), None)
