"""Doubts: calls that could write for all that is known, because what they call could not be resolved."""

from __future__ import annotations

from txlint.project.calls import Site, written_receiver
from txlint.project.lineage import written
from txlint.project.project import Project
from txlint.project.types import Ext
from txlint.transactions.reach import Reach, may_write, writes

_CONTAINER = frozenset({"add", "remove", "set", "clear", "insert", "update"})
"""Methods of plain containers too, and of key-value stores."""


class Reached:
    """What functions are known to write, and what they could write besides."""

    def __init__(self, project: Project) -> None:
        self._writing = Reach(project, writes, telling=True)
        entries = (one for one in project.catalog.effects() if one.effect == "database-write")
        self._methods = {name for one in entries for name in one.methods}
        self._names = self._methods | {func.record.name for func in project.bodies if func in self._writing}
        self._doubtful = Reach(project, self.could_write)

    def writes(self, site: Site) -> bool:
        """Whether a call writes, itself or by what it calls."""
        return writes(site) or self._writing.through(site)

    def doubt(self, site: Site) -> Site | None:
        """The unresolved call that a call is, or leads to, and that could write."""
        if self.could_write(site):
            return site
        for edge in site.edges:
            if edge.when == "now" and edge.func in self._doubtful:
                return list(self._doubtful.path(edge.func))[-1]
        return None

    def why(self, site: Site) -> str | None:
        """Why it is not known what a call does; None where it is, or where that is no matter of databases."""
        if site.unknown is None and self.could_write(site):
            return f"`{written(site.call.func)}`: its class is not of the project and not in the catalogue"
        return site.unknown

    def could_write(self, site: Site) -> bool:
        """Unresolved, and called as a method of the database's or a function of the project that writes.

        Of the methods that containers have too, only calls that look like those of a relation.
        """
        if foreign_method(site) is not None:
            return written_receiver(site.call)[1] in self._methods
        if site.unknown is None or not may_write(site):
            return False
        method = written_receiver(site.call)[1]
        if method not in _CONTAINER:
            return method in self._names
        given = [arg for arg in site.call.args if arg.keyword is None and not arg.star]
        if (method in ("update", "insert") and given) or (method == "set" and len(given) > 1):
            return False  # QuerySet.update takes keywords only, a relation's set takes one list; those of containers do not.
        return "." in written(site.call.func).removesuffix(f".{method}")


def foreign_method(site: Site) -> str | None:
    """The full name of a call like `Token.objects.create` on an imported class that nothing is known of."""
    if site.effects or site.edges or len(site.types) != 1 or not isinstance(site.types[0], Ext):
        return None
    *_, owner, attribute, _ = ("", "", *site.types[0].name.split("."))
    return site.types[0].name if owner[:1].isupper() and attribute[:1].islower() else None
