"""The gutter: which lines of an operation run in a transaction, and what its calls do there, for a view of the source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from txlint.api import SIDE_EFFECTS
from txlint.audit.coverage import Audit, Judged
from txlint.facts import records as r
from txlint.project.calls import Opening, Site, nested_statements
from txlint.project.lineage import written
from txlint.project.model import Func
from txlint.transactions.analysis import Analysis
from txlint.transactions.contexts import FAMILY
from txlint.transactions.states import uses_django

_KINDS = dict.fromkeys(("enqueue", *SIDE_EFFECTS), "effect") | {"commit": "commit", "rollback": "commit", "row-lock": "lock"}
_BY_GROUP = {"covered": "open", "uncovered": "none", "partial": "mixed", "mixed": "mixed", "unknown": "unknown", "exempt": ""}


@dataclass(frozen=True, slots=True)
class Span:
    """Lines, the last included, and whether a transaction is open there: `open`, `none`, `mixed`, `unknown`, or empty."""

    first: int
    last: int
    state: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A call: `write`, `lock`, `commit`, `effect` or `unknown`, the state that it runs in, and the numbers of its steps."""

    row: int
    kind: str
    state: str
    text: str
    first_step: int = 0
    last_step: int = 0


@dataclass(frozen=True, slots=True)
class Gutter:
    """The lines of an operation."""

    path: str
    spans: tuple[Span, ...]
    """Outer ones first; the last that holds a line counts."""
    marks: tuple[Mark, ...]


class Gutters:
    """Draws gutters."""

    def __init__(self, analysis: Analysis, audit: Audit) -> None:
        self._analysis, self._units, self._reached = analysis, audit.units, audit.reached
        self._django = uses_django(analysis)

    def of(self, one: Judged) -> Gutter:
        """The gutter of an operation."""
        func = one.operation.func
        inner = [each for each in func.module.functions if _is_inside(each, func)]
        spans = [self._base(func, one), *self._blocks(func)]
        for each in inner:
            spans += [self._base(each, one), *self._blocks(each)]
        marks = [mark for each in (func, *inner) for mark in self._marks(each, one)]
        return Gutter(func.module.path, tuple(spans), tuple(sorted(marks, key=lambda mark: mark.row)))

    def _base(self, func: Func, one: Judged) -> Span:
        first = min((_line(decorator) or func.record.line for decorator in func.record.decorators), default=func.record.line)
        return Span(min(first, func.record.line), func.record.end_line, self._state_of(func, one))

    def _state_of(self, func: Func, one: Judged) -> str:
        if not self._django or (not self._units.steps(one.operation.func) and one.verdict.steps):
            return _BY_GROUP[one.verdict.status.group]  # Sessions: the verdict says who commits.
        opened = self._analysis.project.resolver.openers.wrappings.of(func).opened
        if any(opening.family == FAMILY for opening in opened):
            return "open"
        return _together({context.state.status for context in self._analysis.contexts.of(func)})

    def _blocks(self, func: Func) -> Iterator[Span]:
        openers = self._analysis.project.resolver.openers
        for node in nested_statements(func.record.body):
            if isinstance(node, r.With) and any(_commits(one) for item in node.items for one in openers.of_item(item, func)):
                yield Span(node.line, node.end_line, "open")

    # --- calls -----------------------------------------------------------------------------------------------------------

    def _marks(self, func: Func, one: Judged) -> Iterator[Mark]:
        steps = self._steps(func)
        for site in self._analysis.calls(func):
            kinds = {_KINDS[effect.kind] for effect in site.effects if effect.kind in _KINDS}
            if id(site) in steps:
                first, last = steps[id(site)]
                yield self._mark(site, "write", one, first, last)
            elif _writes_itself(site):
                yield self._mark(site, "write", one)
            for kind in sorted(kinds):
                yield self._mark(site, kind, one)
            if self._reached.could_write(site):
                yield self._mark(site, "unknown", one)

    def _mark(self, site: Site, kind: str, one: Judged, first: int = 0, last: int = 0) -> Mark:
        text = site.unknown if kind == "unknown" and site.unknown else self._text(site, kind)
        protected = kind == "write" and id(site) in self._protected(site.func)
        return Mark(site.line, kind, "open" if protected else self._state_at(site, one), text, first, last)

    def _protected(self, func: Func) -> set[int]:
        """The calls that do all of their writing in a transaction of their own."""
        units = self._units.of(func)
        return {id(one.site) for one in units} - {id(one.site) for one in units if not one.protected}

    def _text(self, site: Site, kind: str) -> str:
        does = ", ".join(effect.kind for effect in site.effects if _KINDS.get(effect.kind, "write") == kind)
        inner = "" if does else ", ".join(self._analysis.name(edge.func) for edge in site.edges[:2])
        return f"{written(site.call.func)}: {does or f'writes in {inner}'}"

    def _state_at(self, site: Site, one: Judged) -> str:
        if any(_commits(opening) for opening in site.opened):
            return "open"
        base = self._state_of(site.func, one)
        return base if not self._django else _together({each.state.status for each in self._analysis.contexts.at(site)}) or base

    def _steps(self, func: Func) -> dict[int, tuple[int, int]]:
        """The numbers of the first and last step of each call that writes."""
        found, number = {}, 0
        weighed = [(step.site, weight) for step, weight in self._units.writes(func)]
        for site, weight in weighed or [(site, 1) for site in self._analysis.calls(func) if _writes_itself(site)]:
            found[id(site)] = (number + 1, number + weight)
            number += weight
        return found


def _writes_itself(site: Site) -> bool:
    return any(one.kind == "database-write" for one in site.effects)


def _commits(opening: Opening) -> bool:
    return opening.commits and opening.certain and opening.boundary != "savepoint"


def _is_inside(inner: Func, outer: Func) -> bool:
    """Whether a named function is defined in another."""
    above = inner.parent
    while above is not None and above is not outer:
        above = above.parent
    return above is outer and inner.record.name != "<lambda>"


def _together(states: set[str]) -> str:
    if states & {"unknown", "any"}:
        return "unknown"
    return "mixed" if len(states) > 1 else next(iter(states), "")


def _line(expr: r.Expr) -> int:
    return expr.line if isinstance(expr, r.Call) else 0
