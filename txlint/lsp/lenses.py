"""Code lenses: in whose transaction the functions of a file run."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.locations import Location
from txlint.project.calls import Opening
from txlint.transactions.analysis import Analysis
from txlint.transactions.contexts import Context


def lenses(analysis: Analysis, path: str) -> Iterator[tuple[Location, str]]:
    """The definitions of a file that some caller has a transaction open around, and what to say above each."""
    for func in analysis.functions():
        if func.module.path == path and func.record.name != "<module>":
            contexts = analysis.contexts.of(func)
            around = dict.fromkeys(_whose(analysis, one) for one in contexts if one.state.status == "open")
            if around:
                first, *others = around
                more = f" and {len(others)} other{'s' * (len(others) > 1)}" if others else ""
                without = ", or in none" if any(one.state.status == "none" for one in contexts) else ""
                yield analysis.traces.function(func), f"runs in the transaction of {first}{more}{without}"


def _whose(analysis: Analysis, context: Context) -> str:
    origin = context.origin
    if context.state.kind == "request" or not isinstance(origin, Opening):
        return "the request (ATOMIC_REQUESTS)" if context.state.kind == "request" else "a caller"
    if context.state.kind == "framework":
        return origin.text
    return f"{analysis.name(origin.func)} ({origin.func.module.path}:{origin.line})"
