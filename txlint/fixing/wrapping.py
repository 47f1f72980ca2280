"""Several writes, put under one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from txlint.facts import records as r
from txlint.findings import Applicability, Edit
from txlint.fixing.deferring import deferral
from txlint.fixing.repairs import Repair, Words, together
from txlint.frameworks import spelling
from txlint.project.calls import Site, is_statement, nested_statements
from txlint.project.model import Func, expressions, walk
from txlint.transactions.analysis import Analysis
from txlint.transactions.compound import Compound
from txlint.transactions.contexts import FAMILY
from txlint.transactions.locked import Use
from txlint.transactions.locks import worked_on
from txlint.transactions.operations import Operation, holds_them
from txlint.transactions.steps import Steps, on_one_database, weight
from txlint.transactions.surroundings import run_of

if TYPE_CHECKING:
    from txlint.fixing.tree.source import Sources


@dataclass(frozen=True, slots=True)
class Block:
    """A transaction to be opened: around which calls of a function, after what is sent, and how it is written."""

    func: Func
    steps: tuple[Site, ...]
    sent: tuple[Site, ...]
    opener: str
    rows: frozenset[int]
    """The lines at which the module opens transactions already."""
    words: Words


def wrapping(analysis: Analysis, operation: Operation) -> Repair | None:
    """Put the smallest run of statements that holds all steps into a transaction; what is sent in between waits for its end.

    None where the function hands control away in between or waits for somebody else, which would go on inside the transaction,
    where it opens a transaction of its own for a part already, and around other views, whose error answers would commit;
    around work under a lock, which would be released before the commit; and where another branch would still be left to report.
    """
    return _branch(analysis, operation.func, operation.steps, ())


def _branch(analysis: Analysis, func: Func, steps: Steps, others: tuple[Site, ...]) -> Repair | None:
    """The repair of the branch with these steps, and of those that would come to light after it; None where one has none."""
    sites, alias = tuple(one.site for one in steps), steps[0].alias
    repair = _wrapped(analysis, func, sites, "" if alias == "default" else f'"{alias}"')
    if repair is None:
        return None
    done = (*others, *_together(analysis, func, sites))
    rest = on_one_database(analysis.steps.besides(func, done))
    if weight(rest) <= 1 or not holds_them(rest):
        return repair
    return together((repair, _branch(analysis, func, rest, done)))


def _together(analysis: Analysis, func: Func, sites: tuple[Site, ...]) -> Iterator[Site]:
    """The calls of the smallest run of statements that holds some calls."""
    run = nested_statements(run_of(func.record.body, [one.call for one in sites]))
    calls = {id(part) for node in run for expr in expressions(node) for part in walk(expr) if isinstance(part, r.Call)}
    return (one for one in analysis.calls(func) if id(one.call) in calls)


def whole(analysis: Analysis, found: Compound) -> Repair | None:
    """Put a call that writes in several statements into a transaction."""
    effects = (one for one in found.site.effects if one.kind == "database-write" and one.family == FAMILY)
    alias = next((one.alias for one in effects), "")
    if alias.startswith("<"):
        return None
    return _wrapped(analysis, found.site.func, (found.site,), "" if alias in ("default", "") else f'"{alias}"')


def locking(analysis: Analysis, use: Use) -> Repair | None:
    """Put the work with locked rows, from where they are fetched, into a transaction."""
    later = worked_on(use.func, use.built, analysis.sessions.order(use.func).following(use.built))
    return _wrapped(analysis, use.func, (use.built, *later), "")


def _wrapped(analysis: Analysis, func: Func, steps: tuple[Site, ...], using: str) -> Repair | None:
    opener = spelling.opener_name(analysis.project.catalog, FAMILY)
    outer, inner = spelling.deferral_name(analysis.project.catalog, FAMILY), spelling.binder_name(analysis.project.catalog)
    record = func.record
    if opener is None or outer is None or inner is None or record.is_async or record.is_generator or func.parent is None:
        return None
    first, last = min(one.call.line for one in steps), max(one.call.end_line for one in steps)
    between = [one for one in analysis.calls(func) if first <= one.line <= last]
    if any(_decided(analysis, one) for one in between):
        return None
    sent = [one for one in between if _may_wait(analysis, one)]
    within = dict.fromkeys(sends for one in between if one not in sent for sends in analysis.outward.all_sends(one))
    if any(map(analysis.outward.waits, between)) or not all(deferral(analysis, one, None) for one in within):
        return None
    if any(map(analysis.outward.locks, between)):
        return None
    block = Block(func, steps, tuple(sent), opener, _rows(analysis, func), Words(outer, inner, using))
    return Repair("put them under one transaction", Applicability.UNSAFE, partial(_make, block))


def _decided(analysis: Analysis, site: Site) -> bool:
    """Whether a call stands in a block of its function, or runs a view that may answer with an error, which commits."""
    blocks = any(one.family == FAMILY and one.func is site.func for one in site.opened)
    views = [edge.func for edge in site.edges if any(entry.kind == "view" for entry in analysis.entries(edge.func))]
    effects = (effect for one in views for call in analysis.calls(one) for effect in call.effects)
    return blocks or any(one.kind == "error-response" for one in effects)


def _may_wait(analysis: Analysis, site: Site) -> bool:
    """Whether a call sends something and does nothing in the database, so that it can wait for the commit as it is."""
    sends = analysis.outward.sends(site)
    return sends is site or (sends is not None and is_statement(site) and not analysis.handling.queries(site))


def _rows(analysis: Analysis, func: Func) -> frozenset[int]:
    """The lines of the module at which it opens plain transactions itself."""
    bodies = (analysis.project.bodies[one] for one in func.module.functions)
    opened = (one for body in bodies for site in body.sites for one in site.opened)
    plain = (one for one in opened if one.family == FAMILY and one.boundary == "atomic")
    return frozenset(one.line for one in plain if one.func.module is func.module)


def _make(block: Block, sources: Sources) -> tuple[Edit, ...]:
    from txlint.fixing.tree.wrapping import wrapped

    return wrapped(sources, block)
