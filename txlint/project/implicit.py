"""What a call runs without saying so: overrides of `save`, receivers of signals, hooks of a framework's own methods."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from txlint.facts import records as r
from txlint.frameworks.catalog import EffectEntry
from txlint.project.calls import Edge, Effect, Receiver, Site
from txlint.project.inference import Inference
from txlint.project.model import Cls, Func
from txlint.project.typenames import instance_of
from txlint.project.types import ExtInst, Fn, Inst, Method, Obj, Type, Types

OVERRIDES = 400
"""Of a class with more below it, as GraphQL's mutations have, the rest is left out."""


class Hook(NamedTuple):
    """A function of the project that a framework's method runs, and how."""

    func: Func
    via: str
    within: str
    """The framework's method that runs it."""
    protected: bool = False
    """Inside a transaction that this method opens itself."""


class Implicit:
    """Follows what the catalogue says of methods; who receives which signal is filled in before any call is asked for."""

    def __init__(self, inference: Inference) -> None:
        self.inference = inference
        self.receivers: dict[str, list[Receiver]] = defaultdict(list)
        self._entry_methods = frozenset(name for role in inference.catalog.roles for name in getattr(role.entry, "methods", ()))

    def edges(self, site: Site) -> Iterator[Edge]:
        """What one call runs so."""
        for effect in site.effects:
            yield from self._reached(effect, site)
            yield from self._received(effect, site)
        for one in site.types:
            if isinstance(one, Method):
                for hook in self.hooks(one.on, one.owner, one.name, set(), self._chosen(one.name, site.func)):
                    yield Edge(hook.func, "now", hook.via, hook.protected)

    # --- overrides and receivers ---------------------------------------------------------------------------------------

    def _reached(self, effect: Effect, site: Site) -> Iterator[Edge]:
        for name in effect.entry.reaches:
            where, _, method = name.rpartition(".")
            for one in self._at(effect.on, where, site):
                for func in self._overriding(one, method):
                    # What stands in for `delete` comes before the transaction that Django's own one opens.
                    protected = effect.entry.protected and effect.entry.savepoint
                    if effect.kind == "thread":  # what `start` of a thread runs
                        yield Edge(func, "thread", "in another thread")
                    else:
                        yield Edge(func, "now", f"override of {method}", protected)

    def _received(self, effect: Effect, site: Site) -> Iterator[Edge]:
        if effect.kind == "signal-send" and isinstance(site.call.func, r.Name):
            signal = self.inference.imports.full_name(site.call.func.path.rpartition(".")[0], site.func)
            senders = list(_classes(self._senders(site)))
            for one in self.receivers.get(signal, ()):
                if one.sender is None or not senders or self._concerns(one, senders):
                    guessed = one.sender is not None and not senders
                    yield Edge(one.func, "now", f"receiver of {signal.rpartition('.')[2]}", guessed=guessed)
            return
        subjects = self._subjects(effect.entry, effect.on, self._at(effect.on, effect.entry.about, site))
        for signal in effect.entry.signals:
            for one in self.receivers.get(signal, ()):
                if self._concerns(one, subjects) or (one.relation and self._changes(*one.relation, site)):
                    yield Edge(one.func, "now", f"receiver of {signal.rpartition('.')[2]}", effect.entry.protected)

    def _changes(self, cls: Cls, relation: str, site: Site) -> bool:
        """Whether a call is of the relation of a class, as far as the path of names tells: `order.buyers.add(buyer)`."""
        path = site.call.func.path.split(".") if isinstance(site.call.func, r.Name) else []
        rows = self.inference.infer(r.Name(".".join(path[:-2])), site.func) if path[-2:-1] == [relation] else ()
        return any(isinstance(one, Inst) and cls in self.inference.lineages.of(one.cls).classes for one in rows)

    def _senders(self, site: Site) -> Types:
        """What a signal is sent for, as its call says."""
        named = self.inference.argument(site.call, "sender", site.func)
        return named or self.inference.argument(site.call, 0, site.func)

    def _subjects(self, entry: EffectEntry, on: Type | None, about: Types) -> list[Cls | str]:
        """The classes of the rows that a call is about: those of the project, and the catalogue's by their names."""
        if not entry.signals:
            return []
        found = about if entry.about else (*self._part(on, "instance"), *self._part(on, ""))
        roles = self.inference.catalog.class_roles
        return [one for one in _classes(found) if isinstance(one, Cls) or "model" in roles(one)]

    def _concerns(self, receiver: Receiver, subjects: list[Cls | str]) -> bool:
        if receiver.external:
            return receiver.external in subjects
        if receiver.sender is None:
            return receiver.any_sender and bool(subjects)
        kinds = (one for one in subjects if isinstance(one, Cls))
        return any(receiver.sender in self.inference.lineages.of(cls).classes[:1] for cls in kinds)

    def _overriding(self, on: Type, method: str) -> Iterator[Func]:
        return (found.func for found in self.inference.members.one(on, method) if isinstance(found, Fn))

    def _at(self, on: Type | None, where: str, site: Site) -> Types:
        """What an entry of the catalogue means by a place: an argument of the call, an attribute of its object, the object."""
        if not where.startswith("arg:"):
            return self._part(on, where)
        found = self.inference.argument(site.call, where[4:], site.func)
        return tuple(one.item if isinstance(one, ExtInst | Inst) and one.item is not None else one for one in found)

    def _part(self, on: Type | None, where: str) -> Types:
        if where and on is not None:
            found: Types = (on,)
            for name in where.split("."):
                found = self.inference.members.all(found, name)
            return found
        return tuple(_rows(on))

    # --- hooks ---------------------------------------------------------------------------------------------------------

    def hooks(self, on: Type, owner: str, method: str, seen: set[str], only: str = "") -> Iterator[Hook]:
        """The project's methods that a catalogue class's method calls on the same object, through further such methods."""
        if f"{owner}.{method}" in seen:
            return
        seen.add(f"{owner}.{method}")
        for hook in self.inference.catalog.hooks(owner, method):
            where, _, name = hook.rpartition(".")
            name, _, chosen = name.partition(":")
            if only and name != only:
                continue
            objects: Types = (on,)
            for step in where.split(".") if where else ():
                members, called = self.inference.members, step.removesuffix("()")
                found = members.all(objects, step) if called == step else self.inference.overridden.gives(objects, called)
                objects = tuple(instance_of(one) for one in found)
            for one in objects:
                yield from self._hook(one, name, owner, method, seen, chosen)

    def _hook(self, on: Type, name: str, owner: str, method: str, seen: set[str], chosen: str) -> Iterator[Hook]:
        if isinstance(on, Inst) and name in self._entry_methods:
            # Entry methods (`post`) are entered for each class; through `super()` of one, those of others are not reached.
            on = Inst(on.cls, on.item, exact=True)
        via = f"hook of {method}"
        if name.endswith("*"):
            if isinstance(on, Inst):
                for cls in self.inference.lineages.of(on.cls).classes:
                    yield from (Hook(func, via, key) for key, func in cls.methods.items() if key.startswith(name[:-1]))
            return
        for found in self.inference.members.one(on, name):
            if isinstance(found, Fn):
                yield Hook(found.func, via, name)
            elif isinstance(found, Method):
                yield from self.hooks(on, found.owner, found.name, seen, chosen)
                yield from self._behind(on, found)
        if isinstance(on, Inst) and not on.exact:
            below = [one.methods[name] for one in on.cls.subclasses if name in one.methods]
            yield from (Hook(func, via, name) for func in below[:OVERRIDES])

    def _chosen(self, method: str, scope: Func) -> str:
        """Of the hooks of a method, the one that it runs where it is called in place of a framework's: `save` to update."""
        owners = self.inference.lineages.of(scope.cls).external if scope.cls is not None else ()
        hooks = (hook for owner in owners for hook in self.inference.catalog.hooks(owner, scope.record.name))
        return next((hook.rpartition(":")[2] for hook in hooks if f".{method}:" in hook), "")

    def _behind(self, on: Type, method: Method) -> Iterator[Hook]:
        """What the effect of a catalogue's method runs that a catalogue's method calls: overrides of `save`, receivers."""
        for found in self.inference.catalog.of_method(method.owner, method.name):
            entry = found.entry
            if not isinstance(entry, EffectEntry):
                continue
            for name in entry.reaches:
                where, _, reached = name.rpartition(".")
                for one in self._given(on, method, where):
                    protected = entry.protected and entry.savepoint
                    yield from (
                        Hook(func, f"override of {reached}", method.name, protected) for func in self._overriding(one, reached)
                    )
            subjects = self._subjects(entry, on, self._given(on, method, entry.about))
            for signal in entry.signals:
                via = f"receiver of {signal.rpartition('.')[2]}"
                heard = (each.func for each in self.receivers.get(signal, ()) if self._concerns(each, subjects))
                yield from (Hook(func, via, method.name, entry.protected) for func in heard)

    def _given(self, on: Type, method: Method, where: str) -> Types:
        """What an entry of the catalogue means by a place, where the framework itself calls the method."""
        if not where.startswith("arg:"):
            return self._part(on, where)
        found = self.inference.overridden.given(on, method, int(where[4:]))
        return tuple(row for one in found for row in _rows(one))


def _rows(on: Type | None) -> Iterator[Type]:
    """The objects that an operation on this object or collection is about."""
    match on:
        case Inst(_, item) | ExtInst(_, item) if item is not None:
            yield item
        case Inst() | ExtInst():
            yield on


def _classes(types: Iterable[Type]) -> Iterator[Cls | str]:
    for one in types:
        match one:
            case Inst(cls) | Obj(cls):
                yield cls
            case ExtInst(name):
                yield name
