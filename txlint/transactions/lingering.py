"""Work in a session that lives on when the work has failed: message handlers, and methods of rows that commit for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from txlint.facts import records as r
from txlint.project.calls import Site, nested_statements
from txlint.project.model import Func, walk
from txlint.project.project import Project
from txlint.transactions.endings import BORROWED, FAMILIES, Ending, session_path
from txlint.transactions.reach import Reach
from txlint.transactions.sessions import Sessions

_FAMILY = "sqlalchemy"
_USING = frozenset({"database-write", "database-read", "commit", "flush", "refresh"})
_UNDOING = frozenset({"rollback", "close", "savepoint-rollback"})


@dataclass(frozen=True, slots=True)
class Handed:
    """A function that is given away to be run for each message, its call that works in a session, and that work."""

    site: Site
    used: Site


class Lingering:
    """Finds both; what a caller does about an error is not known in either case."""

    def __init__(self, project: Project, sessions: Sessions) -> None:
        self._project, self._sessions = project, sessions

    # --- handlers ------------------------------------------------------------------------------------------------------

    def handed(self, func: Func) -> Handed | None:
        """The work of a message handler in a session that it does not make and never rolls back."""
        maker = func.parent
        if maker is None or maker.parent is None or not self._takes_messages(func) or not _gives(maker, func):
            return None
        sites = self._project.bodies[func].sites
        outer = {param.name for param in maker.record.params}
        if any(_undoes(one) or (isinstance(one.call.func, r.Name) and one.call.func.path in outer) for one in sites):
            return None
        for site in sites:
            used = site if self._lasts(site) or self._lends(site) else self._lasting.last(site) if _is_open(site) else None
            if used is not None:
                return Handed(site, used)
        return None

    def _takes_messages(self, func: Func) -> bool:
        words = self._project.catalog.words["message"]
        return any(param.name.lower() in words for param in func.record.params)

    @cached_property
    def _lasting(self) -> Reach:
        return Reach(self._project, self._lasts, lambda site: _is_open(site) and not self._sessions.owns(site.func))

    def _lasts(self, site: Site) -> bool:
        """Whether a call uses a session that its function was given."""
        used = any(effect.family == _FAMILY and effect.kind in _USING for effect in site.effects)
        session = session_path(site.call) if used and _is_open(site) else ""
        return bool(session) and self._sessions.source(session, site.func) in BORROWED

    def _lends(self, site: Site) -> bool:
        """Whether a call gets what is named as a session and comes from outside of the function."""
        catalog = self._project.catalog
        for arg in site.call.args:
            path = arg.value.path if isinstance(arg.value, r.Name) else ""
            name = catalog.receivers.get(path.rpartition(".")[2], "")
            if name and "session" in catalog.class_roles(name) and path.partition(".")[0] not in site.func.bindings:
                return bool(site.edges) and _is_open(site)
        return False

    # --- rows ----------------------------------------------------------------------------------------------------------

    def of_row(self, func: Func) -> Ending | None:
        """The commit, by a method of a row that changes itself, of a session that all share; None: an error is handled."""
        owner = func.cls
        if owner is None or func.record.name.startswith("__"):
            return None
        if not self._project.is_mapped(owner) or not self._changes_itself(func):
            return None
        if any(isinstance(node, r.Try | r.With) for node in nested_statements(func.record.body)):
            return None
        return next((one for one in self._sessions.borrowed(func, "commit") if one.source == "global"), None)

    def _changes_itself(self, func: Func) -> bool:
        assigned = (one for node in nested_statements(func.record.body) if isinstance(node, r.Assign) for one in node.targets)
        if any(isinstance(one, r.Name) and one.path.startswith("self.") for one in assigned):
            return True
        written = (one for one in self._project.bodies[func].sites if any(e.kind == "database-write" for e in one.effects))
        return any(part == r.Name("self") for one in written for arg in one.call.args for part in walk(arg.value))


def _gives(maker: Func, func: Func) -> bool:
    """Whether a function returns one that it defines, and does not put it around something else."""
    returned = (node.value for node in nested_statements(maker.record.body) if isinstance(node, r.Return))
    return any(one == r.Name(func.record.name) for one in returned)


def _is_open(site: Site) -> bool:
    """Whether no session of its own is entered around a call."""
    return not any(one.family in FAMILIES for one in site.opened)


def _undoes(site: Site) -> bool:
    return any(effect.kind in _UNDOING for effect in site.effects)
