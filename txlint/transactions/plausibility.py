"""Which calls of a path the code contradicts: they belong to another class than its object, or to one of many callables."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from txlint.facts import records as r
from txlint.project.calls import Edge, Site, is_on_self, is_on_super
from txlint.project.model import Cls, Func, arguments
from txlint.project.project import Project
from txlint.project.types import Fn, Inst, Obj

if TYPE_CHECKING:
    from txlint.transactions.contexts import Context


@dataclass(frozen=True, slots=True)
class SelfClass:
    """What is known of the class of `self`: this one or a subclass (None: that of the method in which the path begins).

    `free` where the path begins in a method of it, which each subclass has, and with which it is entered in its own right.
    """

    cls: Cls | None
    free: bool


class Plausibility:
    """Follows the class of `self` along paths."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._varying, self.taking = _varying(project), _taking(project)
        self._on: dict[Context, SelfClass | None] = {}

    def doubts(self, context: Context, site: Site, edge: Edge) -> bool:
        """Whether what a call runs is hardly meant on the way on which its function is entered."""
        fits = self._is_handed(context, edge) if edge.param else self._fits(context, site, edge)
        return edge.shared if fits is None else not fits

    def told_apart(self, context: Context) -> Hashable:
        """The class of `self`, and the functions that were handed over, where they decide what a function runs."""
        handed = tuple(self._handed(context, one) for one in self.taking.get(context.func, ()))
        return (self._class(context) if context.func in self._varying else None), handed

    def _is_handed(self, context: Context, edge: Edge) -> bool | None:
        """Whether the call that leads to a function hands over what this runs for a parameter; None: not known."""
        given = self._handed(context, edge.param)
        return None if given is None else edge.func in given

    def _handed(self, context: Context, param: str) -> frozenset[Func] | None:
        """The functions that a path hands over for a parameter of its last function; None where they are not known."""
        site = context.site
        if site is None or context.edge is None or context.before is None or context.edge.via:
            return None
        bound = context.func.cls is not None and not context.func.is_static
        value = dict(arguments(site.call, context.func, bound)).get(param)
        if isinstance(value, r.Name) and any(one.name == value.path for one in site.func.record.params):
            return self._handed(context.before, value.path)
        types = self._project.inference.infer(value, site.func) if value is not None else ()
        return frozenset(one.func for one in types if isinstance(one, Fn)) or None

    def _fits(self, context: Context, site: Site, edge: Edge) -> bool | None:
        """Whether a method that is called on `self` is one of the class that `self` is on this path; None: not known."""
        if edge.via or edge.func.cls is None or not _is_on_self(site.call):
            return None
        here = self._class(context)
        if here is None or here.cls is None:
            return None if here is None else here.free
        if edge.func.cls in self._above(here.cls):
            return True
        return (here.free or None) if here.cls in self._above(edge.func.cls) else False

    def _class(self, context: Context) -> SelfClass | None:
        """The class of `self` in the function of a context, as far as the path tells it."""
        if context not in self._on:
            self._on[context] = SelfClass(None, True) if context.site is None else None
            if context.before is not None and context.site is not None and context.edge is not None and not context.edge.via:
                self._on[context] = self._narrowed(context, context.before, context.site)
        return self._on[context]

    def _narrowed(self, context: Context, before: Context, site: Site) -> SelfClass | None:
        own = context.func.cls
        if own is None or context.func.is_static:
            return None
        if _is_on_self(site.call):
            here = self._class(before)
        else:
            held = {one.on.cls for one in site.types if isinstance(one, Fn) and isinstance(one.on, Inst | Obj)}
            here = SelfClass(next(iter(held)), False) if len(held) == 1 else None
        if here is None or (here.cls is not None and own in self._above(here.cls)):
            return here
        known = here.cls or before.func.cls
        below = known is not None and known in self._above(own)
        return SelfClass(own, here.free) if below or here.cls is not None else here

    def _above(self, cls: Cls) -> tuple[Cls, ...]:
        return tuple(self._project.inference.lineages.of(cls).classes)


def _taking(project: Project) -> dict[Func, tuple[str, ...]]:
    """The parameters for which functions are handed several others that they, or those that they hand them on to, run."""
    waiting = [
        (func, edge.param)
        for func, body in project.bodies.items()
        for site in body.sites
        for edge in site.edges
        if edge.param and edge.shared
    ]
    found = dict.fromkeys(waiting)
    for one in waiting:
        following = [each for each in project.resolver.handing.of(one).parameters if each not in found]
        found |= dict.fromkeys(following)
        waiting += following
    names: dict[Func, tuple[str, ...]] = {}
    for func, name in found:
        names[func] = (*names.get(func, ()), name)
    return names


def _varying(project: Project) -> frozenset[Func]:
    """The methods that run different things for the different classes of `self`."""
    found = {
        func
        for func, body in project.bodies.items()
        if func.cls is not None and any(_is_on_self(site.call) and len(site.edges) > 1 for site in body.sites)
    }
    waiting = list(found)
    for func in waiting:
        for site, _ in project.callers.get(func, ()):
            if site.func not in found and _is_on_self(site.call):
                found.add(site.func)
                waiting.append(site.func)
    return frozenset(found)


def _is_on_self(call: r.Call) -> bool:
    return is_on_self(call) or is_on_super(call)
