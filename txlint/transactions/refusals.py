"""Refusals: a function that has stored something for good, and then raises an error which says that nothing was done."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.project.calls import Effect, Site
from txlint.project.model import Func, nested
from txlint.project.project import Project
from txlint.transactions.contexts import FAMILY, Context, Contexts
from txlint.transactions.endings import FAMILIES
from txlint.transactions.operations import KINDS
from txlint.transactions.reach import writes
from txlint.transactions.sessions import Sessions
from txlint.transactions.surroundings import afterwards, levels

_RECORD = re.compile(
    r"log|audit|event|histor|attempt|fail|error|metric|statistic|visit|hit|trace|block|token|lock|record", re.I
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The call that stores, the `raise` that can come after it, and the way there."""

    stored: Site
    line: int
    context: Context


def refusals(project: Project, contexts: Contexts, sessions: Sessions, func: Func) -> Iterator[Refusal]:
    """The first row that a function stores without a transaction, or commits, before it refuses."""
    context = next((one for one in contexts.of(func) if one.state.status == "none" and one.state.kind in KINDS), None)
    if context is None or any(one.state.status != "none" for one in contexts.of(func)):
        return
    for site in project.bodies[func].sites:
        if site.loops or site.tries or site.handlers or site.opened or not _stores(project, sessions, site):
            continue
        if line := _refused(project, func, site):
            yield Refusal(site, line, context)
            return


def _stores(project: Project, sessions: Sessions, site: Site) -> bool:
    """Whether a call leaves a new row for good: a write that commits itself, or the commit of a session."""
    for effect in site.effects:
        if effect.family == FAMILY and effect.kind == "database-write":
            return effect.entry.adds and not effect.guessed and not _RECORD.search(_model_name(effect))
        if effect.family in FAMILIES and effect.kind == "commit" and not effect.guessed:
            before = (one for one in project.bodies[site.func].sites if site in sessions.order(site.func).following(one))
            return any(writes(one, effect.family) for one in before)
    return False


def _model_name(effect: Effect) -> str:
    item = getattr(effect.on, "item", effect.on)
    return str(getattr(getattr(item, "cls", None), "name", "")).rpartition(".")[2]


def _refused(project: Project, func: Func, site: Site) -> int:
    """The line of the first `raise` that a path from a call comes to with nothing written in between; 0 for none."""
    by_call = project.bodies[func].by_call
    for node in afterwards(levels(func.record.body, site.call)):
        match node:
            case r.Raise(value, line):
                return line if value is not None else 0
            case r.If(_, body, orelse):
                for branch in (body, orelse):
                    last = branch[-1] if branch else None
                    calls = [by_call[id(call)] for call in nested(branch) if id(call) in by_call]
                    if isinstance(last, r.Raise) and last.value is not None and not any(map(_undoes, calls)):
                        return last.line
        if any(_undoes(by_call[id(call)]) for call in nested((node,)) if id(call) in by_call):
            return 0
    return 0


def _undoes(site: Site) -> bool:
    """Whether a call may take back or complete what was stored: it writes, or nobody knows what it does."""
    return any(one.kind in ("database-write", "commit", "rollback") for one in site.effects) or bool(site.edges)
