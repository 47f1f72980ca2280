"""Inference of a project's own openers: context managers, decorators and factories that open a transaction inside.

Nobody spells these in a configuration: what `with unit():` opens is read off the body of `unit`, what `@transactional` puts
around a function off the place where the decorator's wrapper calls it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.frameworks.catalog import BoundaryEntry, CallbackEntry, RoleEntry
from txlint.project.calls import Opening, Site
from txlint.project.effects import Meanings
from txlint.project.inference import Inference
from txlint.project.lineage import written
from txlint.project.model import Binding, Cls, Func
from txlint.project.sites import Body, BodyWalker
from txlint.project.types import Context, Ext, ExtClass, Fn, Inst, Obj, ParamValue, Type

_REGISTERING = frozenset({"task", "receiver"})
_ENTERED = frozenset({"view", "command", "consumer", "middleware", "error-handler", "startup", "task-signal"})
"""Roles that a method of an application object registers: `@router.post(...)`."""
_ORDER = ("now", "commit", "response", "thread", "worker", "never")


@dataclass(frozen=True, slots=True)
class Wrapping:
    """What the decorators of a function do to it: what they open around it, and when they run it."""

    opened: tuple[Opening, ...] = ()
    when: str = "now"
    wrappers: tuple[Func, ...] = ()
    """The project's functions that stand in for it."""
    above: tuple[Opening, ...] = ()
    """Opened by decorators above the one that registers the function: not in force for what is registered (rule TX111)."""


class Openers:
    """Walks function bodies on demand, so that what one opens can depend on what another one opens."""

    def __init__(self, inference: Inference, meanings: Meanings, resolve: Callable[[Site], None]) -> None:
        self._inference, self._meanings, self._resolve = inference, meanings, resolve
        self._bodies: dict[Func, Body | None] = {}
        self._wrappings: dict[Func, Wrapping] = {}

    def body(self, func: Func) -> Body:
        """The calls of a function with the regions around them."""
        if func not in self._bodies:
            self._bodies[func] = None
            self._bodies[func] = BodyWalker(func, self.of_item, self._resolve).walk(self.wrapping(func).opened)
        return self._bodies[func] or Body(func)

    # --- with ----------------------------------------------------------------------------------------------------------

    def of_item(self, expr: r.Expr, scope: Func, depth: int = 0) -> tuple[Opening, ...]:
        """What `with expr` opens."""
        match expr:
            case _ if depth > 6:
                return ()
            case r.Call():
                return self._of_call(expr, scope, depth)
            case r.Choice(options):
                groups = [self.of_item(one, scope, depth + 1) for one in options]
                return tuple(_weakened(one, all(groups)) for group in groups for one in group)[:2]
            case r.Name():
                for binding in self._bindings(expr, scope):
                    given = binding.value if binding.how == "value" else None
                    if given is not None and (found := self.of_item(given, binding.scope, depth + 1)):
                        return found
        return ()

    def _bindings(self, name: r.Name, scope: Func) -> list[Binding]:
        first, _, rest = name.path.partition(".")
        if not rest:
            return scope.bindings.get(first) or scope.module.top.bindings.get(first) or []
        owner = scope.self_class
        return owner.instance.get(rest, []) if owner and first == "self" else []

    def _of_call(self, call: r.Call, scope: Func, depth: int) -> tuple[Opening, ...]:
        types = self._inference.infer(call.func, scope)
        if found := self._meanings.openings(call, types, scope):
            return found
        for one in types:
            inner: tuple[Opening, ...] = ()
            match one:
                case Fn(func) if self._inference.decorators.is_context_manager(func):
                    inner = self.of_generator(func)
                case Fn(func):
                    inner = self._returned(func, depth)
                case Obj(cls):
                    inner = self.of_class(cls)
                case Ext(name) | ExtClass(name):
                    inner = self._of_transparent(name, call, scope, depth)
            if inner:
                text = written(call)
                return tuple(self._through(one, call.line, text, scope, call) for one in inner)
        return ()

    def _through(self, inner: Opening, line: int, text: str, scope: Func, call: r.Call | None = None) -> Opening:
        if inner.func is scope and inner.line == line:
            return inner
        alias = inner.alias
        if alias.startswith("<") and call is not None:
            given = next((arg.value for arg in call.args if arg.keyword == alias[1:-1]), None)
            alias = str(given.value) if isinstance(given, r.Const) and isinstance(given.value, str) else alias
        return Opening(
            inner.boundary, inner.family, alias, scope, line, text, inner.commits, inner.certain, (inner,), inner.value
        )

    def of_generator(self, func: Func) -> tuple[Opening, ...]:
        """What is open at the `yield` of a generator-based context manager."""
        yields = self.body(func).yields
        if not yields:
            return ()
        best = max(yields, key=len)
        return best if all(yields) else tuple(_weakened(one, False) for one in best)

    def _returned(self, func: Func, depth: int) -> tuple[Opening, ...]:
        groups = [self.of_item(one, func, depth + 1) for one in func.returns]
        return tuple(_weakened(one, all(groups)) for group in groups for one in group)[:2]

    def of_class(self, cls: Cls) -> tuple[Opening, ...]:
        """What a class-based context manager opens: by an ancestor in the catalogue, or by entering an opener itself."""
        for name in self._inference.lineages.of(cls).external:
            for found in self._inference.catalog.of_function(name):
                if isinstance(found.entry, BoundaryEntry):
                    return (self._meanings.opening(found, r.Name(cls.record.name), cls.parent, line=cls.record.line),)
        for name in ("__enter__", "__aenter__"):
            for one in self._inference.members.one(Inst(cls), name):
                if isinstance(one, Fn):
                    for site in self.body(one.func).sites:
                        if isinstance(site.call.func, r.Name) and site.call.func.path.endswith((".__enter__", ".__aenter__")):
                            owner = r.Name(site.call.func.path.rpartition(".")[0])
                            if opened := self.of_item(owner, one.func, 1):
                                return tuple(self._through(inner, site.line, written(owner), one.func) for inner in opened)
        return ()

    def _of_transparent(self, name: str, call: r.Call, scope: Func, depth: int) -> tuple[Opening, ...]:
        """`stack.enter_context(x)`, `closing(x)`: what their argument opens."""
        entries = self._inference.catalog.of_function(name)
        if call.args and any(isinstance(one.entry, CallbackEntry) and one.entry.when == "enters" for one in entries):
            return self.of_item(call.args[0].value, scope, depth + 1)
        return ()

    # --- decorators ----------------------------------------------------------------------------------------------------

    def wrapping(self, func: Func) -> Wrapping:
        """What the decorators of a function do to it."""
        if func not in self._wrappings:
            self._wrappings[func] = Wrapping()
            self._wrappings[func] = self._wrapping(func)
        return self._wrappings[func]

    def _wrapping(self, func: Func) -> Wrapping:
        opened: list[Opening] = []
        above: list[Opening] = []
        wrappers: list[Func] = []
        when, registered = "now", False
        scope = func.parent or func
        for decorator in reversed(func.record.decorators):
            one = self.of_decorator(decorator, scope)
            if registered:
                line = decorator.line if isinstance(decorator, r.Call) else scope_line(decorator, scope)
                above += [self._through(inner, line, written(decorator), scope) for inner in reversed(one.opened)]
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
        hooks = self._inference.lineages.of(cls).external
        dispatched = {hook for name in hooks for hook in self._inference.catalog.hooks(name, "dispatch")}
        for owner in self._inference.lineages.of(cls).classes:
            for decorator in owner.record.decorators:
                if not isinstance(decorator, r.Call):
                    continue
                target = _named_method(decorator)
                if target == func.record.name or (target == "dispatch" and func.record.name in dispatched):
                    found += self.of_decorator(decorator, owner.parent).opened
        return found

    def of_decorator(self, decorator: r.Expr, scope: Func, depth: int = 0) -> Wrapping:
        """What one decorator does to the function below it."""
        if depth > 4:
            return Wrapping()
        call = decorator if isinstance(decorator, r.Call) else None
        callee = call.func if call else decorator
        types = self._inference.infer(callee, scope)
        for one in types:
            for found in self._boundaries(one):
                line = call.line if call else scope_line(decorator, scope)
                return Wrapping((self._meanings.opening(found, decorator, scope, line=line),))
            if (
                call
                and any(role.role == "applies-decorator" for role in self._inference.decorators.roles_of(decorator, scope))
                and call.args
            ):
                return self.of_decorator(call.args[0].value, scope, depth + 1)
            if isinstance(one, Fn):
                return self._of_function(one.func, call, scope)
            if isinstance(one, Obj) and (opened := self.of_class(one.cls)):
                line = call.line if call else one.cls.record.line
                return Wrapping(tuple(self._through(inner, line, written(decorator), scope) for inner in opened))
        return Wrapping()

    def _boundaries(self, one: Type) -> list:  # type: ignore[type-arg]
        name = one.name if isinstance(one, Ext | ExtClass) else ""
        entries = self._inference.catalog.of_function(name) if name else []
        return [found for found in entries if isinstance(found.entry, BoundaryEntry) and found.entry.decorator]

    def _of_function(self, decorator: Func, call: r.Call | None, scope: Func) -> Wrapping:
        if call is not None and self._inference.decorators.is_context_manager(decorator):
            opened = tuple(self._through(one, call.line, written(call), scope, call) for one in self.of_generator(decorator))
            return Wrapping(opened)
        inner = decorator
        if call is not None:
            returned = [one for value in decorator.returns for one in self._inference.infer(value, decorator)]
            if any(isinstance(one, Context) for one in returned):
                return Wrapping(self._returned(decorator, 1))
            inner = next((one.func for one in returned if isinstance(one, Fn) and one.func.parent is decorator), decorator)
            opened = self._returned(decorator, 1)
            if opened and inner is decorator:
                return Wrapping(tuple(self._through(one, call.line, written(call), scope, call) for one in opened))
        return self._around_parameter(inner, call, scope)

    def _around_parameter(self, decorator: Func, call: r.Call | None, scope: Func) -> Wrapping:
        """What is open, and when it is, where the wrapper calls the function that it was given."""
        params = [one for one in decorator.record.params if one.name not in ("self", "cls")]
        if not params:
            return Wrapping()
        value = ParamValue(decorator, params[0].name)
        best: Wrapping | None = None
        for inner in self.nested(decorator):
            for site in self.body(inner).sites:
                when = self._runs(site, value, inner)
                if when is None:
                    continue
                line, text = (call.line, written(call)) if call else (decorator.record.line, f"@{decorator.record.name}")
                opened = tuple(self._through(one, line, text, scope if call else decorator, call) for one in site.opened)
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
            if edge.func.record.name == "<lambda>" and any(value in one.types for one in self.body(edge.func).sites):
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
        for site in self.body(inner.parent).sites:
            for edge in site.edges:
                if edge.func is inner:
                    return edge.when
        return "now"

    def nested(self, func: Func) -> list[Func]:
        """The functions defined in a function, at any depth; lambdas excluded."""
        found = []
        for one in func.module.functions:
            outer = one.parent
            while outer is not None and outer is not func:
                outer = outer.parent
            if outer is func and one.record.name != "<lambda>":
                found.append(one)
        return found


def _weakened(one: Opening, certain: bool) -> Opening:
    if certain:
        return one
    return Opening(one.boundary, one.family, one.alias, one.func, one.line, one.text, one.commits, False, one.within, one.value)


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
