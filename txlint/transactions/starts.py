"""Where the ways to a function begin: what starts them beside the ways that an answer shows, by the state that they lead to."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from txlint.findings import Step
from txlint.project.calls import Edge, Opening, Site
from txlint.project.model import Func
from txlint.project.switches import excludes
from txlint.transactions.analysis import Analysis
from txlint.transactions.contexts import Context, State, entered

Also = dict[State, tuple[Step, ...]]


def other_starts(
    analysis: Analysis, func: Func, opened: tuple[Opening, ...], shown: Iterable[Context], sites: tuple[Site, ...]
) -> Also:
    """For each state at some calls of a function, where further ways there begin, nearest first: each by its shortest way."""
    told = {(one.start, one.state) for one in shown}
    found: dict[State, list[Step]] = {}
    for start, calls in _ways(analysis, func).items():
        for root in analysis.contexts.ways(start):
            here = analysis.contexts.through(root, calls) if root.before is None else None
            if here is None or (sites and all(excludes(here.given, one.conditions) for one in sites)):
                continue
            state = entered(here, opened).state
            if (start, state) not in told:
                told.add((start, state))
                found.setdefault(state, []).append(analysis.traces.start(root))
    return {state: tuple(steps) for state, steps in found.items()}


def _ways(analysis: Analysis, func: Func) -> dict[Func, tuple[tuple[Site, Edge], ...]]:
    """The calls of the shortest way from each function that leads to one."""
    ways: dict[Func, tuple[tuple[Site, Edge], ...]] = {func: ()}
    waiting = deque([func])
    while waiting:
        here = waiting.popleft()
        for site, edge in analysis.project.callers.get(here, ()):
            if site.func not in ways:
                ways[site.func] = ((site, edge), *ways[here])
                waiting.append(site.func)
    return ways
