"""Inferred: what was read off a project about its own openers, deferrals, tasks and sessions, and what could not be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TypeVar

from txlint.frameworks.catalog import RoleEntry
from txlint.locations import Location
from txlint.project.django_settings import ATOMIC_REQUESTS
from txlint.project.model import Cls
from txlint.transactions.analysis import Analysis
from txlint.transactions.gaps import Note, foreign_bases
from txlint.transactions.project_openers import Deferral, Opener, ProjectOpeners
from txlint.transactions.project_sessions import BoundaryDecision, ProjectSessions, SessionProvider
from txlint.transactions.project_tasks import Dispatcher, ProjectTasks, TaskMaker
from txlint.transactions.states import uses_django
from txlint.transactions.uses import uses

_JUDGED = ("view", "task", "command", "consumer", "event-handler", "flow")
_Placed = TypeVar("_Placed", Opener, Deferral, TaskMaker, Dispatcher, SessionProvider)


@dataclass(frozen=True, slots=True)
class RequestsDecision:
    """Whether requests run in transactions on a database (None: not known), by what, and what would decide it."""

    database: str
    atomic: bool | None
    message: str
    location: Location | None = None
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class EntryCount:
    """How many functions of a kind something outside the project runs, in how many files."""

    kind: str
    functions: int
    files: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that could not be inferred, as often as it occurs, with the first places."""

    message: str
    places: tuple[Location, ...]


@dataclass(frozen=True, slots=True)
class Inferred:
    """What was inferred of a project; a context manager that gives a session is a provider and no opener."""

    openers: tuple[Opener, ...]
    deferrals: tuple[Deferral, ...]
    tasks: tuple[TaskMaker, ...]
    dispatchers: tuple[Dispatcher, ...]
    providers: tuple[SessionProvider, ...]
    boundary: BoundaryDecision | None
    requests: tuple[RequestsDecision, ...]
    ignored_settings: tuple[Note, ...]
    entries: tuple[EntryCount, ...]
    unknown: tuple[Gap, ...]


def inferred(analysis: Analysis, focus: frozenset[str] | None = None) -> Inferred:
    """What is inferred of the project; of what it defines itself only that in the focus."""
    used = uses(analysis)
    opening, tasks, sessions = ProjectOpeners(analysis, used), ProjectTasks(analysis, used), ProjectSessions(analysis, used)
    providers = _sorted(sessions.providers(), None)
    provided = {one.location for one in providers}
    return Inferred(
        _sorted((one for one in opening.openers() if one.opens and one.location not in provided), focus),
        _sorted(opening.deferrals(), focus),
        _sorted(tasks.makers(), focus),
        _sorted(tasks.dispatchers(), focus),
        _sorted(providers, focus),
        sessions.decision(providers),
        tuple(_requests(analysis)),
        tuple(_misplaced(analysis)),
        _entries(analysis),
        (*_unknown_bases(analysis), *_foreign_bases(analysis), *_unprovided(analysis, sessions)),
    )


def _sorted(found: Iterable[_Placed], focus: frozenset[str] | None) -> tuple[_Placed, ...]:
    """Those in the focus, the most used first."""
    return tuple(sorted((one for one in found if _inside(one.location.path, focus)), key=_rank))


def _inside(path: str, focus: frozenset[str] | None) -> bool:
    return focus is None or not focus.isdisjoint((path, *map(str, PurePosixPath(path).parents)))


def _rank(one: Opener | Deferral | TaskMaker | Dispatcher | SessionProvider) -> tuple[int, str, int]:
    return -(one.tasks if isinstance(one, TaskMaker) else one.uses), one.location.path, one.location.row


# --- settings and entries ------------------------------------------------------------------------------------------------


def _requests(analysis: Analysis) -> Iterator[RequestsDecision]:
    if not uses_django(analysis):
        return
    configured = analysis.config.atomic_requests
    overruling = {"default": configured} if isinstance(configured, bool) else configured or {}
    for database, value in overruling.items():
        yield RequestsDecision(database, value, "`atomic-requests` in the configuration says so")
    databases = analysis.project.settings.databases
    for database, decision in databases.items():
        if database not in overruling:
            where = analysis.traces.places.of(decision.path, decision.line)
            known = decision.atomic is not None
            says = "the settings say so" if decision.by == ATOMIC_REQUESTS else f"`{decision.by}` opens it around each request"
            message = says if decision.atomic else "DATABASES does not switch it on"
            remedy = "" if known else _decides(database)
            yield RequestsDecision(database, decision.atomic, message if known else "cannot be read here", where, remedy)
    if "default" not in {**databases, **overruling}:
        yield RequestsDecision(
            "default", None, "not found in DATABASES, or not readable; taken to be off", None, _decides("default")
        )


def _decides(database: str) -> str:
    return "atomic-requests = true  # or false" if database == "default" else f"atomic-requests = {{ {database} = true }}"


def _misplaced(analysis: Analysis) -> Iterator[Note]:
    for path, line in analysis.project.settings.misplaced:
        yield Note("ATOMIC_REQUESTS at module level does nothing in Django", analysis.traces.places.of(path, line))


def _entries(analysis: Analysis) -> tuple[EntryCount, ...]:
    kinds: dict[str, dict[str, set[int]]] = {}
    for func, group in analysis.project.entries.items():
        for one in group:
            kinds.setdefault(one.kind, {}).setdefault(func.module.path, set()).add(func.index)
    counts = (EntryCount(kind, sum(map(len, files.values())), len(files)) for kind, files in kinds.items())
    return tuple(sorted(counts, key=lambda one: (-one.functions, one.kind)))


# --- what is missing -----------------------------------------------------------------------------------------------------


def _unknown_bases(analysis: Analysis) -> Iterator[Gap]:
    """The unresolved base classes of what may be a view or a task, each with the classes that derive from it."""
    run = _run_methods(analysis)
    found: dict[str, list[Location]] = {}
    for module in analysis.project.modules.values():
        for cls in module.classes:
            unknown = analysis.project.inference.lineages.of(cls).unknown
            if unknown and (not run.isdisjoint(cls.methods) or _is_run(analysis, cls)):
                for base in dict.fromkeys(unknown):
                    found.setdefault(base, []).append(_class_place(analysis, cls))
    for base, places in sorted(found.items(), key=lambda one: (-len(one[1]), one[0])):
        yield Gap(f"base class `{base}` could not be resolved, so what it runs or opens is not known", tuple(places))


def _foreign_bases(analysis: Analysis) -> Iterator[Gap]:
    """The base classes of other packages that may well run the methods of what derives from them."""
    run = _run_methods(analysis)
    found: dict[tuple[str, ...], list[Location]] = {}
    for module in analysis.project.modules.values():
        for cls in module.classes:
            method = next((func for name, func in cls.methods.items() if name in run), None)
            if method is not None and not _is_run(analysis, cls) and (names := foreign_bases(analysis, method)):
                found.setdefault(names, []).append(_class_place(analysis, cls))
    for names, places in sorted(found.items(), key=lambda one: (-len(one[1]), one[0])):
        listed = ", ".join(f"`{name}`" for name in names)
        yield Gap(f"{listed}: not in the catalogue, so whether it runs what derives from it is not known", tuple(places))


def _run_methods(analysis: Analysis) -> frozenset[str]:
    """The methods that frameworks run of views, tasks, commands and consumers."""
    roles = (found.entry for found in analysis.project.catalog.roles)
    judged = (one for one in roles if isinstance(one, RoleEntry) and one.role in _JUDGED)
    return frozenset(method for one in judged for method in one.methods if not method.startswith("__"))


def _is_run(analysis: Analysis, cls: Cls) -> bool:
    return any(func in analysis.project.entries for func in cls.methods.values())


def _class_place(analysis: Analysis, cls: Cls) -> Location:
    return analysis.traces.places.of(cls.module.path, cls.record.line, cls.record.name)


def _unprovided(analysis: Analysis, sessions: ProjectSessions) -> Iterator[Gap]:
    places = [analysis.place(func, func.record.line, func.record.name) for func, _ in sessions.unprovided()]
    if places:
        yield Gap("who gives these functions their session is not known; nothing in the project calls them", tuple(places))
