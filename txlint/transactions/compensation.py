"""Undoing by hand: what an error handler takes back in the very transaction that is about to be rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.project.calls import Opening, Site
from txlint.project.model import Func
from txlint.project.project import Project
from txlint.transactions.endings import FAMILIES, session_path
from txlint.transactions.handling import Handling
from txlint.transactions.sessions import Sessions


@dataclass(frozen=True, slots=True)
class Undone:
    """A call that takes something back, and where the rollback comes from that does it anyway: a call, or a block."""

    site: Site
    by: Site | Opening


def undone(project: Project, handling: Handling, sessions: Sessions, func: Func) -> Iterator[Undone]:
    """The compensations of a function in a session that is rolled back anyway."""
    body = project.bodies[func]
    for site in body.sites:
        removes = any(effect.entry.removes and effect.family in FAMILIES for effect in site.effects)
        if removes and (site.handlers or handling.is_for_failures(func)):
            if rollback := _rolled_back(site, sessions.order(func).following(site)):
                yield Undone(site, rollback)
        elif site.handlers and handling.raises(site.handlers[-1].body, func) and (opening := _given_session(site, func)):
            yield Undone(site, opening)


def _rolled_back(site: Site, following: tuple[Site, ...]) -> Site | None:
    """The rollback of the same session that comes next, without a commit in between."""
    session = session_path(site.call)
    for one in following:
        kinds = {effect.kind for effect in one.effects} if session_path(one.call) == session else set()
        if "commit" in kinds:
            return None
        if "rollback" in kinds:
            return one
    return None


def _given_session(site: Site, func: Func) -> Opening | None:
    """The block whose session a call gets that goes through what was done so far backwards, inside that block."""
    loop = site.loops[-1] if site.loops else None
    if not isinstance(loop, r.Loop) or not (isinstance(loop.iter, r.Call) and loop.iter.func == r.Name("reversed")):
        return None
    handler = site.handlers[-1]
    for opening in site.opened:
        named = ((name, one) for name, found in func.bindings.items() for one in found)
        entered = [r.Name(name) for name, one in named if one.how == "enter" and one.line == opening.line]
        commits = opening.commits and opening.family in FAMILIES and opening.boundary != "savepoint"
        if commits and opening.line < handler.line and any(arg.value in entered for arg in site.call.args):
            return opening
    return None
