"""Which operations must not be left half done, as far as the code shows it; what of the others, only their authors know."""

from __future__ import annotations

from collections.abc import Iterable

from txlint.facts import records as r
from txlint.project.calls import Site, is_on_self, nested_statements, written_receiver
from txlint.project.flow import ends_in_raise
from txlint.project.model import nested, walk
from txlint.project.project import Project
from txlint.transactions.certainty import Certainty
from txlint.transactions.operations import Operation
from txlint.transactions.order import surely_follows
from txlint.transactions.outward import Outward
from txlint.transactions.rows import RowNames, Rows, assigned, named, subject
from txlint.transactions.steps import StepCounter, WriteStep
from txlint.transactions.vocabulary import Vocabulary

_MANY = 2
"""A call that may run more functions than these is no evidence that one of them is run, hooks of its own object aside."""
_REPEATED = frozenset({"task", "flow"})
"""Entry kinds that are run again when they fail, so that what only changes rows is put right by the next run."""


class Belonging:
    """Looks for two writes that surely follow each other and are about the same thing."""

    def __init__(self, project: Project, counter: StepCounter, outward: Outward) -> None:
        self._project, self._outward, self._vocabulary = project, outward, Vocabulary(project.catalog.words)
        self._certainty = Certainty(project, counter)
        self._rows = RowNames(project, counter)

    def shows(self, operation: Operation) -> bool:
        """Whether the code shows that half of an operation is wrong."""
        repeated = self._vocabulary.repeated.match(operation.func.record.name)
        if operation.by_anybody or repeated or not _is_reached(operation) or self._is_opened_at_times(operation):
            return False
        if operation.only_loop:
            return operation.kind not in _REPEATED and not operation.for_each and self._makes_parts(operation.steps[0].site)
        steps = [one for one in operation.steps if self._certainty.writes(one.site, one.through)]
        return any(self._tied(a, b, operation) for at, a in enumerate(steps) for b in steps[at + 1 :])

    def writes(self, site: Site) -> bool:
        """Whether a call surely writes, and not only what is missing."""
        return self._certainty.writes(site)

    def adds(self, site: Site) -> bool:
        """Whether a call surely writes, and at least one row of it is new."""
        return self._certainty.writes(site) and self._rows.written(site).added

    def _tied(self, first: WriteStep, second: WriteStep, operation: Operation) -> bool:
        a, b = first.site, second.site
        if any(self._vocabulary.piecewise.search(one.call.func.path) for one in (a, b) if isinstance(one.call.func, r.Name)):
            return False
        if any(one.looped and self._sends_each(one.site) for one in (first, second)):
            return False  # what is noted of an item that has been sent is not to be taken back
        if (
            a is b
            or any(map(self._rows.is_touched_only, (a, b)))
            or _is_delimited(first, second)
            or not (surely_follows(a, b) and _both_count(a, b))
        ):
            return False
        rows, others = self._rows.written(a), self._rows.written(b)
        aside = rows.is_aside(self._vocabulary) or others.is_aside(self._vocabulary)
        if aside or _is_no_harm(rows, others):
            return rows.added and not others.removed and self._is_told_who(a, b)
        if operation.kind in _REPEATED and not self._stays_half_done(a, b):
            return False
        shared = self._rows.mentioned(a) & self._rows.mentioned(b)
        if rows.removed and others.added and rows.models & others.models:
            return bool(shared)
        saved = rows.saved | others.saved
        return any(name in saved or self._rows.is_row(name, operation.func) for name in shared)

    def _is_opened_at_times(self, operation: Operation) -> bool:
        """Whether a call on the way to an operation is the same as one that is made in a transaction under some condition."""
        path = (one.site for one in operation.context.path() if one.site is not None and not one.site.opened)
        return any(_is_opened_for(one, self._project.bodies[one.func].sites) for one in path)

    def _makes_parts(self, site: Site) -> bool:
        """Whether each round of a loop makes a new row for one that all share: done once more, it makes the first ones twice.

        What only changes rows can be done again, and so can what passes over those that are there.
        """
        rows, loop = self._rows.written(site), site.loops[-1] if site.loops else None
        if not rows.added or rows.removed or not isinstance(loop, r.Loop) or not _is_in_each_round(site, loop):
            return False
        if _is_repeatable(site) or self._sends_each(site):
            return False
        own = set(named(loop.target)) if loop.target is not None else set()
        keys = self._project.catalog.words["key"]
        shared = self._rows.mentioned(site) - own - set(assigned(site))
        return any(one.rpartition("_")[2] in keys or self._rows.is_row(one, site.func) for one in shared)

    def _stays_half_done(self, first: Site, second: Site) -> bool:
        """Whether the next run does not put it right: it makes the row again, as only a second write tells that it is whole."""
        return self._rows.written(first).added and not set(assigned(first)).isdisjoint(named(second.call))

    def _sends_each(self, site: Site) -> bool:
        """Whether the loop sends something in each round too: whoever has been told of his row keeps it."""
        loop = site.loops[-1] if site.loops else None
        others = (one for one in self._project.bodies[site.func].sites if loop is not None and loop in one.loops)
        return any(self._outward.sends(one) or self._vocabulary.sending.search(written_receiver(one.call)[1]) for one in others)

    def is_sent_row_by_row(self, site: Site) -> bool:
        """Whether each of the rows that a call has given back is then sent by itself: they do not depend on each other."""
        names, others = site.func.names_of(site.call), self._project.bodies[site.func].sites
        rounds = ((one, loop) for one in others for loop in one.loops if isinstance(loop, r.Loop))
        over = ((one, loop) for one, loop in rounds if isinstance(loop.iter, r.Name) and loop.iter.path in names)
        return any(self._outward.sends(one) or self._says_send(one, loop) for one, loop in over)

    def _says_send(self, site: Site, loop: r.Loop) -> bool:
        owner, method = written_receiver(site.call)
        return loop.target == r.Name(owner) and bool(self._vocabulary.sending.search(method))

    def _is_told_who(self, first: Site, second: Site) -> bool:
        """Whether a row that one call makes is given its owner only by another one: as an argument, or an attribute."""
        made = set(assigned(first))
        if any(self._says_who(arg.value) for arg in second.call.args):
            return any(isinstance(part, r.Name) and part.path in made for arg in second.call.args for part in walk(arg.value))
        return any(
            isinstance(node, r.Assign)
            and first.line < node.line <= second.line
            and node.value is not None
            and self._says_who(node.value)
            and any(isinstance(one, r.Name) and "." in one.path and subject(one.path) in made for one in node.targets)
            for node in nested_statements(second.func.record.body)
        )

    def _says_who(self, expr: r.Expr) -> bool:
        return any(isinstance(part, r.Name) and bool(self._vocabulary.asking.search(part.path)) for part in walk(expr))


def _is_delimited(first: WriteStep, second: WriteStep) -> bool:
    """Whether both are in one block, or a block of the function itself shows which of them its author wants together."""
    if first.block is not None and first.block is second.block:
        return True
    return any(one.block is not None and one.block.line >= one.site.func.record.line for one in (first, second))


def _is_repeatable(site: Site) -> bool:
    """Whether a write makes the row or brings it up to date, as the case may be: done once more, it does what is missing."""
    return any(one.kind == "database-write" and one.entry.savepoint and not one.entry.adds for one in site.effects)


def _is_no_harm(rows: Rows, others: Rows) -> bool:
    """Whether the first may stay alone: it is the same row, or the next deletion can be made up for."""
    same = rows.is_only(others) or rows.is_filled_in_by(others)
    return same or ((rows.removed or rows.added) and others.removed)


def _is_reached(operation: Operation) -> bool:
    sites = (one.site for one in operation.context.path() if one.site is not None and not is_on_self(one.site.call))
    return all(len({edge.func for edge in one.edges if edge.when == "now"}) <= _MANY for one in sites)


def _is_opened_for(site: Site, sites: Iterable[Site]) -> bool:
    """Whether the same call is made in a transaction too, where a condition asks for one: `if self.is_atomic: with ...`."""
    return any(one is not site and one.call.func == site.call.func and one.opened and one.conditions for one in sites)


def _both_count(first: Site, second: Site) -> bool:
    """Whether a failure of either is none that is expected: caught around it alone, or itself the answer to another one."""
    if first.handlers != second.handlers or any(second.call in nested(one.final) for one in first.tries):
        return False
    alone = [one for one in (*first.tries, *second.tries) if not (one in first.tries and one in second.tries)]
    return not any(_goes_on(one) for one in alone)


def _is_in_each_round(site: Site, loop: r.Loop) -> bool:
    """Whether no condition in the loop around a call keeps it from any of the rounds."""
    inside = nested_statements(loop.body)
    return not any(isinstance(one, r.If) and (site.call in nested((one,)) or _leaves(one)) for one in inside)


def _leaves(node: r.If) -> bool:
    return any(isinstance(one, r.Jump) for one in nested_statements((node,)))


def _goes_on(node: r.Try) -> bool:
    return any(not ends_in_raise(one.body) for one in node.handlers)
