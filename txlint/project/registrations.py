"""Entry points by registration: `path("x/", view)`, `signal.connect(f)`, `router.register("x", View)`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from txlint.facts import records as r
from txlint.frameworks.catalog import RegistrationEntry, RoleEntry
from txlint.project.calls import Entry, Site
from txlint.project.inference import Inference
from txlint.project.model import Func, Module
from txlint.project.surroundings import Surroundings
from txlint.project.types import Fn, Inst, Obj, ParamValue, Types


class Registrations:
    """Finds what the calls that register something make an entry point of."""

    def __init__(self, inference: Inference, modules: dict[str, Module], surroundings: Surroundings) -> None:
        self._inference, self._modules, self._surroundings = inference, modules, surroundings

    def entered(self, entry: RegistrationEntry, site: Site) -> Iterator[Entry]:
        """The entry points that one call registers."""
        yield from self._made(site, entry)
        for one in self._views(site, entry):
            match one:
                case Fn(func):
                    roles = self._inference.decorators.roles(func)
                    non_atomic = any(role.role == "non-atomic" for role in roles) or self._wrapped_non_atomic(site, entry)
                    why = f"{entry.role} registered in {site.func.module.path}"
                    yield Entry(func, entry.role, why, (), non_atomic, func.record.is_async)
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
                non_atomic = self._surroundings.class_is_non_atomic(one.cls) or self._wrapped_non_atomic(site, entry)
                for cls in self._inference.lineages.of(one.cls).classes:
                    for name, func in cls.methods.items():
                        if name in self._handled:
                            why, opened = f"{entry.role} {one.cls.record.name}.{name}", self._surroundings.opened(one.cls, name)
                            yield Entry(func, entry.role, why, opened, non_atomic, func.record.is_async)

    @cached_property
    def _handled(self) -> frozenset[str]:
        """The methods that the catalogue's views have, and the hooks that these call."""
        catalog = self._inference.catalog
        views = [name for name in catalog.classes if "view" in catalog.class_roles(name)]
        hooks = (hook for name in views for group in catalog.classes[name].calls.values() for hook in group if "." not in hook)
        roles = (found.entry for found in catalog.roles)
        methods = (method for role in roles if isinstance(role, RoleEntry) and role.role == "view" for method in role.methods)
        return frozenset((*hooks, *methods)) - frozenset(catalog.words["fetching"])

    def _wrapped_non_atomic(self, site: Site, entry: RegistrationEntry) -> bool:
        given = _given(site, entry)
        return isinstance(given, r.Call) and self._surroundings.switches_off(given.func, site.func)

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


def _applied(maker: Func, decorator: r.Expr) -> tuple[Func, ...]:
    """The functions that may be given what is decorated: the decorator or, of one with arguments, those defined in it."""
    if not isinstance(decorator, r.Call):
        return (maker,)
    return tuple(inner for inner in maker.module.functions if inner.parent is maker)


def _given(site: Site, entry: RegistrationEntry) -> r.Expr | None:
    """What stands where a call takes what it registers."""
    args = site.call.args
    return args[entry.argument].value if isinstance(entry.argument, int) and len(args) > entry.argument else None
