"""Entry points: the functions that something outside the project runs, and how."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from txlint.facts import records as r
from txlint.frameworks.catalog import RegistrationEntry, RoleEntry
from txlint.project.calls import Entry, Site
from txlint.project.edges import Resolver
from txlint.project.model import Cls, Func, Module, nested
from txlint.project.registrations import Registrations
from txlint.project.surroundings import Surroundings
from txlint.project.typenames import instance_of
from txlint.project.types import ExtInst, Fn, Inst, Obj
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
        self._surroundings = Surroundings(resolver.inference)
        self._registrations = Registrations(resolver.inference, modules, self._surroundings)

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
                            opened = self._surroundings.of_hook(name, scope, hook)
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
                    yield Entry(func, role, f"{role} by its parameter's name", (), False, func.record.is_async)
                elif role and func.cls is not None and role in self._inference.lineages.roles(func.cls):
                    why, non_atomic = (
                        f"{role} {func.record.qualname} by its parameter's name",
                        self._surroundings.is_non_atomic(func),
                    )
                    yield Entry(func, role, why, (), non_atomic, func.record.is_async)

    def _first_parameter(self, func: Func) -> str:
        """The name of what a function takes first, after `self`; of a method that takes anything, as the bases have it."""
        if func.cls is None or func.is_static:
            return func.record.params[0].name if func.record.params else ""
        every = (one.methods.get(func.record.name) for one in self._inference.lineages.of(func.cls).classes)
        params = (one.record.params[1:2] for one in every if one is not None)
        return next((one[0].name for one in params if one and not one[0].kind.startswith("*")), "")

    def _decorated(self, func: Func) -> Iterator[Entry]:
        roles = self._inference.decorators.roles(func)
        non_atomic = any(role.role == "non-atomic" for role in roles)
        wrappers = self._resolver.openers.wrappings.of(func).wrappers if func.record.decorators else ()
        opened = self._surroundings.opened(func.cls, func.record.name) if func.cls is not None else ()
        for role in (*roles, *(role for one in wrappers for role in self._inference.decorators.roles(one))):
            if role.role in ENTRY_KINDS:
                why, is_async = f"{role.role} by its decorator", func.record.is_async
                yield Entry(func, role.role, why, opened, non_atomic, is_async, role.answers_errors)

    def _of_class(self, cls: Cls) -> Iterator[Entry]:
        external = self._inference.lineages.of(cls).external
        if not external:
            return
        non_atomic = self._surroundings.class_is_non_atomic(cls)
        yield from self._listed(cls, non_atomic)
        seen: set[tuple[Func, str, str]] = set()
        for role, owners in self._of_owners:
            if owners.isdisjoint(external):
                continue
            for entry in self._of_methods(cls, role, non_atomic):
                key = entry.func, entry.kind, entry.opened[0].boundary if entry.opened else ""
                if key not in seen:
                    seen.add(key)
                    yield entry

    @cached_property
    def _of_owners(self) -> tuple[tuple[RoleEntry, frozenset[str]], ...]:
        """The roles of methods, each with the classes of the catalogue that it is for."""
        catalog = self._inference.catalog
        roles = (found.entry for found in catalog.roles)
        wanted = (one for one in roles if isinstance(one, RoleEntry) and one.role in ENTRY_KINDS and one.methods)
        return tuple((one, frozenset(map(catalog.canonical, one.of))) for one in wanted)

    def _in_body(self, cls: Cls) -> Iterator[Entry]:
        """What the calls in the body of a class register: `operations = [RunPython(forwards)]`."""
        for call in nested(cls.record.body):
            types = self._inference.infer(call.func, cls.parent)
            for entry, _ in self._resolver.meanings.registrations(call, types):
                yield from self._registered(entry, Site(call, cls.parent, types, (), (), (), ()))

    def _registered(self, entry: RegistrationEntry, site: Site) -> Iterator[Entry]:
        if entry.role in ENTRY_KINDS and entry.role != "receiver":
            yield from self._registrations.entered(entry, site)

    def _of_methods(self, cls: Cls, role: RoleEntry, non_atomic: bool) -> Iterator[Entry]:
        on = Inst(cls)
        above = self._inference.lineages.of(cls).classes
        for method in self._meant(cls, role.methods):
            found = self._inference.members.one(on, method)
            for one in found:
                if isinstance(one, Fn) and (one.func.cls is None or one.func.cls in above):  # a class below has its own entry
                    func, why = one.func, f"{role.role} {cls.record.name}.{method}"
                    if func.cls is not None and func.cls is not cls:
                        why = f"{role.role} {func.cls.record.name}.{method} as {cls.record.name} has it"
                    opened = self._surroundings.opened(cls, method)
                    yield Entry(func, role.role, why, opened, non_atomic, func.record.is_async, role.answers_errors)
            if any(isinstance(one, Fn) for one in found):  # The framework's own method runs only where this one calls it.
                continue
            calling: dict[tuple[str, ...], str] = {}
            for owner in self._inference.lineages.of(cls).external:  # Most call what the class calls that they derive from.
                calling.setdefault(self._inference.catalog.hooks(owner, method), owner)
            for owner in calling.values():
                for hook in self._resolver.implicit.hooks(on, owner, method, set()):
                    func, why = hook.func, f"{role.role} {cls.record.name}, {hook.via}"
                    opened = self._surroundings.opened(cls, hook.within) or self._surroundings.of_hook(owner, cls.parent, hook)
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
