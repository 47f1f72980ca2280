"""Imports: what absolute names mean, in the project and outside of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from txlint.facts import records as r
from txlint.project.model import Func, Module
from txlint.project.modules import ModuleIndex, absolute
from txlint.project.typenames import instantiate, parse
from txlint.project.types import Ext, ExtClass, Mod, Type, Types

if TYPE_CHECKING:
    from txlint.project.inference import Inference


class Imports:
    """Follows names from file to file."""

    def __init__(self, inference: Inference, index: ModuleIndex) -> None:
        self._inference, self.index = inference, index
        self._modules, self._catalog = inference.modules, inference.catalog
        self._found: dict[tuple[str, str], Types] = {}

    def imported(self, node: r.Import, module: Module) -> Types:
        """What an import binds its name to."""
        if node.name is None:
            return self.module(node.module if node.alias else node.module.partition(".")[0], module.path)
        target, found = absolute(node.module, node.level, module.name, module.package), self.source(node, module)
        known = any(isinstance(one, Mod) for one in found)
        below = self._below(target, node, module) if node.level or not known else ()
        if below and not known:
            return below
        if members := self._inference.members.all(found, node.name):
            return members
        if below and node.level:
            return below
        inner = self.module(f"{target}.{node.name}", module.path) if known else ()
        return tuple(one for one in inner if isinstance(one, Mod))  # what the project's own module does not say is unknown

    def source(self, node: r.Import, module: Module) -> Types:
        """What a `from ... import` reads from."""
        if node.level and (path := self.index.relative(module.path, node.level, node.module)):
            return (Mod(self._modules[path]),)
        return self.module(absolute(node.module, node.level, module.name, module.package), module.path)

    def _below(self, package: str, node: r.Import, importer: Module) -> Types:
        """The module that is imported from a folder of the project: it needs no `__init__.py`, and is no module then."""
        if node.level:
            path = self.index.relative(importer.path, node.level, f"{node.module}.{node.name}".strip("."))
            return (Mod(self._modules[path]),) if path else ()
        found = () if self._catalog.speaks_of(package) else self.module(f"{package}.{node.name}", importer.path)
        return tuple(one for one in found if isinstance(one, Mod) and f"{package}.{node.name}".endswith(f".{one.module.name}"))

    def imported_module(self, node: r.Import, module: Module) -> Module | None:
        """The module of the project that a `from ... import` reads from, if it is one."""
        return next((one.module for one in self.source(node, module) if isinstance(one, Mod)), None)

    def module(self, name: str, importer: str) -> Types:
        """The module of the project, or the external one, that an absolute name means."""
        folder = importer.rpartition("/")[0]
        key = (name, folder)
        if key not in self._found:
            path = self.index.find(name, importer)
            if path and (
                self._is_package_of_others(name, path, importer) or (path == importer and name != self._modules[path].name)
            ):
                path = None
            self._found[key] = (Mod(self._modules[path]),) if path else (self.external(name),)
        return self._found[key]

    def _is_package_of_others(self, name: str, path: str, importer: str) -> bool:
        """Whether a name is that of a known package, although a folder that the importer does not stand in has one of the name.

        Deep in a project, a folder `rest_framework` with helpers is not what `import rest_framework` means elsewhere.
        """
        module = self._modules[path]
        root = path[: len(path) - len(module.name) - len("/__init__.py" if module.package else ".py")]
        return self._catalog.speaks_of(name) and not (module.name == name and importer.startswith(root))

    def dotted(self, name: str, importer: str) -> Types:
        """What the project has under a name written as text: `"shop.backends.Ldap"`, or the module `"shop.backends"`."""
        owner, _, last = name.rpartition(".")
        path, whole = (self.index.find(one, importer) if one else None for one in (owner, name))
        found = self._inference.members.one(Mod(self._modules[path]), last) if path else ()
        return found or ((Mod(self._modules[whole]),) if whole else ())

    def external(self, name: str) -> Type:
        """An external name: a class where the catalogue knows it as one."""
        canonical = self._catalog.canonical(name)
        if canonical in self._catalog.classes:
            return ExtClass(canonical)
        if name in self._catalog.constants:
            constant, by_name = Ext(name), self._inference.by_name
            found = instantiate(parse(self._catalog.constants[name]), None, lambda which: by_name.of_type(constant, which))
            return next(iter(found), constant)
        return Ext(name)

    def full_name(self, path: str, scope: Func) -> str:
        """The full name of what a dotted name as written refers to: the identity of a signal, an app, a module's object."""
        first, _, rest = path.partition(".")
        func = scope.binder(first)
        if func is None:
            return path
        binding = func.bindings[first][-1]
        if not isinstance(binding.definition, r.Import):
            return f"{func.module.name}.{path}" if func.parent is None else path
        node = binding.definition
        target = absolute(node.module, node.level, func.module.name, func.module.package)
        if node.name is None:
            return f"{target if node.alias else first}.{rest}" if rest else (target if node.alias else first)
        inner = self.imported_module(node, func.module)
        if inner is not None and inner.top is not scope:
            deeper = f"{node.name}.{rest}" if rest else node.name
            if node.name in inner.top.bindings:
                return self.full_name(deeper, inner.top)
            found = self.module(f"{inner.name}.{node.name}", func.module.path)
            if rest and found and isinstance(found[0], Mod):
                return self.full_name(rest, found[0].module.top)
        if rest and (found := self.module(f"{target}.{node.name}", func.module.path)) and isinstance(found[0], Mod):
            return self.full_name(rest, found[0].module.top)
        return f"{target}.{node.name}.{rest}" if rest else f"{target}.{node.name}"
