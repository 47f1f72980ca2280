"""Tasks that are sent before what they may be about is saved: by the code that follows, or by the rest of the request."""

from __future__ import annotations

from collections.abc import Callable

from txlint.facts import records as r
from txlint.project.calls import Site, is_statement
from txlint.project.django_settings import Decision
from txlint.project.model import Func, walk
from txlint.transactions.contexts import FAMILY, Context, Contexts
from txlint.transactions.order import Order
from txlint.transactions.reach import writes
from txlint.transactions.rows import RowNames, subject
from txlint.transactions.signals import SignalOnly


class EarlySends:
    """Reads off the order of calls which rows are saved after a task has got their key."""

    def __init__(self, contexts: Contexts, order: Callable[[Func], Order], rows: RowNames, signals: SignalOnly) -> None:
        self._contexts, self._order, self._rows, self._signals = contexts, order, rows, signals

    def request(self, site: Site) -> Context | None:
        """The request whose transaction is open at a call; None where there is none."""
        opened = (one for one in self._contexts.at(site) if one.state.status == "open")
        return next((one for one in opened if isinstance(one.origin, Decision)), None)

    def saved_after(self, site: Site) -> Site | None:
        """The call that saves a row later in the function than its key is sent; None where none does, or the result is kept."""
        if not is_statement(site):
            return None
        sent = _keys(site.call)
        for later in self._order(site.func).following(site):
            if later.line > site.line and self._saves(later) and not later.handlers and not later.loops:
                rows = self._rows.written(later)
                if not rows.removed and rows.saved & sent:
                    return later
        return None

    def _saves(self, site: Site) -> bool:
        return writes(site, FAMILY) or any(edge.when == "now" and self._signals.why(edge.func) for edge in site.edges)


def _keys(call: r.Call) -> frozenset[str]:
    """The objects of which an attribute is among the arguments of a call."""
    paths = [one.path for arg in call.args for one in walk(arg.value) if isinstance(one, r.Name) and "." in one.path]
    return frozenset(subject(path.rpartition(".")[0]) for path in paths)
