"""Which endings of a session are made by a function that was only given it, and what makes such an ending right."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.facts import records as r
from txlint.project.calls import Site
from txlint.project.model import Func
from txlint.project.project import Project
from txlint.transactions.endings import BORROWED, FAMILIES, Ending, Endings, is_optional, is_progress, locks
from txlint.transactions.order import Order
from txlint.transactions.providers import EXITS

_CLAIMING = frozenset({"row-lock"})
LEAVING = frozenset({"enqueue", "external-call", "remote-read", "email", "message", "sleep"})
"""Effects of work that leaves the database, or takes its time outside of it."""
NOT_JUDGED = frozenset({"command", "migration", "startup", "fixture", "test", "session-event"})
"""Entry kinds that own their sessions."""
OUTERMOST = frozenset({"view", "task", "flow", "consumer", "event-handler", "middleware", "error-handler", "request-end"})
"""Entry kinds of functions that nothing of the project is around."""


class Borrowing:
    """The endings of each function, and which of them are of a session that it was given."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._all = Endings(project)
        self._orders: dict[Func, Order] = {}

    def endings(self, func: Func) -> tuple[Ending, ...]:
        """The commits, rollbacks and closes in a function."""
        return self._all.of(func)

    def source(self, session: str, func: Func) -> str:
        """Where a session comes from, seen from a function that uses it under this name."""
        return self._all.source(session, func)

    def keeper(self, session: str, func: Func) -> Func | None:
        """The function that gives everybody the same session, where a variable got it from one."""
        return self._all.keeper(session, func)

    def order(self, func: Func) -> Order:
        """What follows what in a function."""
        if func not in self._orders:
            self._orders[func] = Order(self._project.bodies[func])
        return self._orders[func]

    # --- who may -------------------------------------------------------------------------------------------------------

    def before(self, site: Site) -> tuple[Site, ...]:
        """The calls of the same function after which a call can come."""
        order = self.order(site.func)
        return tuple(one for one in self._project.bodies[site.func].sites if one is not site and site in order.following(one))

    def borrowed(self, func: Func, *kinds: str) -> Iterator[Ending]:
        """Endings of a session that the function was given and that no known right pattern explains."""
        if self._is_boundary(func):
            return
        for ending in self.endings(func):
            if ending.kind in kinds and self._is_given(ending) and not self.is_right(ending, func):
                yield ending

    def _is_given(self, ending: Ending) -> bool:
        """Whether the session comes from outside of the function, and from outside of what is entered around the ending."""
        entered = any(one.boundary == "session" and one.family in FAMILIES for one in ending.site.opened)
        return ending.source in BORROWED and not (ending.source == "global" and entered)

    def _is_boundary(self, func: Func) -> bool:
        """Entry points, providers, units of work, wrappers and functions whose name says that they commit."""
        entries = self._project.entries.get(func, ())
        if any(entry.kind in NOT_JUDGED | OUTERMOST for entry in entries):
            return True
        if func.record.is_generator or func.parent is None or (func.parent.parent is not None and self._calls_parameter(func)):
            return True
        owner = func.cls
        if owner and any(name in cls.methods for cls in self._project.inference.lineages.of(owner).classes for name in EXITS):
            return True
        name = func.record.name.lower()
        return "commit" in name and "no_commit" not in name and "without_commit" not in name

    def _calls_parameter(self, func: Func) -> bool:
        outer = {param.name for param in func.parent.record.params} if func.parent else set()
        return any(
            isinstance(site.call.func, r.Name) and site.call.func.path in outer for site in self._project.bodies[func].sites
        )

    def is_right(self, ending: Ending, func: Func) -> bool:
        """Whether a commit is a claim, progress, somebody else's choice, or made before the work leaves the database."""
        return bool(self.why_right(ending, func))

    def why_right(self, ending: Ending, func: Func) -> str:
        """What makes a commit right: `claim`, `choice`, `progress`, `leaves` (the work leaves the database); empty: nothing."""
        if ending.kind != "commit":
            return ""
        site, body = ending.site, self._project.bodies[func].sites
        if any(effect.kind in _CLAIMING for one in body for effect in one.effects) or locks(func):
            return "claim"
        if is_optional(site):
            return "choice"
        if is_progress(site):
            return "progress"
        following = self.order(func).following(site)
        return "leaves" if any(effect.kind in LEAVING for one in following for effect in one.effects) else ""
