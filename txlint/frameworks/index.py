"""The active catalogue, indexed for look-ups by full name and by class and method."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import chain
from typing import Any

from txlint.frameworks.catalog import (
    BoundaryEntry,
    CallbackEntry,
    EffectEntry,
    Framework,
    ProviderEntry,
    RegistrationEntry,
    RoleEntry,
)
from txlint.frameworks.classes import Alias, ClassEntry

Entry = EffectEntry | BoundaryEntry | CallbackEntry | RegistrationEntry | RoleEntry


@dataclass(frozen=True, slots=True)
class Found:
    """An entry that a name stands for, with the database family of its file; `guessed` if only the receiver's name says so."""

    entry: Entry
    family: str
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class ClassMembers:
    """What is said of a class with all that it derives from: types of attributes, what methods return and what they call."""

    attributes: dict[str, str]
    returns: dict[str, str]
    calls: dict[str, tuple[str, ...]]


class Catalog:
    """What the frameworks that a project uses mean; names are looked up in it, nothing is decided by it."""

    def __init__(self, frameworks: Iterable[Framework]) -> None:
        frameworks = tuple(frameworks)
        self.classes: dict[str, ClassEntry] = {}
        self._canonical: dict[str, str] = {}
        self._families: dict[str, str] = {}
        self.function_returns: dict[str, str] = {}
        self.events: dict[str, str] = {}
        """Whether a transaction is `open` or `ended` at an event."""
        self.constants: dict[str, str] = {}
        self.functions: dict[str, list[Found]] = defaultdict(list)
        self.methods: dict[tuple[str, str], list[Found]] = defaultdict(list)
        self._guesses: dict[tuple[str, str], list[Found]] = defaultdict(list)
        self._module_guesses: dict[tuple[str, str], list[Found]] = defaultdict(list)
        self.roles: list[Found] = []
        self.alias_methods: dict[str, Alias] = {}
        """Methods whose result works on the database that they name."""
        self.settings = {path: role for one in frameworks for path, role in one.settings.items()}
        """What the function is for that a setting names."""
        self.asks = frozenset(name for one in frameworks for name in one.asks)
        self.words: dict[str, tuple[str, ...]] = defaultdict(tuple)
        """Words in names that are evidence, by what for."""
        self._inert = tuple(name for one in frameworks for name in one.inert)
        self.decorators: dict[str, list[RoleEntry]] = {}
        """Roles by the full name of the decorator that gives them."""
        self.decorator_methods: dict[str, list[RoleEntry]] = {}
        """Roles by the name of the method that is used as a decorator."""
        self.providers: dict[str, ProviderEntry] = {}
        self._declaring: dict[str, str] = {}
        self.foreign: dict[str, str] = {}
        """Attributes of foreign classes -> the class that they are an instance of."""
        self.receivers: dict[str, str] = {}
        """Last names of objects -> the class that they stand for where nothing else is known."""
        self.database_names: dict[str, str] = {}
        for one in frameworks:
            self.database_names |= one.database_names
            self.function_returns |= one.function_returns
            self.constants |= one.constants
            self.events |= one.events
            for kind, words in one.words.items():
                self.words[kind] += words
            for cls in one.class_:
                self._add_class(cls, one.database or "")
        for one in frameworks:
            self._add_entries(one)
        self._ancestors: dict[str, tuple[str, ...]] = {}
        self._members: dict[str, ClassMembers] = {}
        self._of_methods: dict[tuple[str, str], list[Found]] = {}
        self._class_roles: dict[str, tuple[str, ...]] = {}

    def _add_class(self, entry: ClassEntry, family: str) -> None:
        name = self.canonical(entry.name)
        self._families.setdefault(name, family)
        for other in (entry.name, *entry.also):
            self._canonical[other] = name
        self.classes[name] = _merged(self.classes[name], entry) if name in self.classes else entry
        self.alias_methods |= entry.aliases
        self.receivers |= dict.fromkeys(entry.receivers, name)
        self._declaring |= dict.fromkeys(entry.fields, name)
        self.foreign |= dict.fromkeys(entry.foreign, name)

    def _add_entries(self, one: Framework) -> None:
        family = one.database or ""
        calls: Iterable[Entry] = chain(one.effect, one.boundary, one.callback, one.registration)
        for entry in calls:
            found = Found(entry, family)
            for name in getattr(entry, "functions", ()):
                self.functions[self.canonical(name)].append(found)
            for owner in getattr(entry, "of", ()):
                for method in getattr(entry, "methods", ()):
                    self.methods[self.canonical(owner), method].append(found)
            for receiver in getattr(entry, "receivers", ()):
                for method in getattr(entry, "methods", ()):
                    self._guesses[receiver, method].append(Found(entry, family, True))
            for module in getattr(entry, "modules", ()):
                for method in getattr(entry, "methods", ()):
                    self._module_guesses[module, method].append(Found(entry, family, True))
        self.roles += [Found(role, family) for role in one.role]
        for role in one.role:
            for name in role.decorators:
                self.decorators.setdefault(name, []).append(role)
            for name in role.decorator_methods:
                self.decorator_methods.setdefault(name, []).append(role)
        for provider in one.provider:
            self.providers |= dict.fromkeys(provider.functions, provider)

    def canonical(self, name: str) -> str:
        """The one name of a class that can be imported from several places."""
        return self._canonical.get(name, name)

    def family(self, name: str) -> str:
        """The family of databases that a catalogue class belongs to; empty for one that none is said of."""
        return self._families.get(self.canonical(name), "")

    def ancestors(self, name: str) -> tuple[str, ...]:
        """A catalogue class and those that it derives from, nearest first."""
        name = self.canonical(name)
        if name not in self._ancestors:
            self._ancestors[name] = (name,)  # a class that derives from itself ends here
            entry = self.classes.get(name)
            found = [name]
            for base in entry.bases if entry else ():
                found += [one for one in self.ancestors(base) if one not in found]
            self._ancestors[name] = tuple(found)
        return self._ancestors[name]

    @cached_property
    def method_names(self) -> frozenset[str]:
        """The names of all methods of catalogue classes that mean something."""
        returns = (name for entry in self.classes.values() for name in (*entry.returns, *entry.attributes))
        return frozenset((*(method for _, method in self.methods), *returns))

    @cached_property
    def switches(self) -> frozenset[tuple[str, bool | str | int]]:
        """The keyword arguments that switch some write off."""
        return frozenset(item for entry in self.effects() if entry.effect == "database-write" for item in entry.unless.items())

    def effects(self) -> Iterator[EffectEntry]:
        """The effects of methods."""
        return (found.entry for group in self.methods.values() for found in group if isinstance(found.entry, EffectEntry))

    def declares(self, field: str) -> str | None:
        """The class that alone has something of this full name as a class attribute."""
        return next((owner for pattern, owner in self._declaring.items() if fnmatchcase(field, pattern)), None)

    def registrations(self) -> Iterator[RegistrationEntry]:
        """The calls of methods that make their argument an entry point."""
        return (one.entry for group in self.methods.values() for one in group if isinstance(one.entry, RegistrationEntry))

    def last_names(self, effect: str) -> frozenset[str]:
        """The last names of all functions and methods that have an effect."""
        groups = ((name.rpartition(".")[2], group) for name, group in self.functions.items())
        every = (*groups, *((method, group) for (_, method), group in self.methods.items()))
        return frozenset(name for name, group in every if any(getattr(one.entry, "effect", "") == effect for one in group))

    def of_function(self, name: str) -> list[Found]:
        """What calling a function, or the class, of this full name means."""
        return self.functions.get(self.canonical(name), [])

    def of_method(self, owner: str, method: str) -> list[Found]:
        """What calling a method on an instance of a catalogue class means; the nearest class that says something decides."""
        key = owner, method
        if key not in self._of_methods:
            found = (self.methods.get((one, method)) for one in self.ancestors(owner))
            self._of_methods[key] = next((one for one in found if one), [])
        return self._of_methods[key]

    def of_receiver(self, receiver: str, method: str) -> list[Found]:
        """What a method of something with this last name would mean; a guess."""
        return self._guesses.get((receiver, method), [])

    def of_foreign(self, name: str) -> list[Found]:
        """What calling something of a module that is not analysed would mean, by the module's name (`a.tasks.send.delay`)."""
        *_, module, _, method = ("", "", *name.split("."))
        return self._module_guesses.get((module, method), [])

    def is_inert(self, name: str) -> bool:
        """Whether what a function or method of this full name gives can do nothing to a database or a queue."""
        return any(name == one or name.startswith(f"{one}.") for one in self._inert)

    def speaks_of(self, name: str) -> bool:
        """Whether a class is of a package of which the catalogue says whatever matters."""
        return name.partition(".")[0] in self.packages

    @cached_property
    def packages(self) -> frozenset[str]:
        """The packages that the catalogue speaks of; of others nothing is known."""
        names = (*self.classes, *self._canonical, *self.functions, *self.function_returns, *self.constants, *self.decorators)
        return frozenset(one.partition(".")[0] for one in names) | sys.stdlib_module_names

    def members(self, owner: str) -> ClassMembers:
        """What is said of the attributes and methods of a catalogue class, by it or the nearest of its ancestors that does."""
        if owner not in self._members:
            found = ClassMembers({}, {}, {})
            for one in reversed(self.ancestors(owner)):
                if entry := self.classes.get(one):
                    found.attributes.update(entry.attributes)
                    found.returns.update(entry.returns)
                    found.calls.update(entry.calls)
            self._members[owner] = found
        return self._members[owner]

    def attribute(self, owner: str, name: str) -> str | None:
        """The type of an attribute of a catalogue class."""
        return self.members(owner).attributes.get(name)

    def returned(self, owner: str, method: str) -> str | None:
        """The type that a method of a catalogue class returns."""
        return self.members(owner).returns.get(method)

    def parameter(self, owner: str, method: str, position: int) -> str | None:
        """The type that a framework passes to a method of a catalogue class, counted after `self`."""
        entries = (self.classes.get(one) for one in self.ancestors(owner))
        types = next((entry.parameters[method] for entry in entries if entry and method in entry.parameters), ())
        return types[position] if position < len(types) else None

    def iterated(self, owner: str) -> str | None:
        """The type of the items of a catalogue class."""
        entries = (self.classes.get(one) for one in self.ancestors(owner))
        return next((entry.iterates for entry in entries if entry and entry.iterates), None)

    def begins(self, owner: str) -> tuple[str, ...]:
        """The methods with which an instance of a catalogue class begins a transaction by itself."""
        return next((entry.begins for one in self.ancestors(owner) if (entry := self.classes.get(one)) and entry.begins), ())

    def hooks(self, owner: str, method: str) -> tuple[str, ...]:
        """The methods of the same object that a method of a catalogue class calls."""
        return self.members(owner).calls.get(method, ())

    def named_by_role(self, role: str) -> frozenset[str]:
        """The classes that the catalogue itself gives a role."""
        return frozenset(name for name, entry in self.classes.items() if entry.role == role)

    def class_roles(self, owner: str) -> tuple[str, ...]:
        """The roles of a catalogue class and its ancestors."""
        if owner not in self._class_roles:
            entries = (self.classes.get(one) for one in self.ancestors(owner))
            self._class_roles[owner] = tuple(entry.role for entry in entries if entry and entry.role)
        return self._class_roles[owner]

    @cached_property
    def form_saves(self) -> frozenset[str]:
        """The methods by which forms are saved."""
        writes = (one for one in self.effects() if one.effect == "database-write")
        forms = (one for one in writes if any("form" in self.class_roles(owner) for owner in one.of))
        return frozenset(name for one in forms for name in one.methods)

    def knows(self, owner: str, name: str) -> bool:
        """Whether the catalogue says anything about this member of a class."""
        return bool(
            self.of_method(owner, name) or self.attribute(owner, name) or self.returned(owner, name) or self.hooks(owner, name)
        )


def _merged(old: ClassEntry, new: ClassEntry) -> ClassEntry:
    return ClassEntry(**{name: _joined(getattr(old, name), getattr(new, name)) for name in ClassEntry.__struct_fields__})


def _joined(old: Any, new: Any) -> Any:
    """Both lists, both tables, else the first that is given."""
    if isinstance(old, tuple):
        return tuple(dict.fromkeys((*old, *new)))
    return old | new if isinstance(old, dict) else old or new
