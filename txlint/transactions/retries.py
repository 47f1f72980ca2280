"""Which tasks run again when they fail: what their decorators ask for, and what their bodies do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from txlint.facts import records as r
from txlint.frameworks.catalog import RoleEntry
from txlint.project.calls import Site, nested_statements, written_receiver
from txlint.project.model import Func, arguments, expressions, walk
from txlint.project.project import Project
from txlint.project.types import ExtInst, Inst, Obj

_KINDS = frozenset({"task", "flow"})
_NOTHING = (r.Const(None), r.Const(0), r.Const(False), r.Seq(()))


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """What a task's decorator and body say about running it again."""

    func: Func
    decorator: r.Expr
    options: tuple[str, ...] = ()
    """Arguments that only say how it is retried, as written."""
    retries: str = ""
    """The argument that has it run again when it raises, as written."""
    redelivers: str = ""
    """The argument that has it run again when its worker dies, as written."""
    by_hand: tuple[Site, ...] = ()
    """Calls in its body that ask for another run."""
    certain: bool = True
    """False where something else may decide: unread arguments, a base class, another decorator, `self` handed on."""
    elsewhere: tuple[Site, ...] = ()
    """Such calls in functions that it hands itself to."""
    triggers: tuple[str, ...] = ()
    """What would have it run again, as one would write it."""

    @property
    def runs_again(self) -> str:
        """Why it runs again after an error, as written; empty where nothing says so."""
        asked = (*self.by_hand, *self.elsewhere)
        return self.retries or (f"{written_receiver(asked[0].call)[1]}()" if asked else "")


@dataclass(slots=True)
class _Reading:
    """What has been read of one decorator."""

    options: list[str] = field(default_factory=list)
    retries: str = ""
    redelivers: str = ""
    certain: bool = True


class Retries:
    """Reads the policies of a project's tasks."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._methods = {name for one in project.catalog.effects() if one.effect == "retry" for name in one.methods}
        self._configured = any(arg.keyword == "task_cls" for site in project.sites() for arg in site.call.args)

    def of(self, func: Func) -> RetryPolicy | None:
        """The policy of a task; None for any other function."""
        for decorator in func.record.decorators:
            for role in self._project.inference.decorators.roles_of(decorator, func.parent or func):
                if role.role in _KINDS:
                    return self._read(func, decorator, role)
        return None

    def _read(self, func: Func, decorator: r.Expr, role: RoleEntry) -> RetryPolicy:
        read = _Reading(certain=not self._configured and len(func.record.decorators) == 1)
        for arg in decorator.args if isinstance(decorator, r.Call) else ():
            self._argument(arg, role, read, func)
        by_hand = tuple(self._asked_for(func))
        certain = read.certain and not self._hands_self_on(func)
        triggers = [f"{name}=..." for name, meaning in role.arguments.items() if meaning == "retries"]
        triggers += [
            f"self.{name}()"
            for name in sorted(self._methods)
            if role.gives and self._project.catalog.of_method(role.gives, name)
        ]
        return RetryPolicy(
            func,
            decorator,
            tuple(read.options),
            read.retries,
            read.redelivers,
            by_hand,
            certain,
            tuple(self._asked_elsewhere(func)),
            tuple(triggers),
        )

    def _argument(self, arg: r.Arg, role: RoleEntry, read: _Reading, func: Func) -> None:
        if arg.star:
            read.certain = False
        elif arg.keyword is None or arg.value in _NOTHING:
            return
        elif (meaning := role.arguments.get(arg.keyword)) == "retries":
            read.retries = arg.keyword
        elif meaning == "redelivers":
            read.redelivers = arg.keyword
        elif meaning == "retry-option":
            read.options.append(arg.keyword)
        elif meaning == "base":
            self._base(arg.value, role, read, func)

    def _base(self, expr: r.Expr, role: RoleEntry, read: _Reading, func: Func) -> None:
        """The class of the task may say for all of its tasks that they run again."""
        found = [one.cls for one in self._project.inference.infer(expr, func) if isinstance(one, Obj)]
        if not found:
            read.certain = False
        for cls in found:
            lineage = self._project.inference.lineages.of(cls)
            read.certain = read.certain and not lineage.unknown
            for one in lineage.classes:
                for name in one.bindings:
                    if role.arguments.get(name) == "retries":
                        read.retries = name
                if any(name in one.methods for name in ("run", "__call__", "on_failure")):
                    read.certain = False

    def _asked_for(self, func: Func) -> Iterator[Site]:
        first = func.record.params[0].name if func.record.params else ""
        for site in self._project.bodies[func].sites:
            receiver, method = written_receiver(site.call)
            if any(effect.kind == "retry" for effect in site.effects) or (
                method in self._methods and receiver in (first, func.record.name)
            ):
                yield site

    def _asked_elsewhere(self, func: Func) -> Iterator[Site]:
        """The calls that ask for another run of a task in the functions which it gives itself to, and which hand it on."""
        if not func.record.params or func.record.params[0].name not in ("self", "task"):
            return
        seen, waiting = {func}, [(func, {func.record.params[0].name})]
        for here, own in waiting:
            for site in self._project.bodies[here].sites:
                receiver, method = written_receiver(site.call)
                if here is not func and method in self._methods and receiver in own:
                    yield site
                for edge in (one for one in site.edges if one.when == "now" and one.func not in seen):
                    handed = arguments(site.call, edge.func, False)
                    given = {name for name, value in handed if isinstance(value, r.Name) and value.path in own}
                    if given:
                        seen.add(edge.func)
                        waiting.append((edge.func, given))

    def _hands_self_on(self, func: Func) -> bool:
        """Whether a bound task gives itself to another function, which may ask for another run."""
        first = r.Name(func.record.params[0].name) if func.record.params else None
        bound = any(isinstance(one, ExtInst | Inst) for one in self._project.inference.infer(first, func)) if first else False
        name = first.path if first else ""
        if not bound and name not in ("self", "task"):
            return False
        return any(arg.value == first for site in self._project.bodies[func].sites for arg in site.call.args)

    # --- errors that nobody passes on --------------------------------------------------------------------------------------

    def swallowed(self, policy: RetryPolicy) -> Iterator[tuple[r.Handler, Site | None]]:
        """Handlers that keep an error from asking for another run; with the call that asks, where there is one."""
        func = policy.func
        for site in policy.by_hand:
            for node in site.tries:
                if (handler := self._catches_all(node, func)) is not None:
                    yield handler, site
        if policy.retries and not policy.by_hand and policy.certain:
            for node in _whole_body(func.record.body):
                if (handler := self._catches_all(node, func)) is not None:
                    yield handler, None

    def _catches_all(self, node: r.Try, func: Func) -> r.Handler | None:
        """The handler for every exception, where no handler passes anything on."""
        if any(isinstance(one, r.Raise) for handler in node.handlers for one in nested_statements(handler.body)):
            return None
        sites = self._project.bodies[func].by_call
        for handler in node.handlers:
            if not handler.types or any(one in (r.Name("Exception"), r.Name("BaseException")) for one in handler.types):
                asked = (site for one in nested_statements(handler.body) for site in _calls(one, sites))
                return None if any(written_receiver(site.call)[1] in self._methods for site in asked) else handler
        return None


def _calls(node: r.Stmt, sites: dict[int, Site]) -> Iterator[Site]:
    for expr in expressions(node):
        for part in walk(expr):
            if isinstance(part, r.Call) and id(part) in sites:
                yield sites[id(part)]


def _whole_body(body: tuple[r.Stmt, ...]) -> Iterator[r.Try]:
    """A `try` that all of a function's work stands in: nothing before or after it but names, imports and a returned name."""
    work = [one for one in body if not _idle(one)]
    if len(work) == 1:
        if isinstance(work[0], r.Try):
            yield work[0]
        elif isinstance(work[0], r.With):
            yield from _whole_body(work[0].body)


def _idle(node: r.Stmt) -> bool:
    match node:
        case r.Do(r.Const()) | r.Import() | r.Return():
            return True
        case r.Do(r.Call(func)):
            return isinstance(func, r.Name) and func.path.rpartition(".")[0].lower().endswith(("log", "logger", "logging"))
        case r.Assign():
            return True
    return False
