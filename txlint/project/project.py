"""The whole project, joined: modules, calls with their meaning, entry points, settings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from txlint.facts import records as r
from txlint.frameworks.catalog import Framework, active
from txlint.frameworks.index import Catalog
from txlint.project.bindings import build_modules
from txlint.project.calls import Edge, Entry, Site
from txlint.project.dependencies import dependencies
from txlint.project.django_settings import Settings, read_settings
from txlint.project.edges import Resolver
from txlint.project.inference import Inference
from txlint.project.model import Cls, Func, Module
from txlint.project.modules import ModuleIndex, module_names
from txlint.project.named import Named
from txlint.project.receivers import Receivers
from txlint.project.roles import Roles
from txlint.project.sites import Body
from txlint.project.stored import StoredRows
from txlint.project.switches import Switches
from txlint.project.types import Inst, Type


@dataclass(slots=True)
class Project:
    """What the later stages read; built once, not changed afterwards."""

    modules: dict[str, Module]
    catalog: Catalog
    inference: Inference
    resolver: Resolver
    settings: Settings
    bodies: dict[Func, Body] = field(default_factory=dict)
    entries: dict[Func, list[Entry]] = field(default_factory=dict)
    callers: dict[Func, list[tuple[Site, Edge]]] = field(default_factory=dict)
    switches: Switches = field(default_factory=lambda: Switches((), {}))
    telling: dict[Func, tuple[Site, ...]] = field(default_factory=dict)
    """The calls that have an effect, or of which it is not known what they do, of the functions that have some."""

    def sites(self) -> Iterable[Site]:
        """Every call of the project."""
        return (site for body in self.bodies.values() for site in body.sites)

    def database_name(self, alias: str, scope: Func) -> str:
        """The name that an alias written as `<constant>` stands for, where that is known; else the alias as it is."""
        path = alias[1:-1] if alias.startswith("<") else ""
        if not path.replace(".", "").replace("_", "").isalnum():
            return alias
        full = self.inference.imports.full_name(path, scope)
        if full in self.catalog.database_names:
            return self.catalog.database_names[full]
        values = [one.value for one in scope.module.top.bindings.get(path, ()) if one.how == "value"]
        literal = values[0] if len(values) == 1 else None
        return literal.value if isinstance(literal, r.Const) and isinstance(literal.value, str) else alias

    def is_model(self, cls: Cls) -> bool:
        """Whether the class is a database model."""
        return "model" in self.inference.lineages.roles(cls)

    def is_mapped(self, cls: Cls) -> bool:
        """Whether the class is mapped to a table by SQL tools that work in sessions, or is mixed into one that is."""
        return any("mapped" in self.inference.lineages.roles(one) for one in (cls, *cls.subclasses))

    def has_parent_tables(self, written: Type | None) -> bool:
        """Whether what is written through is of a model that derives from another one, and may be in two tables."""
        held = getattr(written, "item", None) or written
        return isinstance(held, Inst) and sum(map(self.is_model, self.inference.lineages.of(held.cls).classes)) > 1


def build_project(facts: Mapping[str, r.ModuleFacts], frameworks: Iterable[Framework]) -> Project:
    """Join the facts of all files."""
    names = module_names(facts)
    modules = build_modules(facts, names)
    catalog = Catalog(active(frameworks, imported_packages(modules.values())))
    inference = Inference(modules, ModuleIndex(names), catalog)
    resolver = Resolver(inference)
    project = Project(modules, catalog, inference, resolver, read_settings(modules, catalog.named_by_role("atomic-middleware")))
    inference.lineages.link([cls for module in modules.values() for cls in module.classes])
    _connect(project)
    for module in modules.values():
        for func in module.functions:
            project.bodies[func] = resolver.openers.body(func)
    resolver.bind()
    inference.attached.send(list(project.sites()), {func: body.sites for func, body in project.bodies.items()})
    _enter(project)
    callers: dict[Func, list[tuple[Site, Edge]]] = defaultdict(list)
    for site in project.sites():
        for edge in site.edges:
            callers[edge.func].append((site, edge))
    project.callers = dict(callers)
    project.switches = Switches(project.sites(), callers, StoredRows(inference, project.sites()))
    telling = {func: tuple([one for one in body.sites if one.effects or one.unknown]) for func, body in project.bodies.items()}
    project.telling = {func: sites for func, sites in telling.items() if sites}
    return project


def imported_packages(modules: Iterable[Module]) -> frozenset[str]:
    """The top-level packages that the modules import."""
    found = set()
    for module in modules:
        for func in module.functions:
            for bindings in func.bindings.values():
                for binding in bindings:
                    if isinstance(binding.definition, r.Import) and not binding.definition.level:
                        found.add(binding.definition.module.partition(".")[0])
        found |= {star.module.partition(".")[0] for star in module.stars if not star.level}
    return frozenset(found)


def _connect(project: Project) -> None:
    """Register signal receivers before any call is resolved, because calls reach them."""
    receivers = Receivers(project.inference)
    for receiver in receivers.decorated():
        project.resolver.implicit.receivers[receiver.signal].append(receiver)
    meanings = project.resolver.meanings
    for module in project.modules.values():
        for func in module.functions:
            for call in func.calls:
                if not (isinstance(call.func, r.Name) and call.func.path.endswith(".connect")):
                    continue
                types = project.inference.infer(call.func, func)
                for entry, _ in meanings.registrations(call, types):
                    if entry.role == "receiver":
                        site = Site(call, func, types, (), (), (), ())
                        for receiver in receivers.connected(site, entry):
                            project.resolver.implicit.receivers[receiver.signal].append(receiver)


def _enter(project: Project) -> None:
    roles = Roles(project.resolver, project.modules)
    entries: dict[Func, list[Entry]] = defaultdict(list)
    for entry in (*roles.entries(project.sites()), *Named(project.inference).entries(project.sites())):
        _add(entries, project, entry)
    for entry in dependencies(project.inference, project.modules.values()):
        if all(one.kind != entry.kind for one in entries[entry.func]):
            entries[entry.func].append(entry)
    for receivers in project.resolver.implicit.receivers.values():
        for receiver in receivers:
            if all(one.kind != "receiver" for one in entries[receiver.func]):
                why = f"receiver of {receiver.signal.rpartition('.')[2]}"
                entries[receiver.func].append(Entry(receiver.func, "receiver", why))
    called = {edge.func for site in project.sites() for edge in site.edges}
    for entry in tuple(roles.conventional(called | set(entries))):
        _add(entries, project, entry)
    project.entries = dict(entries)


def _add(entries: dict[Func, list[Entry]], project: Project, entry: Entry) -> None:
    """What runs a decorated function runs the decorator's wrapper in its place; a receiver's is nothing but a decorator."""
    wrappers = project.resolver.openers.wrappings.of(entry.func).wrappers if entry.kind != "receiver" else ()
    for func in (entry.func, *wrappers):
        if all((one.kind, one.opened) != (entry.kind, entry.opened) for one in entries[func]):
            entries[func].append(replace(entry, func=func))
