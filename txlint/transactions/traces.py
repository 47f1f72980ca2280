"""Evidence for people: where a state comes from, over the calls, to the place."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from itertools import islice

from txlint.findings import Step
from txlint.locations import Location
from txlint.project.calls import Entry, Opening, Site
from txlint.project.django_settings import Decision
from txlint.project.lineage import written
from txlint.project.model import Func
from txlint.transactions.contexts import Context
from txlint.transactions.providers import Owner

LONGEST = 100
"""Calls that the evidence shows, the last ones: nobody reads more, and where thousands of functions call each other in a ring,
all of them for each would be their number squared."""
_WITHOUT = {
    "view": "runs outside any transaction",
    "task": "a worker runs it outside any transaction",
    "flow": "runs outside any transaction",
    "command": "a command runs outside any transaction",
}

_DOCSTRING = re.compile(
    r"""\s*(?:async\s+)?def\b[^\n]*(?:\n[^\n]*)*?:[ \t]*(?:\#[^\n]*)?\n\s*[rRuU]?(\"{3}|'{3}|"|')(.*?)\1""", re.DOTALL
)


class Places:
    """Turns lines of the project into locations; columns come from the source text, read only for what is reported."""

    def __init__(self, read: Callable[[str], bytes]) -> None:
        self._read = read
        self._lines: dict[str, list[str]] = {}

    def rows(self, path: str) -> list[str]:
        """The lines of a file."""
        if path not in self._lines:
            # str.splitlines also ends a line at a form feed, which the parser does not.
            text = io.StringIO(self._read(path).decode("utf-8", "replace"), newline=None)
            self._lines[path] = [line.rstrip("\n") for line in text]
        return self._lines[path]

    def line(self, path: str, row: int) -> str:
        """The text of a line, empty where there is none."""
        lines = self.rows(path)
        return lines[row - 1] if 0 < row <= len(lines) else ""

    def docstring(self, func: Func) -> str:
        """The docstring of a function, which is no fact and is read from the text."""
        found = _DOCSTRING.match("\n".join(self.rows(func.module.path)[func.record.line - 1 : func.record.end_line]))
        return found[2] if found else ""

    def of(self, path: str, row: int, text: str = "") -> Location:
        """The location of a text on a line: of its last name where the whole of it is not found, else of the line's code."""
        line = self.line(path, row)
        for wanted in (text, text.rpartition(".")[2]):
            column = line.find(wanted) if wanted else -1
            if column >= 0:
                return Location(path, row, column + 1, row, column + 1 + len(wanted))
        start = len(line) - len(line.lstrip())
        return Location(path, row, start + 1, row, max(len(line.rstrip()), start + 1) + 1)


class Traces:
    """Builds the steps of a finding."""

    def __init__(self, places: Places) -> None:
        self.places = places

    def site(self, site: Site) -> Location:
        """Where a call stands."""
        return self.places.of(site.func.module.path, site.line, written(site.call.func))

    def function(self, func: Func) -> Location:
        """Where a function is defined."""
        return self.places.of(func.module.path, func.record.line, func.record.name)

    def owner(self, owner: Owner) -> tuple[Step, ...]:
        """The evidence that somebody else decides about a session: who, and the calls from there."""
        steps = [Step(self.places.of(owner.func.module.path, owner.line, owner.text), owner.message)]
        steps += [Step(self.site(site), f"`{_name(site.func)}` calls `{_name(func)}`") for site, func in owner.through]
        return tuple(steps)

    def way(self, context: Context) -> tuple[Step, ...]:
        """From what decides the state to the function of the context, one step a call."""
        path = tuple(islice(context.backwards(), min(LONGEST, context.calls)))[::-1]
        steps = list(self._start(context))
        opening = context.origin if isinstance(context.origin, Opening) and not _by_framework(context) else None
        if path and path[0].before is not None and path[0].before.calls:
            if opening and not any(one.site and opening in one.site.opened for one in path):
                steps += self._opening(opening)
                opening = None
            steps.append(self._left_out(path[0].before))
        for one in path:
            assert one.site is not None and one.edge is not None
            if opening in one.site.opened:
                steps += self._opening(opening)
                opening = None
            via = f" ({one.edge.via})" if one.edge.via else ""
            steps.append(Step(self.site(one.site), f"calls `{_name(one.func)}`{via}"))
        return (*steps, *(self._opening(opening) if opening else ()))

    def _left_out(self, last: Context) -> Step:
        assert last.site is not None
        return Step(self.site(last.site), f"calls `{_name(last.func)}`, the last of {last.calls:,} calls that are left out")

    def start(self, context: Context) -> Step:
        """Where the path of a context begins, and with what."""
        told = Step(self.function(context.start), f"{_kind(context.entry)} `{_name(context.start)}`")
        first = next(reversed(self._start(context)), told)
        return Step(first.location, first.message.partition(":")[0])

    def _start(self, last: Context) -> tuple[Step, ...]:
        entry, start = last.entry, last.start
        steps: list[Step] = []
        if isinstance(last.origin, Decision):
            if last.origin.path:
                where = self.places.of(last.origin.path, last.origin.line)
                steps.append(Step(where, f"the settings run every request in a transaction ({last.origin.by})"))
            steps.append(Step(self.function(start), f"{_kind(entry)} `{_name(start)}` runs in the request's transaction"))
        elif isinstance(last.origin, Opening) and _by_framework(last):
            others = "; other callers have no transaction" if last.state.status == "none" else ""
            steps.append(Step(self.function(start), f"{last.origin.text}{others}"))
        elif entry is not None and (last.calls or not isinstance(last.origin, Opening)):
            entered = last.state.status == "none" and last.state.kind == entry.kind  # else only what is run aside has none
            what = _WITHOUT.get(entry.kind, "") if entered else ""
            steps.append(Step(self.function(start), f"{_kind(entry)} `{_name(start)}`" + (f": {what}" if what else "")))
        elif last.state.status == "none" and entry is None:
            begins = "the top level of the file" if start.parent is None else f"`{_name(start)}`: no call of it was found"
            steps.append(Step(self.function(start), begins))
        return tuple(steps)

    def _opening(self, opening: object) -> tuple[Step, ...]:
        assert isinstance(opening, Opening)
        may = "" if opening.certain else " (under a condition)"
        steps = [
            Step(
                self.places.of(opening.func.module.path, opening.line, opening.text),
                f"`{opening.text}` opens the transaction{may}",
            )
        ]
        for inner in opening.within:
            where = self.places.of(inner.func.module.path, inner.line, inner.text)
            steps.append(Step(where, f"there, `{inner.text}` does"))
        return tuple(steps)


def _by_framework(context: Context) -> bool:
    """Whether the framework has opened the transaction around the entry point."""
    return context.entry is not None and context.origin in context.entry.opened


def _kind(entry: Entry | None) -> str:
    names = {"view": "view", "task": "task", "admin-hook": "admin method", "admin-action": "admin action", "command": "command"}
    return names.get(entry.kind, entry.kind) if entry else "function"


def _name(func: Func) -> str:
    return func.record.qualname.replace(".<locals>", "")


name_of = _name
