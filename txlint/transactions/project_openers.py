"""The project's own openers and deferrals: what opens a transaction for others, and what runs others after the commit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.findings import Step
from txlint.locations import Location
from txlint.project.calls import Opening, Site
from txlint.project.lineage import written
from txlint.project.model import Cls, Func, arguments
from txlint.project.types import Fn, Method, Partial
from txlint.project.wrappings import Wrapping
from txlint.transactions.analysis import Analysis
from txlint.transactions.uses import plain

_SURE = {True: "", False: " under a condition"}


@dataclass(frozen=True, slots=True)
class Opened:
    """What an opener opens, and the way to the place that does it."""

    boundary: str
    family: str
    database: str
    commits: bool
    certain: bool
    evidence: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Opener:
    """A `context manager`, `context manager class`, `decorator` or `factory` of the project that opens something."""

    kind: str
    name: str
    location: Location
    opens: tuple[Opened, ...]
    uses: int


@dataclass(frozen=True, slots=True)
class Deferral:
    """A `function` or `decorator` of the project that runs a callable after the commit; `always` or else also at once."""

    kind: str
    name: str
    location: Location
    parameter: str
    always: bool
    evidence: tuple[Step, ...]
    uses: int


class ProjectOpeners:
    """Finds the openers and deferrals of a project."""

    def __init__(self, analysis: Analysis, uses: dict[Func | Cls, int]) -> None:
        self._analysis, self._uses = analysis, uses
        self._openers, self._inference = analysis.project.resolver.openers, analysis.project.inference

    # --- openers -------------------------------------------------------------------------------------------------------

    def openers(self) -> Iterator[Opener]:
        """Everything of the project that opens a transaction or a session for whoever uses it."""
        for func in filter(plain, self._analysis.functions()):
            for kind, opened in self._of_function(func):
                yield self._opener(kind, func, opened)
        for module in self._analysis.project.modules.values():
            for cls in module.classes:
                if opened := self._openers.of_class(cls):
                    yield self._opener("context manager class", cls, tuple(one.within[0] for one in opened if one.within))

    def _of_function(self, func: Func) -> Iterator[tuple[str, tuple[Opening, ...]]]:
        if self._inference.decorators.is_context_manager(func):
            yield "context manager", self._openers.of_generator(func)
        elif opened := self.as_decorator(func).opened:
            yield "decorator", tuple(one.within[0] for one in opened if one.within)
        elif not func.record.is_generator:
            yield "factory", self._openers.returned(func, 0)

    def as_decorator(self, func: Func) -> Wrapping:
        """What a function of a module does to another one where it stands above it, with or without arguments."""
        scope, name = func.module.top, r.Name(func.record.name)
        if func.cls is None and func.parent is scope and func.record.params:
            for form in (name, r.Call(name, (), func.record.line, func.record.line, func.record.line)):
                found = self._openers.wrappings.of_decorator(form, scope)
                if found.wrappers and (found.opened or found.when != "now"):
                    return found
        return Wrapping()

    def _opener(self, kind: str, of: Func | Cls, opened: tuple[Opening, ...]) -> Opener:
        where = self._analysis.traces.places.of(of.module.path, of.record.line, of.record.name)
        name = of.record.qualname.replace(".<locals>", "")
        return Opener(kind, name, where, tuple(map(self._opened, opened)), self._uses[of])

    def _opened(self, one: Opening) -> Opened:
        return Opened(one.boundary, one.family, one.alias, one.commits, one.certain, tuple(self.steps(one)))

    def steps(self, one: Opening) -> Iterator[Step]:
        """An opening, and what opens it in turn."""
        verb = "opens" if one.within else f"opens it{_SURE[one.certain]}"
        where = self._analysis.traces.places.of(one.func.module.path, one.line, one.text)
        yield Step(where, f"`{one.text}` {verb}")
        for inner in one.within:
            yield from self.steps(inner)

    # --- deferrals -----------------------------------------------------------------------------------------------------

    def deferrals(self) -> Iterator[Deferral]:
        """Everything of the project that runs a callable after the commit."""
        for (func, parameter), (site, path) in self._deferring().items():
            now = next((one for one in self._analysis.calls(func) if one.call.func == r.Name(path)), None)
            yield self._deferral("function", func, parameter, site, now)
        for func in filter(plain, self._analysis.functions()):
            wrapping = self.as_decorator(func)
            if wrapping.when == "commit":
                yield self._deferral("decorator", func, "", self._waits(wrapping.wrappers[0]), None)

    def _deferral(self, kind: str, func: Func, parameter: str, waits: Site | None, now: Site | None) -> Deferral:
        known = ((waits, "has it wait for the commit"), (now, "runs it at once"))
        steps = (Step(self._analysis.location(one), f"`{written(one.call.func)}` {what}") for one, what in known if one)
        where, name = self._analysis.traces.function(func), self._analysis.name(func)
        return Deferral(kind, name, where, parameter, now is None, tuple(steps), self._uses[func])

    def _deferring(self) -> dict[tuple[Func, str], tuple[Site, str]]:
        """The parameters that functions run after the commit, or give to other such functions: the call, and as written."""
        found: dict[tuple[Func, str], tuple[Site, str]] = {}
        sites = tuple(self._analysis.sites())
        for site in sites:
            for value, scope in self._waiting(site):
                for name, path in self._parameters(value, scope, site.func):
                    found.setdefault((site.func, name), (site, path))
        grown = -1
        while grown != len(found):
            grown, funcs = len(found), {func for func, _ in found}
            for site in sites:
                for one in site.types:
                    if isinstance(one, Fn) and one.func in funcs:
                        self._handed_on(site, one, found)
        return found

    def _handed_on(self, site: Site, called: Fn, found: dict[tuple[Func, str], tuple[Site, str]]) -> None:
        bound = called.func.cls is not None and called.on is not None and not called.func.is_static
        for name, value in arguments(site.call, called.func, bound):
            if (called.func, name) in found:
                for own, path in self._parameters(value, site.func, site.func):
                    found.setdefault((site.func, own), (site, path))

    def _waiting(self, site: Site) -> Iterator[tuple[r.Expr, Func]]:
        """What a call has wait for the commit: the callable it is given, or what that calls if it is defined on the spot."""
        for entry, _ in self._analysis.project.resolver.meanings.callbacks(site.call, site.types):
            if entry.when == "commit":
                for position, arg in enumerate(site.call.args):
                    if entry.argument in ("*", position, arg.keyword):
                        yield arg.value, site.func
                for edge in site.edges:
                    if edge.when == "commit" and edge.func.parent is site.func:
                        yield from ((one.call.func, edge.func) for one in self._analysis.calls(edge.func))

    def _parameters(self, value: r.Expr, scope: Func, func: Func) -> Iterator[tuple[str, str]]:
        """The parameters of a function that a callable stands for, as written: `task`, `task.delay`, `partial(task.delay)`."""
        names = {one.name for one in func.record.params if one.name not in ("self", "cls")}
        types = self._inference.infer(value, scope)
        if isinstance(value, r.Call) and value.args and any(isinstance(one, Partial) for one in types):
            yield from self._parameters(value.args[0].value, scope, func)
        elif isinstance(value, r.Name) and value.path.partition(".")[0] in names:
            name, _, rest = value.path.partition(".")
            if not rest or any(isinstance(one, Method) and self._is_task(one.owner) for one in types):
                yield name, value.path

    def _is_task(self, owner: str) -> bool:
        return "task" in self._analysis.project.catalog.class_roles(owner)

    def _waits(self, func: Func) -> Site | None:
        """The call in a wrapper, or in what it defines, that has something wait for the commit."""
        inside = [one for one in func.module.functions if one is func or one.parent is func]
        for site in (site for one in inside for site in self._analysis.calls(one)):
            entries = self._analysis.project.resolver.meanings.callbacks(site.call, site.types)
            if any(entry.when == "commit" for entry, _ in entries) or any(edge.when == "commit" for edge in site.edges):
                return site
        return None
