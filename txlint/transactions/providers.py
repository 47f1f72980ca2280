"""Providers of sessions: dependencies and context managers that make one for others, and whether they commit it afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from txlint.facts import records as r
from txlint.project.annotations import injected, injections
from txlint.project.calls import Site, nested_statements
from txlint.project.model import Func, arguments, expressions, walk
from txlint.project.project import Project
from txlint.project.types import Context, ExtInst, Fn, Inst, Obj, Types
from txlint.transactions.endings import FAMILIES, Endings, names_of

_JOINS = "joins-transaction-manager"
EXITS = ("__exit__", "__aexit__")
Path = tuple[tuple[Site, Func], ...]
"""Calls on the way to a function, each with what it calls."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Why somebody else decides about the session: the place that shows it, and in words."""

    func: Func
    line: int
    text: str
    message: str
    through: tuple[tuple[Site, Func], ...] = ()
    """The calls from there to the committing function."""
    stages: tuple[Site, Site] | None = None
    """Where nobody else commits afterwards for sure: the call that commits, and the one that the caller goes on with."""
    in_passing: bool = False
    """Whether a function commits on its way, and not what has made the session once its user is done."""
    pending: bool = True
    """Whether something is known to be in the session that is not committed yet."""
    in_block: bool = False
    """Whether a block around the call commits: its author wants all of it or nothing."""


class Providers:
    """Who provides sessions in a project."""

    def __init__(self, project: Project, endings: Endings, setting: bool | None) -> None:
        self._project, self._endings, self._setting = project, endings, setting

    def owner(self, func: Func, path: Path) -> Owner | None:
        """Who gives a function its session, or wraps the first call of a path in one, and commits it afterwards."""
        for param in func.record.params:
            if name := self._project.inference.annotations.committing(param, func):
                message = f"`{name}` provides the session and commits it at the end of the request"
                return Owner(func, func.record.line, func.record.name, message, path)
            for provider in self.of_parameter(param, func):
                committer = self._committer(provider) or (provider if self._setting and provider.record.is_generator else None)
                if committer is not None:
                    message = f"`{committer.record.name}` provides the session and commits it {self._where(committer)}"
                    return Owner(func, func.record.line, func.record.name, message, path)
            if self._setting and any(isinstance(one, r.Call) for one in injections(param)):
                return Owner(func, func.record.line, func.record.name, "the configuration says that the provider commits", path)
        site = path[0][0] if path else None
        for opening in site.opened if site else ():
            if opening.family in FAMILIES and opening.commits and opening.boundary != "savepoint":
                return Owner(
                    opening.func, opening.line, opening.text, f"`{opening.text}` commits when it is left", path, in_block=True
                )
        around = self.around(site, path) if site is not None else None
        return around or self._of_request(func, path)

    def around(self, site: Site, path: Path = ()) -> Owner | None:
        """The project's context manager that a call stands in and that commits its session when it is left."""
        for node, text, provider in self.entered(site):
            if self.commits(provider) and not self._is_given_another(provider, node, site):
                message = f"`{text}` commits when it is left {self._where(provider)}"
                return Owner(site.func, node.line, text, message, path, in_block=True)
        return None

    def _of_request(self, func: Func, path: Path) -> Owner | None:
        """What commits the session of every request, where a function is a view."""
        kinds = {entry.kind for entry in self._project.entries.get(func, ())}
        if self.joined is not None and not kinds.isdisjoint(("view", "task")):
            where = f"{self.joined.func.module.path}:{self.joined.line}"
            message = f"sessions belong to a transaction manager ({where}), which commits them when the request or task is over"
            return Owner(func, func.record.line, func.record.name, message, path)
        end = self._request_end
        if end is None or "view" not in kinds:
            return None
        message = f"`{end.record.name}` commits the session when the request is over {self._where(end)}"
        return Owner(func, func.record.line, func.record.name, message, path)

    @cached_property
    def joined(self) -> Site | None:
        """The call by which the project's sessions become part of a transaction manager's transactions."""
        return next((one for one in self._project.sites() if any(effect.kind == _JOINS for effect in one.effects)), None)

    @cached_property
    def _request_end(self) -> Func | None:
        ends = (func for func, entries in self._project.entries.items() if any(one.kind == "request-end" for one in entries))
        return next((one for one in ends if self.commits(one)), None)

    @cached_property
    def boundary(self) -> Func | None:
        """A provider of the project that commits, where all of them do and the configuration says nothing else."""
        if self._setting is not None:
            return None
        found = list(dict.fromkeys(one for func in self._project.bodies for one in self._of(func)))
        return found[0] if found and all(one.record.is_generator and self.commits(one) for one in found) else None

    def _of(self, func: Func) -> Iterator[Func]:
        """The providers that a function shows: itself, if it yields a session, and those of its parameters that are one."""
        inference = self._project.inference
        if func.record.is_generator and self._is_session(inference.yielded(func)):
            yield func
        for param in func.record.params:
            if (providers := self.of_parameter(param, func)) and self._is_session(inference.lookup(param.name, func)):
                yield from providers

    def _is_session(self, types: Types) -> bool:
        roles = self._project.catalog.class_roles
        return any(isinstance(one, ExtInst) and "session" in roles(one.name) for one in types)

    def _where(self, provider: Func) -> str:
        ending = next((one for one in self._endings.of(provider) if one.kind == "commit"), None)
        return f"({provider.module.path}:{ending.site.line if ending else provider.record.line})"

    def of_parameter(self, param: r.Param, func: Func) -> tuple[Func, ...]:
        """The functions that a parameter's default or annotation has the framework call; `Depends()` names the annotation."""
        calls, annotations = tuple(provider_calls(self._project, param, func)), self._project.inference.annotations
        found = tuple(one for call, scope in calls for one in annotations.providers(call, scope))
        if found or param.annotation is None or all(call.args for call, _ in calls):
            return found
        return annotations.constructors(annotations.types(param.annotation, func))

    def left(self, site: Site) -> str:
        """What commits when the innermost block around a call is left that does, in words; empty where none is known."""
        found = [(text, provider) for _, text, provider in self.entered(site) if self.commits(provider)]
        return f"`{found[-1][0]}` commits when it is left {self._where(found[-1][1])}" if found else ""

    def committing_blocks(self, site: Site) -> Iterator[r.With]:
        """The blocks around a call, in its function, that a context manager of the project commits when they are left."""
        yield from (node for node, _, provider in self.entered(site) if self.commits(provider))

    def entered(self, site: Site | None) -> Iterator[tuple[r.With, str, Func]]:
        """The project's context managers that a call stands in: the block, as written, and what runs when it is left."""
        if site is None:
            return
        for node in nested_statements(site.func.record.body):
            if isinstance(node, r.With) and node.line <= site.line <= node.end_line:
                for item in node.items:
                    called = "()" if isinstance(item, r.Call) else ""  # else a property gives it
                    for one in self._project.inference.infer(item, site.func):
                        if isinstance(one, Context):
                            yield node, f"{one.func.record.name}{called}", one.func
                    if isinstance(item, r.Call):
                        for one in self._project.inference.infer(item.func, site.func):
                            if isinstance(one, Fn) and one.func.record.is_generator:
                                yield node, f"{one.func.record.name}()", one.func
                            elif isinstance(one, Obj):
                                for name in EXITS:
                                    for found in self._project.inference.members.one(Inst(one.cls), name):
                                        if isinstance(found, Fn):
                                            yield node, f"{one.cls.record.name}()", found.func

    def _committer(self, provider: Func, depth: int = 0) -> Func | None:
        """Who commits a provider's session when its user is done: the provider, or the one whose session it hands on."""
        if provider.record.is_generator:
            return provider if self.commits(provider) else None
        handed_on = (one for param in provider.record.params for one in self.of_parameter(param, provider))
        found = (self._committer(one, depth + 1) for one in handed_on) if depth < 3 else ()
        return next((one for one in found if one is not None), None)

    def commits(self, provider: Func, depth: int = 0) -> bool:
        """Whether a provider of sessions commits when its user is done: itself, or the context manager that it delegates to."""
        body = self._project.bodies.get(provider)
        if body is None or depth > 3:
            return False
        since = _first_yield(provider)
        endings = (one for one in self._endings.of(provider) if one.kind == "commit" and not one.site.handlers)
        if any(one.site.line >= since for one in endings):
            return True
        if any(
            one.commits and one.family in FAMILIES and one.boundary != "savepoint" for opened in body.yields for one in opened
        ):
            return True
        return any(
            self.commits(edge.func, depth + 1)
            for site in body.sites
            for edge in site.edges
            if edge.when == "now" and (edge.func.record.is_generator or (site.line >= since and not self._writes(edge.func)))
        )

    def _is_given_another(self, provider: Func, node: r.With, site: Site) -> bool:
        """Whether a context manager commits a session that it was given, and a call in its block is of, and given, others."""
        committed = {one.session for one in self._endings.of(provider) if one.kind == "commit"}
        calls = (item for item in node.items if isinstance(item, r.Call) and provider in self._run_by(item, site.func))
        given = (pair for call in calls for pair in arguments(call, provider, False))
        names = {value.path.partition(".")[0] for name, value in given if name in committed and isinstance(value, r.Name)}
        return bool(names) and names.isdisjoint(names_of(site))

    def _run_by(self, item: r.Call, scope: Func) -> Iterator[Func]:
        return (one.func for one in self._project.inference.infer(item.func, scope) if isinstance(one, Fn))

    def _writes(self, func: Func) -> bool:
        """Whether a function, or one that it calls, has writes of its own to commit: a lock is given back, a state noted."""
        bodies = self._project.bodies
        own = bodies[func].sites if func in bodies else ()
        below = (edge.func for site in own for edge in site.edges if edge.when == "now")
        every = (*own, *(site for one in below if one in bodies for site in bodies[one].sites))
        return any(effect.kind == "database-write" for site in every for effect in site.effects)


def _first_yield(func: Func) -> int:
    """The line from which on a generator's user is done; 0 for any other function."""
    yielding = (
        node.line
        for node in nested_statements(func.record.body)
        if isinstance(node, r.Do | r.Assign | r.Return)
        and any(isinstance(part, r.Yield) for expr in expressions(node) for part in walk(expr))
    )
    return min(yielding, default=0) if func.record.is_generator else 0


def provider_calls(project: Project, param: r.Param, func: Func) -> Iterator[tuple[r.Call, Func]]:
    """The calls in a parameter's default or annotation, an alias of that included, each with the scope it is written in."""
    yield from ((call, func) for call in injections(param) if isinstance(call, r.Call))
    if isinstance(param.annotation, r.Name):
        module, name = project.inference.members.home(param.annotation.path, func)
        for binding in module.top.bindings.get(name, ()) if module else ():
            yield from ((part, binding.scope) for part in injected(binding.value))
