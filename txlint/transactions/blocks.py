"""Right patterns of transaction blocks: where error handlers, savepoints, locks, receivers and deferred work stand to them."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.facts import records as r
from txlint.project.calls import Opening, Site
from txlint.project.model import Func
from txlint.project.types import Inst, Obj, ParamValue
from txlint.transactions.analysis import Analysis
from txlint.transactions.contexts import FAMILY
from txlint.transactions.endings import FAMILIES
from txlint.transactions.frames import saved
from txlint.transactions.reach import writes
from txlint.transactions.recognised import Pattern, sighted


def block_patterns(analysis: Analysis, func: Func) -> Iterator[Pattern]:
    """The patterns of a function's transaction blocks."""
    yield from _guarded(analysis, func)
    yield from _receiver(analysis, func)
    yield from _locked(analysis, func)
    for handover in analysis.handovers.among(analysis.calls(func)):
        yield sighted(analysis, "P16", func, (handover.site, "waits for the commit"))
    yield from _callback(analysis, func)
    yield from _outbox(analysis, func)


def _guarded(analysis: Analysis, func: Func) -> Iterator[Pattern]:
    """A database error of a block is caught outside of it: what the block did is undone by then (P1, P2, P6, P20)."""
    known: set[int] = set()
    for site in analysis.calls(func):
        for node in site.tries if site.opened else ():
            opening = _between(site, node)
            if opening is None or id(opening) in known or not _handled(analysis, node, func):
                continue
            known.add(id(opening))
            code = _kind(analysis, site, node, opening)
            inner = (opening.line, f"`{opening.text}` is undone as a whole")
            yield sighted(analysis, code, func, inner, (node.handlers[0].line, "and the error is handled outside of it"))


def _between(site: Site, node: r.Try) -> Opening | None:
    """The block with a transaction or savepoint of its own that stands between a `try` and a call in it."""
    if saved(site, node):
        return next(one for one in site.opened if one.func is site.func and one.line >= node.line and one.family == FAMILY)
    inner = (one for one in site.opened if one.func is site.func and one.line >= node.line and one.family in FAMILIES)
    return next((one for one in inner if one.boundary == "savepoint"), None)


def _handled(analysis: Analysis, node: r.Try, func: Func) -> bool:
    return bool(node.handlers) and any(
        not one.types or analysis.handling.keeps(one, func) or analysis.handling.raises(one.body, func) for one in node.handlers
    )


def _kind(analysis: Analysis, site: Site, node: r.Try, opening: Opening) -> str:
    loop = next((one for one in reversed(site.loops) if isinstance(one, r.Loop) and one.line < node.line <= one.end_line), None)
    if loop is not None:
        again = loop.target is None or (isinstance(loop.iter, r.Call) and loop.iter.func == r.Name("range"))
        return "P20" if again else "P2"
    outer = [one for one in site.opened if one.family == opening.family and one is not opening]
    around = any(one.state.status == "open" for one in analysis.contexts.of(site.func))
    return "P6" if outer or around or opening.boundary == "savepoint" else "P1"


def _receiver(analysis: Analysis, func: Func) -> Iterator[Pattern]:
    """A receiver that writes and opens nothing itself (P5)."""
    if not any(one.kind == "receiver" for one in analysis.entries(func)) or analysis.boundaries.of(func):
        return
    written = next((site for site in analysis.calls(func) if analysis.handling.writes(site)), None)
    if written is not None:
        yield sighted(analysis, "P5", func, (written, "writes in whatever its sender has open"))


def _locked(analysis: Analysis, func: Func) -> Iterator[Pattern]:
    """A lock is taken, then the transaction opened, so that the lock outlives the commit (P7)."""
    for site in analysis.calls(func):
        lock = next((at for at, one in enumerate(site.opened) if one.boundary == "lock"), None)
        inside = site.opened[lock + 1 :] if lock is not None else ()
        opening = next((one for one in inside if one.commits and one.boundary not in ("lock", "savepoint")), None)
        if lock is not None and opening is not None and not any(one.commits for one in site.opened[:lock]):
            taken = site.opened[lock]
            yield sighted(
                analysis, "P7", func, (taken.line, f"`{taken.text}` is taken"), (opening.line, "before the transaction")
            )
            return


def _callback(analysis: Analysis, func: Func) -> Iterator[Pattern]:
    """A function that runs what it was given inside a transaction that it opens (P17)."""
    if func.parent is not None and func.parent.parent is not None:
        return  # a decorator's wrapper
    for site in analysis.calls(func):
        given = any(isinstance(one, ParamValue) and one.func is func for one in site.types)
        opening = next((one for one in site.opened if one.func is func and one.commits), None)
        if given and opening is not None and site.loops:
            yield sighted(
                analysis, "P17", func, (opening.line, f"`{opening.text}` is opened"), (site, "around what was handed over")
            )
            return


def _outbox(analysis: Analysis, func: Func) -> Iterator[Pattern]:
    """A message is stored as a row, in the transaction of the work that it tells of (P18)."""
    for site in analysis.calls(func):
        if not any(writes(site, family) for family in (FAMILY, *FAMILIES)) or not _is_outbox(analysis, site):
            continue
        together = [one for one in analysis.calls(func) if one is not site and writes(one) and one.opened == site.opened]
        if together:
            yield sighted(analysis, "P18", func, (site, "stores the message"), (together[0], "with the work that it tells of"))
            return


def _is_outbox(analysis: Analysis, site: Site) -> bool:
    """Whether a call writes a row of a class that is an outbox by its name."""
    items = [getattr(effect.on, "item", effect.on) for effect in site.effects]
    items += [one for arg in site.call.args for one in analysis.project.inference.infer(arg.value, site.func)]
    return any(isinstance(one, Inst | Obj) and "outbox" in one.cls.record.name.lower() for one in items)
