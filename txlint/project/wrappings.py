"""What decorators do to the functions below them: read off the place where a decorator's wrapper calls what it was given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from txlint.facts import records as r
from txlint.frameworks.catalog import BoundaryEntry, RoleEntry
from txlint.frameworks.index import Found
from txlint.project.calls import Opening, Site
from txlint.project.effects import Meanings
from txlint.project.inference import Inference
from txlint.project.lineage import written
from txlint.project.model import Cls, Func
from txlint.project.types import Context, Ext, ExtClass, Fn, Obj, ParamValue, Type

if TYPE_CHECKING:
    from txlint.project.openers import Openers

_REGISTERING = frozenset({"task", "receiver"})
_ENTERED = frozenset(
    {"view", "command", "consumer", "event-handler", "middleware", "error-handler", "startup", "task-signal", "request-end"}
)
"""Roles that a method of an application object registers: `@router.post(...)`."""
_ORDER = ("now", "commit", "response", "thread", "worker", "never", "unknown")


@dataclass(frozen=True, slots=True)
class Wrapping:
    """What the decorators of a function do to it: what they open around it, and when they run it."""

    opened: tuple[Opening, ...] = ()
    when: str = "now"
    wrappers: tuple[Func, ...] = ()
    """The project's functions that stand in for it."""
    above: tuple[Opening, ...] = ()
    """Opened by decorators above the one that registers the function: not in force for what is registered (rule TX111)."""


class Wrappings:
    """Reads the decorators of functions; what a wrapper opens is what is open where it calls the function."""

    def __init__(self, inference: Inference, meanings: Meanings, openers: Openers) -> None:
        self._inference, self._meanings, self._openers = inference, meanings, openers
        self._found: dict[Func, Wrapping] = {}

    def of(self, func: Func) -> Wrapping:
        """What the decorators of a function do to it."""
        if func not in self._found:
            self._found[func] = Wrapping()
            self._found[func] = self._of(func)
        return self._found[func]

    def _of(self, func: Func) -> Wrapping:
        opened: list[Opening] = []
        above: list[Opening] = []
        wrappers: list[Func] = []
        when, registered = "now", False
        scope = func.parent or func
        for decorator in reversed(func.record.decorators):
            one = self.of_decorator(decorator, scope)
            if registered:
                line = decorator.line if isinstance(decorator, r.Call) else scope_line(decorator, scope)
                above += [inner.through(scope, line, written(decorator)) for inner in reversed(one.opened)]
            else:
                opened += reversed(one.opened)
            wrappers += one.wrappers
            when = max(when, one.when, key=_ORDER.index)
            registered = registered or any(_registers(role) for role in self._inference.decorators.roles_of(decorator, scope))
        if func.cls:
            opened += self._class_wide(func, func.cls)
        return Wrapping(tuple(reversed(opened)), when, tuple(wrappers), tuple(above))

    def _class_wide(self, func: Func, cls: Cls) -> list[Opening]:
        """Decorators that a class decorator puts around the method it names, or around what dispatches to it."""
        found: list[Opening] = []
        catalog, external = self._inference.catalog, self._inference.lineages.of(cls).external
        whole = catalog.words["through"]
        is_dispatched = any(func.record.name in catalog.hooks(name, each) for name in external for each in whole)
        for owner in self._inference.lineages.of(cls).classes:
            for own in (owner.methods[name] for name in whole if name in owner.methods):
                if own is not func and is_dispatched:
                    found += (one for each in own.record.decorators for one in self.of_decorator(each, owner.parent).opened)
            for decorator in owner.record.decorators:
                if not isinstance(decorator, r.Call):
                    continue
                target = _named_method(decorator)
                if target == func.record.name or (target in whole and is_dispatched):
                    found += self.of_decorator(decorator, owner.parent).opened
        return found

    def of_decorator(self, decorator: r.Expr, scope: Func, depth: int = 0, applied: int = 0) -> Wrapping:
        """What one decorator does to the function below it; one that another applies stands in the line `applied`."""
        if depth > 4:
            return Wrapping()
        call = decorator if isinstance(decorator, r.Call) else None
        callee = call.func if call else decorator
        types = self._inference.infer(callee, scope)
        for one in types:
            for found in self._boundaries(one):
                line = call.line if call else applied or scope_line(decorator, scope)
                return Wrapping((self._meanings.opening(found, decorator, scope, line=line),))
            if (
                call
                and any(role.role == "applies-decorator" for role in self._inference.decorators.roles_of(decorator, scope))
                and call.args
            ):
                return self.of_decorator(call.args[0].value, scope, depth + 1, call.line)
            if isinstance(one, Fn):
                return self._of_function(one.func, call, scope)
            if isinstance(one, Obj) and (opened := self._openers.of_class(one.cls)):
                line = call.line if call else one.cls.record.line
                return Wrapping(tuple(inner.through(scope, line, written(decorator)) for inner in opened))
            if isinstance(one, Obj) and call and (called := one.cls.methods.get("__call__")):
                return self._around_parameter(called, call, scope)
        return Wrapping()

    def _boundaries(self, one: Type) -> list[Found]:
        name = one.name if isinstance(one, Ext | ExtClass) else ""
        entries = self._inference.catalog.of_function(name) if name else []
        return [found for found in entries if isinstance(found.entry, BoundaryEntry) and found.entry.decorator]

    def _of_function(self, decorator: Func, call: r.Call | None, scope: Func) -> Wrapping:
        if call is not None and self._inference.decorators.is_context_manager(decorator):
            opened = tuple(one.through(scope, call.line, written(call), call) for one in self._openers.of_generator(decorator))
            return Wrapping(opened)
        inner = decorator
        if call is not None:
            returned = [one for value in decorator.returns for one in self._inference.infer(value, decorator)]
            if any(isinstance(one, Context) for one in returned):
                return Wrapping(self._openers.returned(decorator, 1))
            inner = next((one.func for one in returned if isinstance(one, Fn) and one.func.parent is decorator), decorator)
            opened = self._openers.returned(decorator, 1)
            if opened and inner is decorator:
                return Wrapping(tuple(one.through(scope, call.line, written(call), call) for one in opened))
        return self._around_parameter(inner, call, scope)

    def _around_parameter(self, decorator: Func, call: r.Call | None, scope: Func) -> Wrapping:
        """What is open, and when it is, where the wrapper calls the function that it was given."""
        params = [one for one in decorator.record.params if one.name not in ("self", "cls")]
        if not params:
            return Wrapping()
        value = ParamValue(decorator, params[0].name)
        best: Wrapping | None = None
        for inner in _nested(decorator):
            for site in self._openers.body(inner).sites:
                when = self._runs(site, value, inner)
                if when is None:
                    continue
                line, text = (call.line, written(call)) if call else (decorator.record.line, f"@{decorator.record.name}")
                opened = tuple(one.through(scope if call else decorator, line, text, call) for one in site.opened)
                outer = self._deferred_in(inner, decorator)
                when = max(when, outer, key=_ORDER.index)
                if best is None or len(opened) > len(best.opened) or _ORDER.index(when) > _ORDER.index(best.when):
                    best = Wrapping(opened, when, (inner,))
        return best or Wrapping()

    def _runs(self, site: Site, value: ParamValue, inner: Func) -> str | None:
        """When a site runs the given callable: because it calls it, or hands it to something that does."""
        if value in site.types:
            return "now"
        for edge in site.edges:
            if edge.func.record.name == "<lambda>" and any(value in one.types for one in self._openers.body(edge.func).sites):
                return edge.when
        for arg in site.call.args:
            if value in self._inference.infer(arg.value, inner) or any(
                getattr(one, "of", None) == value for one in self._inference.infer(arg.value, inner)
            ):
                entries = self._meanings.callbacks(site.call, site.types)
                return next((entry.when for entry, _ in entries if entry.when in _ORDER), None)
        return None

    def _deferred_in(self, inner: Func, decorator: Func) -> str:
        """A nested function that is itself handed over runs when the one who takes it says."""
        if inner.parent is None or inner.parent is decorator:
            return "now"
        for site in self._openers.body(inner.parent).sites:
            for edge in site.edges:
                if edge.func is inner:
                    return edge.when
        return "now"


def _nested(func: Func) -> list[Func]:
    """The functions defined in a function, at any depth; lambdas excluded."""
    found = []
    for one in func.module.functions:
        outer = one.parent
        while outer is not None and outer is not func:
            outer = outer.parent
        if outer is func and one.record.name != "<lambda>":
            found.append(one)
    return found


def _registers(role: RoleEntry) -> bool:
    """Whether a decorator hands the function below it to somebody else, so that decorators above it come too late."""
    return role.role in _REGISTERING or (bool(role.decorator_methods) and role.role in _ENTERED)


def _named_method(decorator: r.Call) -> str | None:
    named = next((arg.value for arg in decorator.args if arg.keyword == "name"), None)
    if named is None and len(decorator.args) > 1 and decorator.args[1].keyword is None:
        named = decorator.args[1].value
    return str(named.value) if isinstance(named, r.Const) else None


def scope_line(decorator: r.Expr, scope: Func) -> int:
    """Line of a decorator that is no call: looked up through the function below it."""
    for func in scope.module.functions:
        for position, one in enumerate(func.record.decorators):
            if one is decorator:
                return func.record.line - len(func.record.decorators) + position
    return scope.record.line
