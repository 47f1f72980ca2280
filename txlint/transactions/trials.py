"""Tests: what their transactions hide, what they leave untried, and which database they are told to use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from txlint.facts import records as r
from txlint.filekinds import is_test
from txlint.project.calls import Opening, Site, nested_statements
from txlint.project.model import Func, expressions, walk
from txlint.project.project import Project
from txlint.transactions.boundaries import Boundaries
from txlint.transactions.contexts import FAMILY
from txlint.transactions.handovers import Handovers
from txlint.transactions.reach import Reach
from txlint.transactions.writing import Writing

_TOLD, _FAILING, _ALL = "runs-hooks", "expects-error", "*"
_DATABASE = re.compile(r"[a-z][a-z0-9+]*://[^\s/]*/[\w-]*prod", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Hidden:
    """A test inside a transaction that is never committed, the call that leads to a hook, and the way there."""

    test: Func
    site: Site
    path: tuple[Site, ...]


class Trials:
    """Looks at tests, where the configuration includes them; without them there is nothing to say."""

    def __init__(self, project: Project, handovers: Handovers, boundaries: Boundaries, writing: Writing) -> None:
        self._project, self._boundaries, self._writing = project, boundaries, writing
        self._hooking = Reach(project, lambda site: handovers.of(site) is not None)

    @cached_property
    def _tests(self) -> tuple[Func, ...]:
        return tuple(func for func in self._project.bodies if is_test(func.module.path) and func.parent is not None)

    def hidden(self) -> Iterator[Hidden]:
        """The tests whose hooks never run, because their transaction is rolled back."""
        for func in self._tests:
            sites = self._project.bodies[func].sites
            if not self._is_wrapped(func) or any(effect.kind == _TOLD for site in sites for effect in site.effects):
                continue
            found = next((one for one in sites if self._hooking.through(one)), None)
            if found is not None:
                callee = next(edge.func for edge in found.edges if edge.when == "now" and edge.func in self._hooking)
                yield Hidden(func, found, (found, *self._hooking.path(callee)))

    def _is_wrapped(self, func: Func) -> bool:
        """Whether the framework runs every method of a test's class in a transaction of its own."""
        external = self._project.inference.lineages.of(func.cls).external if func.cls is not None else ()
        entries = (self._project.catalog.classes.get(name) for name in external)
        return any(one.wraps and _ALL in one.wrapped for one in entries if one is not None)

    def untried(self) -> Iterator[tuple[Func, Opening]]:
        """The functions with a transaction of their own around several steps that no test sees fail; none without tests."""
        failing = [func for func in self._tests if self._expects_error(func)]
        named = {name for func in failing for name in func.mentions}
        for func in self._project.bodies if self._tests else ():
            opened = next((one for one, _ in self._boundaries.of(func) if one.family == FAMILY), None)
            if opened is None or is_test(func.module.path) or func.record.name in named:
                continue
            inside = [site for site in self._project.bodies[func].sites if opened in site.opened]
            if self._writing.count(inside) > 1 and (func.cls is None or func.cls.record.name not in named):
                yield func, opened

    def _expects_error(self, func: Func) -> bool:
        return any(effect.kind == _FAILING for site in self._project.bodies[func].sites for effect in site.effects)

    def production(self) -> Iterator[tuple[Func, int, str]]:
        """The addresses of databases in tests that look like the one of production."""
        for module in self._project.modules.values():
            for func in module.functions if is_test(module.path) else ():
                for node in nested_statements(func.record.body):
                    for part in (one for expr in expressions(node) for one in walk(expr)):
                        if isinstance(part, r.Const) and isinstance(part.value, str) and _DATABASE.search(part.value):
                            yield func, getattr(node, "line", func.record.line), part.value
