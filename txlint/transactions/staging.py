"""Work that may be committed in stages on purpose, so that the stages alone are no evidence of a defect."""

from __future__ import annotations

import re
from collections.abc import Iterator

from txlint.project.calls import Site, written_receiver
from txlint.project.model import Func
from txlint.project.project import Project
from txlint.transactions.contexts import Contexts
from txlint.transactions.order import ends_in_raise
from txlint.transactions.reach import Reach
from txlint.transactions.sessions import LEAVING, Sessions

_BACKGROUND = frozenset({"task", "flow", "consumer", "command", "migration", "startup", "fixture", "test"})
_STANDS_ALONE = re.compile(
    r"_*(get|find|fetch|load|read|lookup|ensure|check|validate|verify|seed|init|initiali[sz]e|setup|bootstrap|log|record|track"
    r"|audit|mark|touch|throttle|increment|reset|note|report|notify|login|logout)(_|$)"
    r"|.*_(status|state|progress|events?|logs?|history|activity|metrics|stats|timestamp)$",
    re.I,
)
"""Names of steps that stand for themselves: they look something up, or note what happens to something."""


class Staging:
    """Looks for what a reader would see as a reason to commit before the rest is done."""

    def __init__(self, project: Project, sessions: Sessions, contexts: Contexts) -> None:
        self._project, self._sessions, self._contexts = project, sessions, contexts
        self._leaving = Reach(project, lambda site: any(effect.kind in LEAVING for effect in site.effects))

    def may_be_meant(self, first: Site, second: Site) -> bool:
        """Whether something shows why what a call commits should stay although a later one fails."""
        if self._is_background(first.func) or first.loops or second.loops or self._is_tolerated(first, second):
            return True
        if any(self._leaves(one) for one in self._between(first, second)):
            return True
        return any(_STANDS_ALONE.match(name) for site in (first, second) for name in self._names(site))

    def _is_background(self, func: Func) -> bool:
        """Whether no request waits for it: it works through something, and says how far it got."""
        contexts = self._contexts.of(func)
        return bool(contexts) and all(one.state.kind in _BACKGROUND for one in contexts)

    def _is_tolerated(self, first: Site, second: Site) -> bool:
        """Whether an error of the second call is caught and kept, while one of the first is not."""
        inner = [node for node in second.tries if not any(node is other for other in first.tries)]
        return any(not ends_in_raise(handler.body) for node in inner for handler in node.handlers)

    def _between(self, first: Site, second: Site) -> Iterator[Site]:
        order = self._sessions.order(first.func)
        yield from (first, second)
        yield from (one for one in order.following(first) if second in order.following(one))

    def _leaves(self, site: Site) -> bool:
        return any(effect.kind in LEAVING for effect in site.effects) or self._leaving.through(site)

    def _names(self, site: Site) -> Iterator[str]:
        yield written_receiver(site.call)[1] or getattr(site.call.func, "path", "")
        if (committed := self._sessions.committed_by(site)) is not None:
            yield committed.site.func.record.name
