"""Entry points: the functions that something outside the project runs, and how."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from txlint.facts import records as r
from txlint.frameworks.catalog import RegistrationEntry, RoleEntry
from txlint.project.calls import OWN, Entry, Opening, Site
from txlint.project.edges import Resolver
from txlint.project.implicit import Hook
from txlint.project.model import Cls, Func, Module, nested
from txlint.project.typenames import instance_of
from txlint.project.types import ExtInst, Fn, Inst, Obj, ParamValue, Types
from txlint.project.wording import in_words

ENTRY_KINDS = frozenset(
    {"view", "task", "flow", "receiver", "command", "admin-action", "admin-hook", "consumer", "middleware", "startup"}
    | {"error-handler", "migration", "test", "fixture", "task-signal", "session-event", "request-end", "event-handler"}
    | {"framework-hook"}
)


class Roles:
    """Finds entry points by decorators, class hierarchies, registrations and hooks."""

    def __init__(self, resolver: Resolver, modules: dict[str, Module]) -> None:
        self._resolver, self._inference = resolver, resolver.inference
        self._modules = modules
        self._handler_names = self._handled()

    def entries(self, sites: Iterable[Site]) -> Iterator[Entry]:
        """All entry points, those found in several ways several times."""
        for module in self._modules.values():
            for func in module.functions:
                yield from self._decorated(func)
            for cls in module.classes:
                yield from self._of_class(cls)
                yield from self._in_body(cls)
        yield from self._administered()
        for site in sites:
            for entry, _ in self._resolver.meanings.registrations(site.call, site.types):
                yield from self._registered(entry, site)
            yield from self._called(site)

    def _called(self, site: Site) -> Iterator[Entry]:
        """A function that a decorator is called with: `app.event("message")(answer)`."""
        if not isinstance(site.call.func, r.Call) or len(site.call.args) != 1:
            return
        for role in self._inference.decorators.roles_of(site.call.func, site.func):
            if role.role in ENTRY_KINDS and role.role != "receiver":
                for one in self._inference.infer(site.call.args[0].value, site.func):
                    func = one.func if isinstance(one, Fn) else None
                    if func is not None:
                        yield Entry(func, role.role, f"{role.role} by its decorator", (), False, func.record.is_async)

    def _administered(self) -> Iterator[Entry]:
        """What an admin class of the framework's own runs for the models that are registered without another one."""
        for found in self._inference.catalog.roles:
            role = found.entry
            names = role.of if isinstance(role, RoleEntry) and role.role == "admin-hook" else ()
            for name in names:
                for model in self._inference.administered.plain:
                    on = ExtInst(name, instance_of(model))
                    for method in role.methods if isinstance(role, RoleEntry) else ():
                        for hook in self._resolver.implicit.hooks(on, name, method, set()):
                            scope = model.cls.parent if isinstance(model, Obj) else hook.func
                            opened = self._wrapped((name,), hook.within, scope, hook.func.record.line) or _own(scope, hook)
                            why = f"admin-hook of {in_words(model)}, {hook.via}"
                            yield Entry(hook.func, "admin-hook", why, opened)

    def conventional(self, called: set[Func]) -> Iterator[Entry]:
        """Top-level functions, and methods of views, that nothing calls and whose first parameter's name gives them a role."""
        catalogued = (found.entry for found in self._inference.catalog.roles)
        names = {one.first_parameter: one.role for one in catalogued if isinstance(one, RoleEntry)}
        for module in self._modules.values():
            for func in module.functions:
                role = names.get(self._first_parameter(func)) if func not in called else None
                if role and func.parent is module.top and func.cls is None and func.record.name != "<lambda>":
                    yield Entry(func, role, f"{role} by the name of its parameter", (), False, func.record.is_async)
                elif role and func.cls is not None and role in self._inference.lineages.roles(func.cls):
                    why, non_atomic = f"{role} {func.record.qualname} by the name of its parameter", self._opted_out(func)
                    yield Entry(func, role, why, (), non_atomic, func.record.is_async)

    def _first_parameter(self, func: Func) -> str:
        """The name of what a function takes first, after `self`; of a method that takes anything, as the bases have it."""
        if func.cls is None or func.is_static:
            return func.record.params[0].name if func.record.params else ""
        every = (one.methods.get(func.record.name) for one in self._inference.lineages.of(func.cls).classes)
        params = (one.record.params[1:2] for one in every if one is not None)
        return next((one[0].name for one in params if one and not one[0].kind.startswith("*")), "")

    def _opted_out(self, method: Func) -> bool:
        """Whether a method or its class has no transaction of the request's."""
        roles = self._inference.decorators.roles(method)
        return any(one.role == "non-atomic" for one in roles) or (method.cls and self._class_is_non_atomic(method.cls)) is True

    def _decorated(self, func: Func) -> Iterator[Entry]:
        roles = self._inference.decorators.roles(func)
        non_atomic = any(role.role == "non-atomic" for role in roles)
        wrappers = self._resolver.openers.wrappings.of(func).wrappers if func.record.decorators else ()
        opened = self._framework(func.cls, func.record.name) if func.cls is not None else ()
        for role in (*roles, *(role for one in wrappers for role in self._inference.decorators.roles(one))):
            if role.role in ENTRY_KINDS:
                why, is_async = f"{role.role} by its decorator", func.record.is_async
                yield Entry(func, role.role, why, opened, non_atomic, is_async, role.answers_errors)

    def _of_class(self, cls: Cls) -> Iterator[Entry]:
        external = self._inference.lineages.of(cls).external
        if not external:
            return
        non_atomic = self._class_is_non_atomic(cls)
        yield from self._listed(cls, non_atomic)
        seen: set[tuple[Func, str, str]] = set()
        for found in self._inference.catalog.roles:
            role = found.entry
            if not isinstance(role, RoleEntry) or role.role not in ENTRY_KINDS or not role.methods:
                continue
            if not any(self._inference.catalog.canonical(owner) in external for owner in role.of):
                continue
            for entry in self._of_methods(cls, role, non_atomic):
                key = entry.func, entry.kind, entry.opened[0].boundary if entry.opened else ""
                if key not in seen:
                    seen.add(key)
                    yield entry

    def _in_body(self, cls: Cls) -> Iterator[Entry]:
        """What the calls in the body of a class register: `operations = [RunPython(forwards)]`."""
        for call in nested(cls.record.body):
            types = self._inference.infer(call.func, cls.parent)
            for entry, _ in self._resolver.meanings.registrations(call, types):
                yield from self._registered(entry, Site(call, cls.parent, types, (), (), (), ()))

    def _of_methods(self, cls: Cls, role: RoleEntry, non_atomic: bool) -> Iterator[Entry]:
        on = Inst(cls)
        above = self._inference.lineages.of(cls).classes
        for method in self._meant(cls, role.methods):
            for one in self._inference.members.one(on, method):
                if isinstance(one, Fn) and (one.func.cls is None or one.func.cls in above):  # a class below has its own entry
                    func, why = one.func, f"{role.role} {cls.record.name}.{method}"
                    if func.cls is not None and func.cls is not cls:
                        why = f"{role.role} {func.cls.record.name}.{method} as {cls.record.name} has it"
                    opened = self._framework(cls, method)
                    yield Entry(func, role.role, why, opened, non_atomic, func.record.is_async, role.answers_errors)
            calling: dict[tuple[str, ...], str] = {}
            for owner in self._inference.lineages.of(cls).external:  # Most call what the class calls that they derive from.
                calling.setdefault(self._inference.catalog.hooks(owner, method), owner)
            for owner in calling.values():
                for hook in self._resolver.implicit.hooks(on, owner, method, set()):
                    func, why = hook.func, f"{role.role} {cls.record.name}, {hook.via}"
                    opened = self._framework(cls, hook.within) or _own(cls.parent, hook)
                    yield Entry(func, role.role, why, opened, non_atomic, func.record.is_async, role.answers_errors)

    def _meant(self, cls: Cls, methods: tuple[str, ...]) -> Iterator[str]:
        """The methods of a role; for `resolve_*` those of the project's classes that begin so."""
        every = [name for owner in self._inference.lineages.of(cls).classes for name in owner.methods]
        for name in methods:
            if name.endswith("*"):
                yield from dict.fromkeys(one for one in every if one.startswith(name[:-1]))
            else:
                yield name

    def _listed(self, cls: Cls, non_atomic: bool) -> Iterator[Entry]:
        """Functions and methods that a class attribute lists (`actions = [...]`)."""
        for name in self._inference.lineages.of(cls).external:
            entry = self._inference.catalog.classes.get(name)
            for attribute, role in entry.registers.items() if entry else ():
                for binding in cls.bindings.get(attribute, ()):
                    for one in binding.value.items if isinstance(binding.value, r.Seq) else ():
                        func = cls.methods.get(str(one.value)) if isinstance(one, r.Const) else None
                        found = [value.func for value in self._inference.infer(one, binding.scope) if isinstance(value, Fn)]
                        for target in (func, *found):
                            if target is not None:
                                yield Entry(target, role, f"{role} of {cls.record.name}", (), non_atomic)

    def _framework(self, cls: Cls, method: str) -> tuple[Opening, ...]:
        """What the framework itself opens around a method that it calls."""
        return self._wrapped(self._inference.lineages.of(cls).external, method, cls.parent, cls.record.line)

    def _wrapped(self, owners: tuple[str, ...], method: str, scope: Func, line: int) -> tuple[Opening, ...]:
        for name in owners:
            entry = self._inference.catalog.classes.get(name)
            if entry and entry.wraps and (method in entry.wrapped or "*" in entry.wrapped):
                text = f"{name.rpartition('.')[2]} runs {method} in a transaction"
                return (Opening(entry.wraps, "django", "default", scope, line, text),)
        return ()

    def _class_is_non_atomic(self, cls: Cls) -> bool:
        for owner in self._inference.lineages.of(cls).classes:
            for decorator in owner.record.decorators:
                if isinstance(decorator, r.Call) and any(self._is_non_atomic(arg.value, cls.parent) for arg in decorator.args):
                    return True
            if "dispatch" in owner.methods:
                func = owner.methods["dispatch"]
                for decorator in func.record.decorators:
                    inner = [arg.value for arg in decorator.args] if isinstance(decorator, r.Call) else [decorator]
                    if any(self._is_non_atomic(one, cls.parent) for one in inner):
                        return True
        return False

    def _is_non_atomic(self, expr: r.Expr, scope: Func) -> bool:
        return any(role.role == "non-atomic" for role in self._inference.decorators.roles_of(expr, scope))

    def _registered(self, entry: RegistrationEntry, site: Site) -> Iterator[Entry]:
        if entry.role not in ENTRY_KINDS or entry.role == "receiver":
            return
        yield from self._made(site, entry)
        for one in self._views(site, entry):
            match one:
                case Fn(func):
                    roles = self._inference.decorators.roles(func)
                    non_atomic = any(role.role == "non-atomic" for role in roles) or self._wrapped_non_atomic(site, entry)
                    yield Entry(
                        func,
                        entry.role,
                        f"{entry.role} registered in {site.func.module.path}",
                        (),
                        non_atomic,
                        func.record.is_async,
                    )
                case Inst():
                    for called in self._inference.members.one(one, "__call__"):
                        if isinstance(called, Fn):
                            why = f"{entry.role} {one.cls.record.name} registered in {site.func.module.path}"
                            yield Entry(called.func, entry.role, why, (), False, called.func.record.is_async)
                case ParamValue(maker, name):
                    for func in self._given_to.get((maker, name), ()):
                        why = f"{entry.role} registered by its decorator"
                        yield Entry(func, entry.role, why, (), False, func.record.is_async)

    @cached_property
    def _given_to(self) -> dict[tuple[Func, str], list[Func]]:
        """The functions that each of the project's own decorators is put on, by the parameter that it gets them in."""
        found: dict[tuple[Func, str], list[Func]] = {}
        for func in (one for module in self._modules.values() for one in module.functions if one.record.decorators):
            for decorator in func.record.decorators:
                callee = decorator.func if isinstance(decorator, r.Call) else decorator
                for one in self._inference.infer(callee, func.parent or func):
                    for maker in _applied(one.func, decorator) if isinstance(one, Fn) else ():
                        for name in [param.name for param in maker.record.params if param.name not in ("self", "cls")][:1]:
                            found.setdefault((maker, name), []).append(func)
        return found

    def _made(self, site: Site, entry: RegistrationEntry) -> Iterator[Entry]:
        """The methods of a class that is registered through its factory, also where its bases are not known."""
        given = _given(site, entry)
        while isinstance(given, r.Call) and given.args and not isinstance(given.args[0].value, r.Const):
            given = given.args[0].value  # decorated where it is registered
        path = given.func.path if isinstance(given, r.Call) and isinstance(given.func, r.Name) else ""
        owner, _, method = path.rpartition(".")
        if not owner or method != entry.factory:
            return
        for one in self._inference.name(owner, site.func):
            if isinstance(one, Obj):
                non_atomic = self._class_is_non_atomic(one.cls) or self._wrapped_non_atomic(site, entry)
                for cls in self._inference.lineages.of(one.cls).classes:
                    for name, func in cls.methods.items():
                        if name in self._handler_names:
                            yield Entry(
                                func,
                                entry.role,
                                f"{entry.role} {one.cls.record.name}.{name}",
                                self._framework(one.cls, name),
                                non_atomic,
                                func.record.is_async,
                            )

    def _handled(self) -> frozenset[str]:
        """The methods that the catalogue's views have, and the hooks that these call."""
        catalog = self._inference.catalog
        views = [name for name in catalog.classes if "view" in catalog.class_roles(name)]
        hooks = (hook for name in views for group in catalog.classes[name].calls.values() for hook in group if "." not in hook)
        roles = (found.entry for found in catalog.roles)
        methods = (method for role in roles if isinstance(role, RoleEntry) and role.role == "view" for method in role.methods)
        return frozenset((*hooks, *methods)) - {"get_queryset", "get_object", "get_context_data", "get_serializer_class"}

    def _wrapped_non_atomic(self, site: Site, entry: RegistrationEntry) -> bool:
        given = _given(site, entry)
        return isinstance(given, r.Call) and self._is_non_atomic(given.func, site.func)

    def _views(self, site: Site, entry: RegistrationEntry) -> Types:
        found = self._inference.argument(site.call, entry.argument, site.func)
        if found:
            back = [which for which, meaning in entry.arguments.items() if meaning == "reverse"]
            more = [one for which in back for one in self._inference.argument(site.call, which, site.func)]
            return tuple(dict.fromkeys((*found, *more)))
        given = _given(site, entry)
        while isinstance(given, r.Call) and given.args:  # decorated where it is registered: csrf_exempt(view)
            given = given.args[0].value
            found = self._inference.infer(given, site.func)
            if any(isinstance(one, Fn) for one in found):
                return found
        return ()


def _own(scope: Func, hook: Hook) -> tuple[Opening, ...]:
    """The transaction that a framework's method opens itself around what it runs."""
    text = f"`{hook.within}` opens a transaction of its own"
    return (Opening(OWN, "django", "default", scope, hook.func.record.line, text),) if hook.protected else ()


def _applied(maker: Func, decorator: r.Expr) -> tuple[Func, ...]:
    """The functions that may be given what is decorated: the decorator or, of one with arguments, those defined in it."""
    if not isinstance(decorator, r.Call):
        return (maker,)
    return tuple(inner for inner in maker.module.functions if inner.parent is maker)


def _given(site: Site, entry: RegistrationEntry) -> r.Expr | None:
    """What stands where a call takes what it registers."""
    args = site.call.args
    return args[entry.argument].value if isinstance(entry.argument, int) and len(args) > entry.argument else None
