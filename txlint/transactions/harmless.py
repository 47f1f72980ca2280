"""Effects inside a transaction that its rollback need not take back, as far as the code shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from txlint.facts import records as r
from txlint.project.calls import Effect, Opening, Site, written_receiver
from txlint.project.lineage import written
from txlint.project.model import walk
from txlint.project.needs import is_question
from txlint.project.project import Project
from txlint.transactions.contexts import FAMILY, Context
from txlint.transactions.frames import frames
from txlint.transactions.handling import Handling, catches_everything
from txlint.transactions.reach import writes
from txlint.transactions.rows import named
from txlint.transactions.sessions import Sessions
from txlint.transactions.stage_names import LOG
from txlint.transactions.traces import LONGEST
from txlint.transactions.vocabulary import Vocabulary
from txlint.transactions.writing import Writing

_TOLD = frozenset({"email", "sms", "message"})
"""Effects that tell somebody something: in an error handler of the error, which a rollback does not take back."""
_SHORT = 1.0
"""Seconds that nobody minds waiting."""


class Harmless:
    """Looks at what the transaction has done by then, and at what becomes of the file."""

    def __init__(self, project: Project, handling: Handling, sessions: Sessions, writing: Writing) -> None:
        self._project, self._handling, self._sessions, self._writing = project, handling, sessions, writing
        self._vocabulary = Vocabulary(project.catalog.words)

    def is_effect(self, site: Site, effect: Effect, context: Context) -> bool:
        """Whether an effect does no harm where the transaction is rolled back: nothing that it is about is taken back then."""
        is_file = effect.kind == "file-delete"
        reports = effect.kind in _TOLD and any(one.handlers for one, _ in frames(site, context))
        cleans_up = is_file and bool(site.handlers)  # what has failed has no row that would miss the file
        nothing = reports or self.is_claimed(site, context) or not self.is_written_before(site, context)
        # One of several methods, or of several functions that are handed over: some of them may only read.
        only_asks = any(one.kind == "remote-read" for one in site.effects) or _is_handed_over(site)
        nothing = nothing or only_asks or self.is_tied(site, effect, context)
        around = (here.func.record.name for here, _ in frames(site, context) if here is not site)
        nothing = nothing or (effect.kind == "external-call" and self.asks(around))
        if not is_file or cleans_up or (nothing and context.state.kind == "request"):
            return nothing or cleans_up
        around = (one.func.record.name for one in context.path())
        if self.is_temporary(*named(site.call), *_sources(site), *around) or self._is_made_again(site):
            return True
        return not self._writing.surely_within(context, self._handling.writes)

    def asks(self, functions: Iterable[str]) -> bool:
        """Whether a function on the way to a call is named after a question, which changes nothing there."""
        return any(is_question(one, self._project.catalog.words) for one in functions)

    def tells_of_an_error(self, way: Iterable[Site]) -> bool:
        """Whether a call on a way stands in a handler of any error: what it tells, no rollback takes back."""
        return any(catches_everything(handler) for one in way for handler in one.handlers)

    def is_temporary(self, *names: str) -> bool:
        """Whether a file that is deleted is one that nobody misses, by its names or those of the functions around."""
        return any(self._vocabulary.temporary.search(f"{one}_") for one in names)

    def deletes_temporary(self, way: Sequence[Site]) -> bool:
        """Whether a way ends at a file that nobody misses, by the functions on it and by all that these are given."""
        said = (part.path for one in way for part in walk(one.call) if isinstance(part, r.Name))
        return self.is_temporary(*(one.func.record.name for one in way[1:]), *said, *_sources(way[-1]))

    def only_logs(self, way: Sequence[Site]) -> bool:
        """Whether what is sent at the end of a way is taken down in a log, by the task's name or the functions on the way."""
        names = (written_receiver(way[-1].call)[0].rpartition(".")[2], *(one.func.record.name for one in way[1:]))
        return any(map(LOG.match, names))

    def is_tied(self, site: Site, effect: Effect, context: Context) -> bool:
        """Whether a block holds one write and then a message, no more: it is there to take the write back if none is sent.

        A decorator is soon put around more than it is needed for: there the message must be the last call of all.
        """
        block = context.origin
        if effect.kind not in _TOLD or not isinstance(block, Opening) or context.opener is None:
            return False
        before, decorates = 0, block.line <= context.opener.record.line
        for here, within in frames(site, context):
            if here is not site and writes(here, FAMILY):
                return False  # a receiver, of which the block need not know
            order = self._sessions.order(here.func)
            inside = [one for one in self._project.bodies[here.func].sites if within is None or within in one.opened]
            following = order.following(here)
            if any(one in following and (decorates or self._handling.writes(one)) for one in inside):
                return False
            earlier = (one for one in filter(self._handling.writes, inside) if here in order.following(one))
            before += sum(2 if one.loops else 1 for one in earlier)
        return before == 1

    def is_wait(self, site: Site, context: Context) -> bool:
        """Whether nobody minds that a transaction waits: it holds nothing yet, holds it on purpose, or waits very shortly."""
        if self.is_claimed(site, context) or any(one.kind == "sleep" and _is_short(site) for one in site.effects):
            return True
        return not self.is_written_before(site, context)

    def is_written_before(self, site: Site, context: Context) -> bool:
        """Whether something is surely written in the transaction before a call."""
        return any(map(self._handling.writes, self._handling.before(site, context)))

    def is_written_around(self, site: Site, context: Context) -> bool:
        """Whether anything else is surely written in the transaction by the functions on the way to a call, the last ones."""
        return any(
            one is not here and (within is None or within in one.opened) and self._handling.writes(one)
            for here, within in islice(frames(site, context), LONGEST)
            for one in self._project.bodies[here.func].sites
        )

    def is_claimed(self, site: Site, context: Context) -> bool:
        """Whether the transaction holds rows that nobody else waits for: locked by one who would not have waited either."""
        return any(map(_claims, self._handling.before(site, context)))

    def _is_made_again(self, site: Site) -> bool:
        """Whether a file that is deleted is made by another call of the function, before or after, under the same name."""
        given = {arg.value for arg in site.call.args if isinstance(arg.value, r.Name)}
        others = (*self._sessions.before(site), *self._sessions.order(site.func).following(site))
        return any(self._makes(one.call) and any(arg.value in given for arg in one.call.args) for one in others)

    def _makes(self, call: r.Call) -> bool:
        """Whether a call makes a file, by its name, or opens one to write it."""
        modes = (arg.value.value for arg in call.args[1:] if isinstance(arg.value, r.Const))
        writes, name = any(str(one)[:1] in ("w", "x", "a") for one in modes), written(call.func).rpartition(".")[2]
        return bool(self._vocabulary.putting.search(name)) or (name in self._vocabulary.opening and writes)


def _sources(site: Site) -> Iterator[str]:
    """The names and texts in what the names of a call were given, and in turn those in it: `tempfile.mkstemp`, `"tmp"`."""
    waiting = list(named(site.call))
    seen = set(waiting)
    for name in waiting:
        bound = site.func.bindings.get(name.partition(".")[0], ())
        values = [binding.value for binding in bound if binding.value is not None]
        parts = [part for value in values for part in walk(value)]
        yield from (part.value for part in parts if isinstance(part, r.Const) and isinstance(part.value, str))
        found = {part.path: None for part in parts if isinstance(part, r.Name)}
        yield from found
        waiting += [one for one in found if one not in seen]
        seen.update(found)


def _is_handed_over(site: Site) -> bool:
    return any(site.call.func == r.Name(one.name) for one in site.func.record.params)


def _claims(site: Site) -> bool:
    said = {arg.keyword for arg in site.call.args if arg.value == r.Const(True)}
    return any(one.kind == "row-lock" and not said.isdisjoint(one.entry.claims) for one in site.effects)


def _is_short(site: Site) -> bool:
    """Whether a pause is not known to be long: a number that is worked out is that of another attempt."""
    match site.call.args:
        case (r.Arg(r.Const(str() | int() as seconds)),):
            try:
                return float(seconds) <= _SHORT
            except ValueError:
                return False
    return True
