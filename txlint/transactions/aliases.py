"""Databases by name: writes that go to another one than the transaction around them is open on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from txlint.project.calls import Effect, Opening, Site
from txlint.project.project import Project
from txlint.transactions.contexts import FAMILY, Contexts


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A write to one database in a block on another; `sure` where both are literal names."""

    site: Site
    block: Opening
    written: str
    opened: str
    sure: bool


def mismatches(project: Project, contexts: Contexts) -> Iterator[Mismatch]:
    """The first write of every block that no block around it is about."""
    known: set[int] = set()
    for site in project.sites():
        blocks = [one for one in site.opened if one.family == FAMILY]
        effect = next((one for one in site.effects if one.kind == "database-write" and one.family == FAMILY), None)
        if effect is None or not blocks or site.handlers or id(blocks[-1]) in known or not all(one.certain for one in blocks):
            continue
        if found := _mismatch(project, contexts, site, effect, blocks):
            known.add(id(found.block))
            yield found


def _mismatch(project: Project, contexts: Contexts, site: Site, effect: Effect, blocks: list[Opening]) -> Mismatch | None:
    written = project.database_name(effect.alias, site.func)
    names = [project.database_name(one.alias, one.func) for one in blocks]
    around = {one.state.alias for one in contexts.of(site.func) if one.state.status in ("open", "unknown", "any")}
    if written in names or written in around or any(project.database_name(one, site.func) == written for one in around):
        return None
    literal = not any("<" in one for one in (written, *names))
    if written == "default":  # which a router may change, and what an instance remembers
        known = literal and effect.entry.adds and not project.settings.routed and names[-1] in project.settings.databases
        return Mismatch(site, blocks[-1], written, names[-1], True) if known else None
    several = len(project.settings.databases) > 1
    if literal or (several and set(names) == {"default"}):
        return Mismatch(site, blocks[-1], written, names[-1], literal)
    return None
