"""Evidence around a call in a receiver or a model's `save`: the way to it, and on to what it leads to."""

from __future__ import annotations

from txlint.findings import Step
from txlint.project.calls import Site
from txlint.transactions.analysis import Analysis

_SHOWN = 20


def downward(analysis: Analysis, site: Site, path: tuple[Site, ...], last: str) -> tuple[Step, ...]:
    """From a call over those that it leads to, one step each; the last one says what happens there."""
    *passed, end = (site, *path)
    calls = (Step(analysis.location(one), f"calls `{analysis.written(one)}`") for one in passed)
    return (*calls, Step(analysis.location(end), last))


def leading_here(analysis: Analysis, site: Site) -> tuple[Step, ...]:
    """The first calls by which receivers and overrides come to the function of a call, for the finding's related places."""
    return tuple(
        Step(analysis.location(one), f"`{analysis.written(one)}`, called in a {analysis.signals.why(one.func)}, leads here")
        for one in analysis.signals.calling(site.func)[:_SHOWN]
    )
