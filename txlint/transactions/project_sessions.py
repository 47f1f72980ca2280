"""The project's own providers and scopes of sessions: whether each commits when its user is done, and what shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from txlint.findings import Step
from txlint.locations import Location
from txlint.project.lineage import written
from txlint.project.model import Cls, Func
from txlint.project.types import ExtInst, Types
from txlint.transactions.analysis import Analysis
from txlint.transactions.endings import FAMILIES
from txlint.transactions.providers import EXITS
from txlint.transactions.uses import plain

_DEPTH = 3


@dataclass(frozen=True, slots=True)
class SessionProvider:
    """What makes a session for others: a `dependency`, `context manager`, `generator` or `context manager class`."""

    kind: str
    name: str
    location: Location
    commits: bool
    evidence: tuple[Step, ...]
    """What shows that it commits; else how it ends the session, if it does."""
    uses: int


@dataclass(frozen=True, slots=True)
class BoundaryDecision:
    """Whether sessions are committed by who provides them (None: each provider decides for itself), and why."""

    commits: bool | None
    message: str
    remedy: str = ""


class ProjectSessions:
    """Finds who provides sessions."""

    def __init__(self, analysis: Analysis, uses: dict[Func | Cls, int]) -> None:
        self._analysis, self._uses = analysis, uses
        self._inference, self._providers = analysis.project.inference, analysis.sessions.providers
        self.injected = self._injections()

    def _injections(self) -> Counter[Func]:
        """How many parameters each function provides a session for."""
        found: Counter[Func] = Counter()
        for func in self._analysis.functions():
            for param in func.record.params:
                providers = self._providers.of_parameter(param, func)
                wanted = bool(providers) and self._is_session(self._inference.lookup(param.name, func))
                found.update(one for one in providers if wanted or self._gives_session(one))
        return found

    def _gives_session(self, func: Func) -> bool:
        inference = self._inference
        return self._is_session(inference.yielded(func) if func.record.is_generator else inference.returned(func))

    def _is_session(self, types: Types) -> bool:
        roles = self._analysis.project.catalog.class_roles
        return any(isinstance(one, ExtInst) and not one.guessed and "session" in roles(one.name) for one in types)

    def providers(self) -> Iterator[SessionProvider]:
        """Everything that provides a session."""
        for func in filter(plain, self._analysis.functions()):
            if kind := self._kind(func):
                where, name = self._analysis.traces.function(func), self._analysis.name(func)
                yield self._provider(kind, name, where, func, self.injected[func] + self._uses[func])
        for module in self._analysis.project.modules.values():
            for cls in module.classes:
                if method := self._exit(cls):
                    where = self._analysis.traces.places.of(cls.module.path, cls.record.line, cls.record.name)
                    yield self._provider("context manager class", cls.record.qualname, where, method, self._uses[cls])

    def _kind(self, func: Func) -> str:
        if func in self.injected:
            return "dependency"
        if not func.record.is_generator or not self._is_session(self._inference.yielded(func)):
            return ""
        return "context manager" if self._inference.decorators.is_context_manager(func) else "generator"

    def _exit(self, cls: Cls) -> Func | None:
        """The method that ends a session when a block of a class of the project is left."""
        for name in EXITS:
            if (method := cls.methods.get(name)) and self._decides(method, 0):
                return method
        return None

    def _decides(self, func: Func, depth: int) -> bool:
        """Whether a function, or what it calls, commits or rolls back; closing alone decides nothing."""
        if any(one.kind in ("commit", "rollback") for one in self._analysis.sessions.endings(func)):
            return True
        called = (edge.func for site in self._analysis.calls(func) for edge in site.edges if edge.when == "now")
        return depth == 0 and any(self._decides(one, 1) for one in called)

    def _provider(self, kind: str, name: str, where: Location, func: Func, uses: int) -> SessionProvider:
        commits = self._providers.commits(func)
        evidence = tuple(self._commit(func, 0) if commits else self._ends(func, 0))
        return SessionProvider(kind, name, where, commits, evidence[: _DEPTH + 1], uses)

    def _commit(self, func: Func, depth: int) -> Iterator[Step]:
        """Where a provider commits: itself, by what it has open at its `yield`, or in what it calls."""
        for ending in self._analysis.sessions.endings(func):
            if ending.kind == "commit" and not ending.site.handlers:
                yield Step(self._analysis.location(ending.site), f"`{self._analysis.written(ending.site)}` commits")
                return
        for one in (one for opened in self._analysis.project.bodies[func].yields for one in opened):
            if one.commits and one.family in FAMILIES and one.boundary != "savepoint":
                yield Step(self._analysis.place(one.func, one.line, one.text), f"`{one.text}` commits when it is left")
                return
        for site in self._analysis.calls(func):
            for edge in site.edges:
                if edge.when == "now" and depth < _DEPTH and self._providers.commits(edge.func, depth + 1):
                    yield Step(self._analysis.location(site), f"calls `{self._analysis.name(edge.func)}`")
                    yield from self._commit(edge.func, depth + 1)
                    return

    def _ends(self, func: Func, depth: int) -> Iterator[Step]:
        """Where a provider ends its session, itself, by leaving a block, or in what it calls."""
        for ending in self._analysis.sessions.endings(func):
            verb = {"commit": "commits", "rollback": "rolls back", "close": "closes"}[ending.kind]
            failed = " after an error" if ending.site.handlers else ""
            yield Step(self._analysis.location(ending.site), f"`{written(ending.site.call.func)}` {verb}{failed}")
        for one in dict.fromkeys(one for opened in self._analysis.project.bodies[func].yields for one in opened):
            if one.family in FAMILIES:
                where = self._analysis.place(one.func, one.line, one.text)
                yield Step(where, f"`{one.text}` discards what was not committed when it is left")
        for site in self._analysis.calls(func) if depth == 0 else ():
            for edge in site.edges:
                if edge.when == "now":
                    yield from self._ends(edge.func, depth + 1)

    # --- the project's decision ----------------------------------------------------------------------------------------

    def decision(self, found: tuple[SessionProvider, ...]) -> BoundaryDecision | None:
        """What holds for sessions whose provider is not known."""
        setting = self._analysis.config.boundary_commits
        if setting is not None:
            what = "commit" if setting else "do not commit"
            return BoundaryDecision(setting, f"providers {what}: `boundary-commits` in the configuration says so")
        if not found:
            return None
        committing, remedy = [one for one in found if one.commits], "boundary-commits = true  # or false"
        if provider := self._providers.boundary:
            which = "all" if len(committing) == len(found) else "all that a session is known to come from"
            return BoundaryDecision(True, f"providers commit: {which} do, such as `{self._analysis.name(provider)}`")
        if not committing:
            return BoundaryDecision(False, "providers do not commit, none of them: whoever writes commits")
        share = f"{len(committing)} of {len(found)} commit"
        return BoundaryDecision(None, f"{share}: decided for each where it is known who provides the session", remedy)

    # --- what is missing -----------------------------------------------------------------------------------------------

    def unprovided(self) -> Iterator[tuple[Func, str]]:
        """The parameters for sessions of functions that nothing in the project calls and no provider is known of."""
        for func in filter(plain, self._analysis.functions()):
            if self._analysis.project.callers.get(func) or func.parent is not func.module.top:
                continue
            for param in func.record.params:
                known = self._providers.of_parameter(param, func)
                if not known and self._is_session(self._inference.lookup(param.name, func)):
                    yield func, param.name
