"""Names that a function which runs after the commit looks up only then, and that mean something else by that time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.project.calls import Opening, Site, nested_statements
from txlint.project.model import Func, expressions, walk
from txlint.transactions.contexts import FAMILY, Contexts
from txlint.transactions.handovers import Handover
from txlint.transactions.surroundings import Level, afterwards, bound_by, comes_round, levels, names_of


@dataclass(frozen=True, slots=True)
class LateName:
    """A name that is looked up too late: by a loop's next round, or by a later assignment at `line`."""

    name: str
    line: int
    looped: bool
    certain: bool
    """Whether the transaction that outlives it is known, and not only likely."""


def late_name(handover: Handover, contexts: Contexts) -> LateName | None:
    """The first such name of what a call hands over."""
    site = handover.site
    names = {name: None for one in handover.closures() for name in captured(one)}
    if not names:
        return None
    around = levels(site.func.record.body, site.call)
    for loop in site.loops:
        lasting = _outlives(site, loop.line, contexts)
        if lasting is not None and (not isinstance(loop, r.Loop) or comes_round(around, loop)):
            changing = _changing(loop)
            if name := next((one for one in names if one in changing), None):
                return LateName(name, loop.line, True, lasting)
    return _reassigned(site, around, names)


def captured(func: Func) -> tuple[str, ...]:
    """The names that a function takes from the functions around it, at the time when it runs."""
    found: dict[str, None] = {}
    for expr in _all_expressions(func):
        for part in walk(expr):
            match part:
                case r.Name(path):
                    found[path.partition(".")[0]] = None
                case r.Lambda(function):
                    found |= dict.fromkeys(captured(func.module.functions[function]))
    for node in nested_statements(func.record.body):
        if isinstance(node, r.Def):
            found |= dict.fromkeys(captured(func.module.functions[node.function]))
    return tuple(name for name in found if name not in func.bindings)


def _all_expressions(func: Func) -> Iterator[r.Expr]:
    for node in nested_statements(func.record.body):
        yield from expressions(node)
        if isinstance(node, r.Assign):
            yield from (target for target in node.targets if isinstance(target, r.Name) and "." in target.path)


def _changing(loop: r.Loop | r.Comp) -> set[str]:
    """The names that mean something else in each round of a loop."""
    if isinstance(loop, r.Comp):
        return {name for target in loop.targets for name in names_of(target)}
    changing = set(names_of(loop.target)) if loop.target is not None else set()
    for _ in range(3):  # names made of changing names change; more steps than these between them are rare
        for node in nested_statements(loop.body):
            assigned = node.value if isinstance(node, r.Assign) else None
            if isinstance(node, r.Loop | r.With) or (assigned is not None and not _constant(assigned, changing)):
                changing |= set(bound_by(node))
    return changing


def _constant(value: r.Expr, changing: set[str]) -> bool:
    """Whether an expression gives the same in each round: it neither calls anything nor uses a changing name."""
    parts = tuple(walk(value))
    return not any(isinstance(one, r.Call | r.Comp | r.Yield) for one in parts) and changing.isdisjoint(
        one.path.partition(".")[0] for one in parts if isinstance(one, r.Name)
    )


def _outlives(site: Site, line: int, contexts: Contexts) -> bool | None:
    """Whether a transaction that began before a line is open at a call: known, likely (callers unseen), or not (None)."""
    if any(_before(one, site, line) for one in site.opened):
        return True
    states = {one.state.status for one in contexts.of(site.func)}
    if "open" in states:
        return True
    return False if states & {"any", "unknown"} and not any(one.family == FAMILY for one in site.opened) else None


def _before(opening: Opening, site: Site, line: int) -> bool:
    return opening.family == FAMILY and opening.certain and (opening.func is not site.func or opening.line < line)


def _reassigned(site: Site, around: tuple[Level, ...], names: Iterable[str]) -> LateName | None:
    """A name that gets another value later, in the block that has the transaction open."""
    opened = [one for one in site.opened if one.family == FAMILY]
    if not opened:
        return None
    wanted, end = set(names), _end(opened[0], around)
    for node in afterwards(around):
        line = getattr(node, "line", 0)
        if line <= end and (found := wanted.intersection(bound_by(node))):
            return LateName(sorted(found)[0], line, False, opened[0].certain)
    return None


def _end(opening: Opening, around: tuple[Level, ...]) -> float:
    """The last line of the block that an opening holds open; the whole function for a decorator."""
    holders = (level.holder for level in around)
    return next((one.end_line for one in holders if isinstance(one, r.With) and one.line == opening.line), float("inf"))
