"""Transactions by hand: autocommit that is switched off and not surely on again, and ways that Django has dropped."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.facts import records as r
from txlint.project.calls import Site, nested_statements
from txlint.project.lineage import written
from txlint.project.model import Func, nested
from txlint.project.project import Project


def left_off(project: Project, func: Func) -> Iterator[Site]:
    """The calls of a function that switch autocommit off, where no `finally` of it switches it on again."""
    sites = project.bodies[func].sites
    off = [site for site in sites if _is(site, "autocommit-off")]
    if off and not any(_is(site, "set-autocommit") and site not in off for site in _finally(project, func)):
        yield from off


def removed_uses(project: Project, func: Func) -> Iterator[tuple[int, str]]:
    """Line and text of what a function uses of the ways that are gone: as a decorator or a block."""
    decorators = project.inference.decorators
    for decorator in func.record.decorators:
        if any(role.role == "removed" for role in decorators.roles_of(decorator, func.parent or func)):
            yield getattr(decorator, "line", func.record.line - 1), written(decorator)
    for node in nested_statements(func.record.body):
        for item in node.items if isinstance(node, r.With) else ():
            if any(role.role == "removed" for role in decorators.roles_of(item, func)):
                yield node.line if isinstance(node, r.With) else 0, written(item)


def _finally(project: Project, func: Func) -> Iterator[Site]:
    by_call = project.bodies[func].by_call
    for node in nested_statements(func.record.body):
        if isinstance(node, r.Try):
            yield from (by_call[id(call)] for call in nested(node.final) if id(call) in by_call)


def _is(site: Site, kind: str) -> bool:
    return any(effect.kind == kind for effect in site.effects)
