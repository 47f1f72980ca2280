"""Queues: which of them are in the database itself, and how work is sent to the others after the commit."""

from __future__ import annotations

from txlint.facts.records import Name
from txlint.frameworks import spelling
from txlint.project.calls import Site
from txlint.project.lineage import written
from txlint.project.project import Project
from txlint.project.types import Fn, Type
from txlint.transactions.contexts import FAMILY, Context


class Queues:
    """Answers for calls that send something."""

    def __init__(self, project: Project, transactional: tuple[str, ...]) -> None:
        self._project, self._transactional = project, frozenset(transactional)

    def are_transactional(self, site: Site) -> bool:
        """Whether what a call sends goes into the database's own transaction, by the configuration."""
        if not self._transactional:
            return False
        values = [getattr(one, "on", one) for one in site.types] + [effect.on for effect in site.effects]
        known = {one.func.name for one in values if isinstance(one, Fn)} | {getattr(one, "name", "") for one in values}
        path = site.call.func.path if isinstance(site.call.func, Name) else ""
        known.add(self._project.inference.imports.full_name(path, site.func) if path else "")
        return any(one == name or one.startswith(f"{name}.") for one in known for name in self._transactional)

    def is_transactional(self, queue: Type) -> bool:
        """Whether a task or queue is one of those in the configuration."""
        name = queue.func.name if isinstance(queue, Fn) else getattr(queue, "name", "")
        return any(name == one or name.startswith(f"{one}.") for one in self._transactional)

    def after_commit(self, site: Site, context: Context | None) -> str:
        """How to hand work over until after the commit, in the words of the framework."""
        name = spelling.deferral(self._project.catalog, FAMILY)
        alias = context.state.alias if context is not None else "default"
        using = "" if alias == "default" or "<" in alias else f", using={alias!r}"
        given = f"partial({written(site.call.func)}, ...)" if site.call.args else written(site.call.func)
        return f"`{name}({given}{using})` runs it after the commit" if name else "do it after the commit"
