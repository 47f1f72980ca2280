"""The answer of `txlint why`: for people in a terminal, and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from txlint.findings import Step
from txlint.locations import Location
from txlint.reporters.terminal import FAINT, PLACE, Line
from txlint.reporters.view import View, visible
from txlint.transactions.gaps import Note
from txlint.transactions.states import StateHere
from txlint.transactions.why import CallHere, EffectHere, Explanation

_COLOURS = {"open": "bold green", "none": "bold red", "any": "bold yellow", "unknown": "bold yellow"}
_HEAD = "bold"
_STARTS = 8
"""Starts of other ways to a state that are shown; the others are counted."""


def lines(view: View, found: Explanation) -> Iterator[Line]:
    """An explanation, a paragraph for each question."""
    defined = f"defined at {_place(view, found.location)}" if found.location.row != found.line else "the function itself"
    yield (_filename(view, found.path, found.line), PLACE), (f" in {visible(found.function)}", "bold"), (f"  {defined}", FAINT)
    yield ((f"  {visible(view.line(found.path, found.line).strip())}", FAINT),)
    if found.entries:
        yield from _titled("Run from outside as", (((visible(one), ""),) for one in found.entries))
    yield from _titled("Transaction here", state_lines(view, found.states))
    yield from _titled("Open in this function", (_note(view, one) for one in found.opened))
    for call in found.calls:
        yield from _titled(f"Call {visible(call.text)}(...)", _call(view, call, found))
    yield from _titled("Effects in this function", step_lines(view, found.does))
    yield from _titled("Decided by settings", (_note(view, one) for one in found.settings))
    yield from _titled("Not known", (_note(view, one) for one in found.unknown))


def _titled(title: str, inner: Iterable[Line]) -> Iterator[Line]:
    body = tuple(inner)
    if body:
        yield ()
        yield ((title, _HEAD),)
        yield from ((("  ", ""), *one) for one in body)


def state_lines(view: View, states: tuple[StateHere, ...]) -> Iterator[Line]:
    """Each state with the way to it."""
    for one in states:
        status, colon, rest = one.message.partition(":")
        yield (visible(status), _COLOURS[one.status]), (visible(colon + rest), "")
        yield from ((("  ", ""), *line) for line in step_lines(view, one.way, numbered=True))
        if one.also:
            yield (("  also from", FAINT),)
            yield from ((("    ", ""), *line) for line in step_lines(view, one.also[:_STARTS]))
        if len(one.also) > _STARTS:
            yield ((f"    and {len(one.also) - _STARTS:,} more", FAINT),)


def step_lines(view: View, steps: tuple[Step, ...], numbered: bool = False) -> Iterator[Line]:
    """Steps in columns: place and message."""
    places = [_place(view, one.location) for one in steps]
    widest, digits = max(map(len, places), default=0), len(str(len(steps)))
    for number, (one, place) in enumerate(zip(steps, places, strict=True), start=1):
        count = f"{number:>{digits}} " if numbered else ""
        yield (count, FAINT), (place.ljust(widest), PLACE), (f"  {visible(one.message)}", "")


def _note(view: View, one: Note) -> Line:
    place: Line = ((f"{_place(view, one.location)}  ", PLACE),) if one.location is not None else ()
    return (*place, (visible(one.message), ""))


def _call(view: View, call: CallHere, found: Explanation) -> Iterator[Line]:
    for one in call.resolved:
        yield ("is       ", FAINT), (visible(one), "")
    if call.unknown is not None:
        yield ("is       ", FAINT), ("not known", "bold yellow"), (f": {visible(call.unknown)}", "")
    for effect in call.effects:
        yield ("does     ", FAINT), (effect.kind, "bold"), (visible(_about(effect)), ""), (f"  {visible(effect.origin)}", FAINT)
    for line in step_lines(view, call.runs):
        yield ("runs     ", FAINT), *line
    for note in call.opens:
        yield ("opens    ", FAINT), (visible(note.message), "")
    if call.session is not None:
        yield ("session  ", FAINT), (visible(call.session.name), "bold"), (f": {visible(call.session.message)}", "")
        yield from ((("           ", ""), *line) for line in step_lines(view, call.session.owner, numbered=True))
    if [one.message for one in call.states] != [one.message for one in found.states]:
        yield ((f"there ({visible(call.function)}):", FAINT),)
        yield from ((("  ", ""), *line) for line in state_lines(view, call.states))


def _about(effect: EffectHere) -> str:
    where = f" ({effect.family}, database {effect.database})" if effect.kind.startswith("database") and effect.family else ""
    return where + ", a guess" * effect.guessed + ", later" * effect.lazy


def _place(view: View, location: Location) -> str:
    return _filename(view, location.path, location.row)


def _filename(view: View, path: str, row: int) -> str:
    return visible(f"{view.filename(path)}:{row}")
