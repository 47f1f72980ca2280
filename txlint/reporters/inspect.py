"""The answer of `txlint inspect`: what was read off the project's own code, for people and for programs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

from txlint.findings import Step
from txlint.locations import Location
from txlint.reporters.terminal import FAINT, HELP, PLACE, Line
from txlint.reporters.view import View, visible
from txlint.transactions.inferred import EntryCount, Gap, Inferred, RequestsDecision
from txlint.transactions.project_openers import Deferral, Opened, Opener
from txlint.transactions.project_sessions import BoundaryDecision, SessionProvider
from txlint.transactions.project_tasks import Dispatcher, TaskMaker

_HEAD, _NAME = "bold", "bold"
_PLACES = 3
_FLAGS = {True: ("on", "bold green"), False: ("off", "bold"), None: ("not known", "bold yellow")}
_COMMITS = {True: ("commits", "bold green"), False: ("does not commit", "bold"), None: ("not known", "bold yellow")}


class Inspection:
    """Lays out what was inferred in a terminal of some width."""

    def __init__(self, view: View, found: Inferred, width: int) -> None:
        self._view, self._found, self._width = view, found, max(width, 40)

    def lines(self) -> Iterator[Line]:
        """A paragraph for each kind of thing."""
        found = self._found
        groups: tuple[tuple[str, Iterable[Line]], ...] = (
            ("Entry points", self._entries(found.entries)),
            ("Transactions of requests (ATOMIC_REQUESTS)", self._requests(found.requests)),
            (f"Openers: {len(found.openers)} of this project's own", self._each(self._opener, found.openers)),
            (f"Deferrals: {len(found.deferrals)} that wait for the commit", self._each(self._deferral, found.deferrals)),
            (f"Task decorators and base classes: {len(found.tasks)}", self._each(self._maker, found.tasks)),
            (f"Dispatchers: {len(found.dispatchers)} that send a given task", self._each(self._dispatcher, found.dispatchers)),
            (f"Session providers: {len(found.providers)}", self._sessions(found.boundary, found.providers)),
            ("Not inferred", self._each(self._gap, found.unknown)),
        )
        first = True
        for title, inner in groups:
            if body := tuple(inner):
                yield from ((), ((title, _HEAD),)) if not first else (((title, _HEAD),),)
                yield from ((("  ", ""), *one) for one in body)
                first = False

    def _each(self, show: Any, group: Iterable[Any]) -> Iterator[Line]:
        for one in group:
            yield from show(one)

    # --- paragraphs ----------------------------------------------------------------------------------------------------

    def _entries(self, counts: tuple[EntryCount, ...]) -> Iterator[Line]:
        digits = max((len(str(one.functions)) for one in counts), default=0)
        widest = max((len(one.kind) for one in counts), default=0)
        for one in counts:
            files = f"in {one.files} file{'s' * (one.files != 1)}"
            yield (f"{one.functions:>{digits}}  ", "bold"), (f"{visible(one.kind):<{widest}}", ""), (f"  {files}", FAINT)
        if not counts:
            yield (("none found: nothing tells what runs this code, and states are those of its own functions", "bold yellow"),)

    def _requests(self, decisions: tuple[RequestsDecision, ...]) -> Iterator[Line]:
        for one in decisions:
            yield (f"{visible(one.database)} ", _NAME), _FLAGS[one.atomic]
            yield from self._placed(one.message, one.location)
            if one.remedy:
                yield ("  to decide it: ", HELP), (visible(one.remedy), "")
        for note in self._found.ignored_settings:
            yield from self._placed(note.message, note.location)

    def _opener(self, one: Opener) -> Iterator[Line]:
        yield from self._head(one.name, one.kind, _used(one.uses), one.location)
        for opened in one.opens:
            yield ("  opens ", FAINT), (visible(_about(opened)), "")
            yield from self._steps(opened.evidence, "    ")

    def _deferral(self, one: Deferral) -> Iterator[Line]:
        yield from self._head(one.name, one.kind, _used(one.uses), one.location)
        what = f"`{one.parameter}`" if one.parameter else "the decorated function"
        yield ("  runs ", FAINT), (visible(f"{what} after the commit{'' if one.always else ', or at once'}"), "")
        yield from self._steps(one.evidence, "    ")

    def _maker(self, one: TaskMaker) -> Iterator[Line]:
        yield from self._head(one.name, one.kind, f"{one.tasks} task{'s' * (one.tasks != 1)}", one.location)
        verb = "makes" if one.kind == "decorator" else "is a"
        yield (f"  {verb} ", FAINT), (visible(one.makes), "")
        yield from self._steps(one.evidence, "    ")

    def _dispatcher(self, one: Dispatcher) -> Iterator[Line]:
        yield from self._head(one.name, "function", _used(one.uses), one.location)
        yield ("  sends ", FAINT), (visible(f"`{one.parameter}`"), "")
        yield from self._steps(one.evidence, "    ")

    def _sessions(self, decision: BoundaryDecision | None, providers: tuple[SessionProvider, ...]) -> Iterator[Line]:
        if decision is not None:
            yield ("boundary: ", _NAME), _COMMITS[decision.commits]
            yield from self._wrapped(decision.message, "  ")
            if decision.remedy:
                yield ("  to decide it: ", HELP), (visible(decision.remedy), "")
        for one in providers:
            yield from self._head(one.name, one.kind, _used(one.uses), one.location)
            nothing = "" if one.evidence else (": no commit was found" if not one.commits else "")
            yield ("  ", ""), _COMMITS[one.commits], (nothing, FAINT)
            yield from self._steps(one.evidence, "    ")

    def _gap(self, one: Gap) -> Iterator[Line]:
        yield from self._wrapped(one.message, "")
        for place in one.places[:_PLACES]:
            yield ("  ", ""), (self._place(place), PLACE)
        if len(one.places) > _PLACES:
            yield ((f"  and {len(one.places) - _PLACES} more", FAINT),)

    # --- lines ---------------------------------------------------------------------------------------------------------

    def _head(self, name: str, kind: str, used: str, where: Location) -> Iterator[Line]:
        yield (visible(name), _NAME), (f"  {kind}, {used}", FAINT)
        yield ("  ", ""), (self._place(where), PLACE)

    def _steps(self, steps: Iterable[Step], indent: str) -> Iterator[Line]:
        for one in steps:
            yield from self._placed(one.message, one.location, indent)

    def _placed(self, message: str, where: Location | None, indent: str = "  ") -> Iterator[Line]:
        """A message behind its place; below it where the line would be too long."""
        if where is None:
            yield from self._wrapped(message, indent)
            return
        place, text = self._place(where), visible(message)
        if len(indent) + 2 + len(place) + 2 + len(text) <= self._width:
            yield (indent, ""), (place, PLACE), (f"  {text}", "")
            return
        yield (indent, ""), (place, PLACE)
        yield from self._wrapped(message, indent + "  ")

    def _wrapped(self, message: str, indent: str) -> Iterator[Line]:
        for line in textwrap.wrap(visible(message), self._width - 2 - len(indent), break_long_words=False):
            yield ((indent + line, ""),)

    def _place(self, where: Location) -> str:
        return visible(f"{self._view.filename(where.path)}:{where.row}")


def lines(view: View, found: Inferred, width: int) -> Iterator[Line]:
    """What was inferred, for a terminal of some width."""
    return Inspection(view, found, width).lines()


def _used(times: int) -> str:
    return {0: "not used", 1: "used once"}.get(times, f"used {times} times")


def _about(one: Opened) -> str:
    database = "" if one.family != "django" or one.database == "default" else f", database {_named(one.database)}"
    ending = "" if one.commits else "; leaving it discards what was not committed"
    return f"{one.boundary} ({one.family}{database}){'' if one.certain else ', under a condition'}{ending}"


def _named(database: str) -> str:
    """A database, or what says which one it is."""
    return f"as `{database[1:-1]}` says" if database.startswith("<") else database
