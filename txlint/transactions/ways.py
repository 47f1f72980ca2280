"""Evidence around a call beyond the one path of its trace: what else comes to it, and what it leads to."""

from __future__ import annotations

from itertools import islice

from txlint.findings import Step
from txlint.project.calls import Site
from txlint.transactions.analysis import Analysis
from txlint.transactions.contexts import Context
from txlint.transactions.traces import LONGEST

_SHOWN = 12


def downward(analysis: Analysis, site: Site, path: tuple[Site, ...], last: str) -> tuple[Step, ...]:
    """From a call over those that it leads to, one step each; the last one says what happens there."""
    *passed, end = (site, *path)
    calls = (Step(analysis.location(one), f"calls `{analysis.written(one)}`") for one in passed)
    return (*calls, Step(analysis.location(end), last))


def leading_here(analysis: Analysis, site: Site) -> tuple[Step, ...]:
    """The first calls by which receivers and overrides come to the function of a call, for the finding's related places."""
    found = ((one, analysis.signals.why(one.func)) for one in analysis.signals.calling(site.func))
    told = islice(((one, why) for one, why in found if why), _SHOWN)
    return tuple(Step(analysis.location(one), f"`{analysis.written(one)}`, called in a {why}, leads here") for one, why in told)


def inside_too(analysis: Analysis, site: Site, context: Context) -> tuple[Step, ...]:
    """The first other calls of a call's function that are made while a transaction is open, as related places."""
    told = {one.site for one in islice(context.backwards(), LONGEST)}
    callers = (one for one, edge in analysis.project.callers.get(site.func, ()) if edge.when == "now" and one not in told)
    others = (one for one in dict.fromkeys(callers) if one.func is not site.func and analysis.open_at(one) is not None)
    return tuple(
        Step(analysis.location(one), f"`{analysis.written(one)}` leads here inside a transaction too")
        for one in islice(others, _SHOWN)
    )
