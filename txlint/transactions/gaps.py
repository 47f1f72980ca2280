"""Gaps: what the analysis could not tell about a function, why, and which settings it went by."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.locations import Location
from txlint.project.calls import Effect, Opening, Site
from txlint.project.model import Func
from txlint.project.types import Fn
from txlint.transactions.analysis import Analysis
from txlint.transactions.contexts import Context
from txlint.transactions.endings import FAMILIES
from txlint.transactions.states import uses_django

_HTTP = frozenset({"view", "admin-hook", "admin-action"})


@dataclass(frozen=True, slots=True)
class Note:
    """Something that is known, or not known; with its place where it has one."""

    message: str
    location: Location | None = None


def settings_notes(analysis: Analysis, contexts: Iterable[Context], effects: Iterable[Effect]) -> Iterator[Note]:
    """The settings that decide about these states and effects."""
    if uses_django(analysis) and any(one.entry is not None and one.entry.kind in _HTTP for one in contexts):
        yield from _atomic_requests(analysis)
    if analysis.config.boundary_commits is not None and any(one.family in FAMILIES for one in effects):
        does = "commit" if analysis.config.boundary_commits else "do not commit"
        yield Note(f"the providers of sessions {does} (`boundary-commits` in the configuration)")


def _atomic_requests(analysis: Analysis) -> Iterator[Note]:
    configured = analysis.config.atomic_requests
    if configured is not None:
        yield Note(f"ATOMIC_REQUESTS is {configured} (`atomic-requests` in the configuration)")
    settings = analysis.project.settings
    for alias, decision in settings.databases.items():
        what = {True: "on", False: "off", None: "not decidable from the settings"}[decision.atomic]
        remedy = "; set `atomic-requests` in the configuration" if decision.atomic is None else ""
        overruled = ", which the configuration overrules" if configured is not None else ""
        where = analysis.traces.places.of(decision.path, decision.line)
        yield Note(f"ATOMIC_REQUESTS of database {alias} is {what}{overruled}{remedy}", where)
    if not settings.databases and configured is None:
        found = "no DATABASES setting that can be read was found"
        yield Note(f"{found}, so requests are taken not to be atomic; set `atomic-requests` if they are")
    for path, line in settings.misplaced:
        yield Note("ATOMIC_REQUESTS at module level does nothing in Django", analysis.traces.places.of(path, line))


def gaps(analysis: Analysis, func: Func, contexts: Iterable[Context], sites: Iterable[Site]) -> Iterator[Note]:
    """What is not known about a function and some of its calls, and why."""
    contexts = tuple(contexts)
    yield from base_gaps(analysis, func)
    if all(one.state.kind == "unreached" for one in contexts):
        yield from _foreign_bases(analysis, func)
    for start in dict.fromkeys(one.start for one in contexts if one.entry is None):
        yield from _handed_over(analysis, start)
    for context in contexts:
        for one in context.path() if context.guessed else ():
            if one.edge is not None and one.edge.guessed and one.site is not None:
                yield Note(f"that this runs `{analysis.name(one.func)}` is a guess", analysis.location(one.site))
        for one in [each for each in context.path() if each.doubted and each.site is not None][:1] if context.doubted else ():
            assert one.site is not None
            several = f"this can run several functions; that on this way it runs `{analysis.name(one.func)}` is a guess"
            yield Note(several, analysis.location(one.site))
        if isinstance(context.origin, Opening) and context.origin.alias.startswith("<"):
            yield Note(f"which database `{context.origin.text}` is about is decided when it runs")
    for site in sites:
        if site.unknown is not None:
            yield Note(site.unknown, analysis.location(site))


def base_gaps(analysis: Analysis, func: Func) -> Iterator[Note]:
    """The unresolved base classes of a method's class."""
    owner = func.self_class
    if owner is None:
        return
    for name in dict.fromkeys(analysis.project.inference.lineages.of(owner).unknown):
        where = analysis.traces.places.of(owner.module.path, owner.record.line, name)
        yield Note(f"base class `{name}` of `{owner.record.name}` could not be resolved, so what it adds is not known", where)


def _foreign_bases(analysis: Analysis, func: Func) -> Iterator[Note]:
    owner = func.cls
    if owner is not None and (names := foreign_bases(analysis, func)):
        listed = ", ".join(f"`{name}`" for name in names)
        where = analysis.traces.places.of(owner.module.path, owner.record.line, owner.record.name)
        message = f"`{owner.record.name}` derives from {listed}, not in the catalogue; whether that calls it is not known"
        yield Note(message, where)


def _handed_over(analysis: Analysis, func: Func) -> Iterator[Note]:
    """The calls that are given a function as a value, where nothing shows that what they call runs it."""
    running = {site.func for site, _ in analysis.project.callers.get(func, ())}
    for site in analysis.sites():
        values = (arg.value for arg in site.call.args if isinstance(arg.value, r.Name))
        named = [one for one in values if one.path.rpartition(".")[2] == func.record.name]
        if not named or any(edge.func is func or edge.func in running for edge in site.edges):
            continue
        if any(
            isinstance(one, Fn) and one.func is func
            for value in named
            for one in analysis.project.inference.infer(value, site.func)
        ):
            message = (
                f"`{func.record.name}` is handed to `{analysis.written(site)}`; whether and when that runs it is not known"
            )
            yield Note(message, analysis.location(site))


def foreign_bases(analysis: Analysis, func: Func) -> tuple[str, ...]:
    """The base classes of a method's class that are neither the project's, the catalogue's nor the standard library's."""
    if func.cls is None:
        return ()
    external = analysis.project.inference.lineages.of(func.cls).external
    known = analysis.project.catalog.classes
    return tuple(name for name in external if name not in known and name.partition(".")[0] not in sys.stdlib_module_names)
