"""What a call runs whatever its object turns out to be, where only its object decides which function that is."""

from __future__ import annotations

from collections.abc import Container

from txlint.facts import records as r
from txlint.project.calls import Edge, Site
from txlint.project.model import Func

_HANDED_OVER = "handed over as"


def surely_runs(site: Site, wanted: Container[Func]) -> Func | None:
    """A function among those wanted that a call runs now; None where an override or another callable may run instead."""
    now = [edge for edge in site.edges if edge.when == "now"]
    for edge in now:
        if edge.func in wanted and all(one.func in wanted or _is_abstract(one.func) for one in now if _instead(one, edge)):
            return edge.func
    return None


def _instead(one: Edge, other: Edge) -> bool:
    """Whether only one of two targets is run: a method or its override, one callable or another."""
    if one.via != other.via:
        return False
    return one.via.startswith(_HANDED_OVER) or not (one.via or one.func.record.name.startswith("__"))


def _is_abstract(func: Func) -> bool:
    """Whether a method says itself that its overrides do the work."""
    marked = any(isinstance(one, r.Name) and one.path.endswith("abstractmethod") for one in func.record.decorators)
    return marked or any(isinstance(one, r.Raise) for one in func.record.body)
