"""Settings that decide a way: two conditions on it may want the same one on and off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from txlint.facts import records as r
from txlint.project.calls import Site
from txlint.transactions.contexts import Context
from txlint.transactions.traces import LONGEST


def cannot_be_met(context: Context, sites: Iterable[Site]) -> bool:
    """Whether the conditions on the way to a context, and of further calls, contradict each other.

    That a project sets one to False says nothing: deployments are there to set it otherwise.
    """
    wanted: dict[str, bool] = {}
    on_the_way = (one.site for one in islice(context.backwards(), LONGEST) if one.site is not None)
    return any(wanted.setdefault(path, on) is not on for one in (*on_the_way, *sites) for path, on in _demands(one))


def _demands(site: Site) -> Iterator[tuple[str, bool]]:
    """The constants of other modules that have to be on or off for a call to be made: `settings.RUN_ASYNC`."""
    own = {one.name for one in site.func.record.params} | site.func.bindings.keys()
    for condition in site.conditions:
        for path, on in _decisive(condition.test, condition.holds):
            first, _, name = path.rpartition(".")
            if first and name.isupper() and first.partition(".")[0] not in own:
                yield path, on


def _decisive(test: r.Expr, holds: bool) -> Iterator[tuple[str, bool]]:
    match test:
        case r.Name(path):
            yield path, holds
        case r.Parts((inner,), "Not"):
            yield from _decisive(inner, not holds)
        case r.Choice(options, None, operator) if operator and (operator == "And") is holds:
            for one in options:
                yield from _decisive(one, holds)
