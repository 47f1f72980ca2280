"""Right patterns of background work: scheduling, sessions of its own, repeatable bodies, compensation backwards."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.facts import records as r
from txlint.project.calls import Site, nested_statements
from txlint.project.model import Func, walk
from txlint.transactions.analysis import Analysis
from txlint.transactions.contexts import FAMILY
from txlint.transactions.reach import writes
from txlint.transactions.recognised import Pattern, sighted
from txlint.transactions.redeliveries import created_by_identity
from txlint.transactions.sending import SENDING

_REPEATED = frozenset({"task", "flow"})


def worker_patterns(analysis: Analysis, func: Func) -> Iterator[Pattern]:
    """The patterns of a function that a worker may run."""
    if any(one.kind in _REPEATED for one in analysis.entries(func)):
        yield from _scheduling(analysis, func)
        yield from _own_session(analysis, func)
        yield from _repeatable(analysis, func)
    yield from _backwards(analysis, func)
    if (found := created_by_identity(analysis.project, func)) is not None:
        lookup, created = found
        yield sighted(analysis, "P22", func, (lookup, "is looked up first"), (created, "and created where it is not there yet"))


def _scheduling(analysis: Analysis, func: Func) -> Iterator[Pattern]:
    """It sends other tasks and writes nothing (P3)."""
    sites = analysis.calls(func)
    sends = next((site for site in sites if any(effect.kind == "enqueue" for effect in site.effects)), None)
    if sends is not None and not analysis.writing.count(sites):
        yield sighted(analysis, "P3", func, (sends, "only schedules work"))


def _own_session(analysis: Analysis, func: Func) -> Iterator[Pattern]:
    """It makes its session, and closes it whatever happens (P10)."""
    for made in analysis.made.of(func):
        if made.by_with or analysis.made.close_guaranteed(made):
            yield sighted(analysis, "P10", func, (made.line, f"`{made.name}` is made and closed here"))
            return


def _repeatable(analysis: Analysis, func: Func) -> Iterator[Pattern]:
    """It is run again after an error, and each attempt is rolled back as a whole (P21)."""
    policy = analysis.retries.of(func)
    written = [site for site in analysis.calls(func) if analysis.writing.count((site,))]
    if policy is None or not policy.runs_again or not written:
        return
    first = next((one for one in written[0].opened if one.family == FAMILY or one.commits), None)
    together = first is not None and all(first in site.opened for site in written)
    if together and first is not None and not any(effect.kind in SENDING for site in written for effect in site.effects):
        again = f"run again after an error (`{policy.runs_again}`)"
        yield sighted(analysis, "P21", func, (first.line, "each attempt is one transaction"), (func.record.line, again))


def _backwards(analysis: Analysis, func: Func) -> Iterator[Pattern]:
    """After a failure it goes backwards through what was done, each undoing guarded by itself (P13)."""
    undone = {id(one.site) for one in analysis.undone(func)}
    for node in nested_statements(func.record.body):
        if not (isinstance(node, r.Loop) and isinstance(node.iter, r.Call) and node.iter.func == r.Name("reversed")):
            continue
        guarded = [one for one in nested_statements(node.body) if isinstance(one, r.Try) and one.handlers]
        inside = [site for site in analysis.calls(func) if node in site.loops and any(one in site.tries for one in guarded)]
        called = next((site for site in inside if _of_the_item(site, node) and id(site) not in undone), None)
        if called is not None and not any(writes(site) for site in inside):
            yield sighted(analysis, "P13", func, (node.line, "goes backwards"), (called, "and goes on when one undoing fails"))
            return


def _of_the_item(site: Site, loop: r.Loop) -> bool:
    """Whether a call is one of the loop's item, or of a part of it."""
    names = {part.path for part in walk(loop.target) if isinstance(part, r.Name)} if loop.target is not None else set()
    return isinstance(site.call.func, r.Name) and site.call.func.path.partition(".")[0] in names
