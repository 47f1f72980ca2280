"""Work that may be committed in stages on purpose, so that the stages alone are no evidence of a defect."""

from __future__ import annotations

import re
from collections.abc import Iterator

from txlint.project.calls import Site, nested_statements, written_receiver
from txlint.project.flow import blocks, ends_in_raise
from txlint.project.model import Func, nested
from txlint.project.project import Project
from txlint.project.types import ParamValue
from txlint.transactions.contexts import Contexts
from txlint.transactions.endings import Ending, is_script
from txlint.transactions.loops import is_command
from txlint.transactions.providers import Owner
from txlint.transactions.reach import Reach
from txlint.transactions.redundancy import Redundancy
from txlint.transactions.sessions import LEAVING, Sessions

_BACKGROUND = frozenset({"task", "flow", "consumer", "fixture", "test", "module", "thread", "worker", "after-response"})
_ONCE = frozenset({"command", "migration", "startup"})
_STANDS_ALONE = re.compile(
    r"_*(get|find|fetch|load|read|lookup|ensure|check|validate|verify|seed|init|initiali[sz]e|setup|bootstrap|log|record|track"
    r"|audit|sync|mark|touch|throttle|increment|reset|note|report|notify|login|logout|fix|migrate|clean|cleanup|expire)(_|$)"
    r"|.*_(status|state|progress|events?|logs?|history|activity|metrics|stats|timestamp|at|date|last|started|finished)(_|$)"
    r"|.*_if_(not_exists|none|missing)$",
    re.I,
)
"""Names of steps that stand for themselves: they look something up, note what happens to something, or run once."""


class Staging:
    """Looks for what a reader would see as a reason to commit before the rest is done."""

    def __init__(self, project: Project, sessions: Sessions, contexts: Contexts, redundancy: Redundancy) -> None:
        self._project, self._sessions, self._contexts, self._redundancy = project, sessions, contexts, redundancy
        self._leaving = Reach(project, lambda site: any(effect.kind in LEAVING for effect in site.effects))

    def is_meant(self, ending: Ending, owner: Owner) -> bool:
        """Whether something shows why a commit is made although somebody else decides about its session."""
        site = ending.site
        if owner.stages is not None and any(one.before.site is owner.stages[0] for one in self._redundancy.of(owner.func)):
            return False  # committed again at once: there is no second stage
        if any(one.loops for one in (site, *(through for through, _ in owner.through))):
            return True
        if self.is_background(owner.func) or site.handlers or self._is_before_error(site):
            return True
        return owner.stages is not None and self.may_be_meant(*owner.stages)

    def may_be_meant(self, first: Site, second: Site) -> bool:
        """Whether something shows why what a call commits should stay although a later one fails."""
        if self.is_background(first.func) or first.loops or second.loops:
            return True
        if self._is_for_itself(second, first) or self._is_for_itself(first, second):
            return True
        if any(self._leaves(one) or _is_callers_work(one) for one in self._between(first, second)):
            return True
        return any(_STANDS_ALONE.match(name) for site in (first, second) for name in self._names(site))

    def is_background(self, func: Func) -> bool:
        """Whether no request waits for it: it works through something and says how far it got, or is run by hand."""
        if is_script(func) or is_command(func):
            return True
        kinds = {one.state.kind for one in self._contexts.of(func)}
        return not kinds.isdisjoint(_ONCE) or (bool(kinds) and kinds <= _BACKGROUND)

    def _is_before_error(self, site: Site) -> bool:
        """Whether an error follows in the same block, which would take back what is not committed."""
        body = site.func.record.body
        every = (body, *(block for node in nested_statements(body) for block in blocks(node)))
        return any(ends_in_raise(block) and any(call is site.call for call in nested(block)) for block in every)

    def _is_for_itself(self, site: Site, other: Site) -> bool:
        """Whether the error of a call is dealt with where the other one is out of reach."""
        inner = [node for node in site.tries if not any(node is one for one in other.tries)]
        return any(node.handlers for node in inner)

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


def _is_callers_work(site: Site) -> bool:
    """Whether a call runs whatever the function was given to run."""
    return any(isinstance(one, ParamValue) for one in site.types) and "." not in getattr(site.call.func, "path", ".")
