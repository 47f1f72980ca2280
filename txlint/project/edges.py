"""What a call runs in the project: direct targets, overrides, constructors, hooks, signal receivers, callbacks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from txlint.facts import records as r
from txlint.frameworks.catalog import CallbackEntry, EffectEntry
from txlint.project.calls import Edge, Effect, Receiver, Site, is_on_super, written_receiver
from txlint.project.effects import Meanings
from txlint.project.inert import Inert
from txlint.project.inference import Inference
from txlint.project.lineage import written
from txlint.project.model import Cls, Func, arguments
from txlint.project.openers import Openers
from txlint.project.typenames import instance_of
from txlint.project.types import (
    ExtInst,
    Fn,
    Inst,
    Many,
    Method,
    Obj,
    ParamValue,
    Partial,
    Type,
    Types,
)

_OVERRIDES = 400
"""Of a class with more below it, as GraphQL's mutations have, the rest is left out."""
_FEW = 4
"""With more overrides than these, a path on which the class of the object is not known need not lead to each of them."""


class Resolver:
    """Fills in what a site means; values of parameters are bound once all calls are known."""

    def __init__(self, inference: Inference) -> None:
        self.inference = inference
        self.meanings, self.inert = Meanings(inference), Inert(inference)
        self.openers = Openers(inference, self.meanings, self.resolve)
        self.receivers: dict[str, list[Receiver]] = defaultdict(list)
        self.passed: dict[tuple[Func, str], dict[Func, None]] = defaultdict(dict)
        self.waiting: list[tuple[Site, ParamValue]] = []
        self._entry_methods = frozenset(name for role in inference.catalog.roles for name in getattr(role.entry, "methods", ()))

    def resolve(self, site: Site) -> None:
        """Types, effects and edges of one call."""
        call, scope = site.call, site.func
        site.types = self.inference.infer(call.func, scope)
        site.effects = self.meanings.effects(call, site.types, scope)
        edges: dict[tuple[Func, str], Edge] = {}
        for edge in (*self._direct(site), *self._callbacks(site), *self._implicit(site)):
            edges.setdefault((edge.func, edge.when), edge)
        if not edges and not site.effects and all(isinstance(one, ParamValue) for one in site.types):
            edges |= {(edge.func, edge.when): edge for edge in self._by_name(call)}
        site.edges = list(edges.values())
        self._pass(site)
        if not site.types and not site.effects and not site.edges and not self.inert.call(call, scope):
            site.unknown = f"`{written(call.func)}`: what it is could not be told"

    # --- direct targets ------------------------------------------------------------------------------------------------

    def _direct(self, site: Site) -> Iterator[Edge]:
        params = {one.name for one in site.func.record.params}
        handed = isinstance(site.call.func, r.Name) and site.call.func.path in params
        several = handed and sum(isinstance(one, Fn) for one in site.types) > 1
        for one in site.types:
            if isinstance(one, ParamValue):
                self.waiting.append((site, one))
            of_super = isinstance(one, Fn) and is_on_super(site.call)
            edges = self._wrapped(one.func, "now", "") if of_super and isinstance(one, Fn) else self.runs(one)
            yield from (replace(edge, shared=True) for edge in edges) if several else edges

    def runs(self, one: Type, when: str = "now", via: str = "") -> Iterator[Edge]:
        """The functions that calling a value runs."""
        match one:
            case Fn(func, on):
                yield from self._wrapped(func, when, via)
                below = self._overrides(func, on)
                for target in below:
                    yield from self._wrapped(target, when, via, len(below) > _FEW)
            case Obj(cls):
                for name in ("__init__", "__post_init__"):
                    for found in self.inference.members.one(Inst(cls, exact=True), name):
                        if isinstance(found, Fn):
                            yield Edge(found.func, when, via)
            case Inst(cls):
                for found in self.inference.members.one(one, "__call__"):
                    yield from self.runs(found, when, via)
            case Partial(of):
                yield from self.runs(of, when, via)

    def _wrapped(self, func: Func, when: str, via: str, shared: bool = False) -> Iterator[Edge]:
        wrapping = self.openers.wrappings.of(func)
        yield Edge(func, when if wrapping.when == "now" else wrapping.when, via, shared=shared)
        for wrapper in wrapping.wrappers:
            yield Edge(wrapper, when, via or "its decorator", shared=shared)

    def _overrides(self, func: Func, on: Type | None) -> list[Func]:
        open_ended = (isinstance(on, Inst) and not on.exact) or (isinstance(on, Obj) and on.below)
        if not open_ended or not isinstance(on, Inst | Obj) or func.cls is None or func.record.name.startswith("__"):
            return []
        found = [below.methods[func.record.name] for below in on.cls.subclasses if func.record.name in below.methods]
        return [one for one in found if one is not func][:_OVERRIDES]

    def _by_name(self, call: r.Call) -> Iterator[Edge]:
        """The methods of the only class hierarchy with this name, where nothing is known of the object; a guess."""
        name = written_receiver(call)[1]
        for func in self.inference.guesses.only_methods(name):
            yield from (Edge(edge.func, edge.when, edge.via, False, True) for edge in self._wrapped(func, "now", ""))

    # --- callables handed over -----------------------------------------------------------------------------------------

    def _callbacks(self, site: Site) -> Iterator[Edge]:
        entries = self.meanings.callbacks(site.call, site.types)
        for entry, on in entries:
            for one in self._handed(entry, on, site):
                if entry.when != "bound":
                    yield from self.runs(one, entry.when, _VIA.get(entry.when, ""))
        if not entries and not any(isinstance(one, Fn | Obj | Partial | ParamValue) for one in site.types):
            for arg in site.call.args:
                if isinstance(arg.value, r.Lambda):
                    yield Edge(site.func.module.functions[arg.value.function], "unknown", "a lambda handed over")

    def _handed(self, entry: CallbackEntry, on: Type | None, site: Site) -> Types:
        if entry.argument == "receiver":
            return () if on is None else (on,)
        if entry.argument == "*":
            found = tuple(one for arg in site.call.args for one in self.inference.infer(arg.value, site.func))
        else:
            found = self.inference.argument(site.call, entry.argument, site.func)
        return tuple(one.item if isinstance(one, Many) else one for one in found)

    def _pass(self, site: Site) -> None:
        """Note which functions of the project a call hands to parameters of another one."""
        if not site.call.args:
            return
        for one in site.types:
            func = one.func if isinstance(one, Fn) else None
            if isinstance(one, Obj):
                inits = self.inference.members.one(Inst(one.cls, exact=True), "__init__")
                func = next((found.func for found in inits if isinstance(found, Fn)), None)
            if func is not None:
                bound = func.cls is not None and not func.is_static and not _unbound(one)
                for name, value in arguments(site.call, func, bound):
                    for given in self._callables(value, site.func):
                        self.passed[func, name][given] = None

    def _callables(self, value: r.Expr, scope: Func) -> Iterator[Func]:
        if isinstance(value, r.Const | r.Map):
            return
        for one in self.inference.infer(value, scope):
            while isinstance(one, Partial):
                one = one.of
            if isinstance(one, Fn):
                yield from (one.func, *self._overrides(one.func, one.on))

    def bind(self) -> None:
        """Give calls of parameters the functions that are handed over for them anywhere in the project."""
        for site, value in self.waiting:
            known = {edge.func for edge in site.edges}
            passed = self.passed.get((value.func, value.name), {})
            via, shared = f"handed over as `{value.name}`", len(passed) > 1
            site.edges += [Edge(one, "now", via, shared=shared) for one in list(passed)[:40] if one not in known]
            if not site.edges and not site.effects:
                site.unknown = f"`{written(site.call.func)}`: the callers decide what parameter `{value.name}` is"

    # --- implicit calls ------------------------------------------------------------------------------------------------

    def _implicit(self, site: Site) -> Iterator[Edge]:
        for effect in site.effects:
            yield from self._reached(effect, site)
            yield from self._received(effect, site)
        for one in site.types:
            if isinstance(one, Method):
                for func, via in self.hooks(one.on, one.owner, one.name, set()):
                    yield Edge(func, "now", via)

    def _reached(self, effect: Effect, site: Site) -> Iterator[Edge]:
        for name in effect.entry.reaches:
            where, _, method = name.rpartition(".")
            for one in self._subject(effect, where, site):
                for func in self._overriding(one, method):
                    # What stands in for `delete` comes before the transaction that Django's own one opens.
                    protected = effect.entry.protected and effect.entry.savepoint
                    yield Edge(func, "now", f"override of {method}", protected)

    def _overriding(self, on: Type, method: str) -> Iterator[Func]:
        return (found.func for found in self.inference.members.one(on, method) if isinstance(found, Fn))

    def _subject(self, effect: Effect, where: str, site: Site) -> Types:
        if where.startswith("arg:"):
            return self.inference.argument(site.call, where[4:], site.func)
        return self._part(effect.on, where)

    def _part(self, on: Type | None, where: str) -> Types:
        if where and on is not None:
            found: Types = (on,)
            for name in where.split("."):
                found = self.inference.members.all(found, name)
            return found
        return tuple(self._models(on))

    def _behind(self, on: Type, method: Method) -> Iterator[tuple[Func, str]]:
        """What the effect of a catalogue's method runs that a catalogue's method calls: overrides of `save`, receivers."""
        for found in self.inference.catalog.of_method(method.owner, method.name):
            entry = found.entry
            if not isinstance(entry, EffectEntry) or entry.protected:
                continue
            for name in entry.reaches:
                where, _, reached = name.rpartition(".")
                for one in () if where.startswith("arg:") else self._part(on, where):
                    yield from ((func, f"override of {reached}") for func in self._overriding(one, reached))
            subjects = [one.cls for one in (*self._part(on, "instance"), *self._part(on, "")) if isinstance(one, Inst)]
            for signal in entry.signals:
                heard = (one.func for one in self.receivers.get(signal, ()) if self._concerns(one, subjects))
                yield from ((func, f"receiver of {signal.rpartition('.')[2]}") for func in heard)

    def _models(self, on: Type | None) -> Iterator[Type]:
        """The objects that an operation on this object or collection is about."""
        match on:
            case Inst(_, item) | ExtInst(_, item) if item is not None:
                yield item
            case Inst() | ExtInst():
                yield on

    def _received(self, effect: Effect, site: Site) -> Iterator[Edge]:
        if effect.kind == "signal-send" and isinstance(site.call.func, r.Name):
            signal = self.inference.imports.full_name(site.call.func.path.rpartition(".")[0], site.func)
            senders = [one.cls for one in self._senders(site) if isinstance(one, Obj | Inst)]
            for one in self.receivers.get(signal, ()):
                if one.sender is None or not senders or self._concerns(one, senders):
                    guessed = one.sender is not None and not senders
                    yield Edge(one.func, "now", f"receiver of {signal.rpartition('.')[2]}", guessed=guessed)
            return
        if not effect.entry.signals:
            return
        subjects = [
            one.cls for one in (*self._part(effect.on, "instance"), *self._part(effect.on, "")) if isinstance(one, Inst)
        ]
        for signal in effect.entry.signals:
            for one in self.receivers.get(signal, ()):
                if self._concerns(one, subjects):
                    yield Edge(one.func, "now", f"receiver of {signal.rpartition('.')[2]}", effect.entry.protected)

    def _senders(self, site: Site) -> Types:
        """What a signal is sent for, as its call says."""
        named = self.inference.argument(site.call, "sender", site.func)
        return named or self.inference.argument(site.call, 0, site.func)

    def _concerns(self, receiver: Receiver, subjects: list[Cls]) -> bool:
        if receiver.sender is None:
            return receiver.any_sender and bool(subjects)
        return any(receiver.sender in self.inference.lineages.of(cls).classes[:1] for cls in subjects)

    def hooks(self, on: Type, owner: str, method: str, seen: set[str]) -> Iterator[tuple[Func, str]]:
        """The project's methods that a catalogue class's method calls on the same object, through further such methods."""
        if f"{owner}.{method}" in seen:
            return
        seen.add(f"{owner}.{method}")
        for hook in self.inference.catalog.hooks(owner, method):
            where, _, name = hook.rpartition(".")
            objects: Types = (on,)
            for step in where.split(".") if where else ():
                members, method = self.inference.members, step.removesuffix("()")
                found = members.all(objects, step) if method == step else self.inference.overridden.gives(objects, method)
                objects = tuple(instance_of(one) for one in found)
            for one in objects:
                yield from self._hook(one, name, owner, method, seen)

    def _hook(self, on: Type, name: str, owner: str, method: str, seen: set[str]) -> Iterator[tuple[Func, str]]:
        if isinstance(on, Inst) and name in self._entry_methods:
            # Entry methods (`post`) are entered for each class; through `super()` of one, those of others are not reached.
            on = Inst(on.cls, on.item, exact=True)
        if name.endswith("*"):
            if isinstance(on, Inst):
                for cls in self.inference.lineages.of(on.cls).classes:
                    yield from ((func, f"hook of {method}") for key, func in cls.methods.items() if key.startswith(name[:-1]))
            return
        for found in self.inference.members.one(on, name):
            if isinstance(found, Fn):
                yield found.func, f"hook of {method}"
            elif isinstance(found, Method):
                yield from self.hooks(on, found.owner, found.name, seen)
                yield from self._behind(on, found)
        if isinstance(on, Inst) and not on.exact:
            below = [one.methods[name] for one in on.cls.subclasses if name in one.methods]
            yield from ((func, f"hook of {method}") for func in below[:_OVERRIDES])


_VIA = {"commit": "after the commit", "thread": "in another thread", "worker": "in a worker", "response": "after the response"}


def _unbound(one: Type) -> bool:
    return isinstance(one, Fn) and one.on is None
