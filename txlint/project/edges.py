"""What a call runs in the project: direct targets, overrides, constructors, callbacks, and what it runs without saying so."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from txlint.facts import records as r
from txlint.frameworks.catalog import CallbackEntry
from txlint.project.calls import Edge, Site, is_on_super, written_receiver
from txlint.project.effects import Meanings
from txlint.project.handing import Handing
from txlint.project.implicit import OVERRIDES, Implicit
from txlint.project.inert import Inert
from txlint.project.inference import Inference
from txlint.project.lineage import written
from txlint.project.model import Func
from txlint.project.openers import Openers
from txlint.project.types import ExtInst, Fn, Inst, Many, Method, Obj, ParamValue, Partial, Type, Types

_HANDED = 120
"""Functions that are handed over for one parameter; the rest is left out."""
_FEW = 4
"""With more overrides than these, a path on which the class of the object is not known need not lead to each of them."""


class Resolver:
    """Fills in what a site means; values of parameters are bound once all calls are known."""

    def __init__(self, inference: Inference) -> None:
        self.inference = inference
        self.meanings, self.inert = Meanings(inference), Inert(inference)
        self.openers = Openers(inference, self.meanings, self.resolve)
        self.implicit = Implicit(inference)
        self.handing = Handing(inference, self._overrides)
        self.waiting: list[tuple[Site, ParamValue, str]] = []

    def resolve(self, site: Site) -> None:
        """Types, effects and edges of one call."""
        call, scope = site.call, site.func
        site.types = tuple(one for named in self.inference.called(call, scope) for one in self._replaced(named))
        site.effects = self.meanings.effects(call, site.types, scope)
        edges: dict[tuple[Func, str], Edge] = {}
        for edge in (*self._direct(site), *self._callbacks(site), *self.implicit.edges(site)):
            edges.setdefault((edge.func, edge.when), edge)
        if not edges and not site.effects and all(isinstance(one, ParamValue) for one in site.types):
            edges |= {(edge.func, edge.when): edge for edge in self._by_name(call)}
        site.edges = list(edges.values())
        self.handing.note(site)
        if not site.types and not site.effects and not site.edges and not self.inert.call(call, scope):
            site.unknown = f"`{written(call.func)}`: what it is could not be told"

    def _replaced(self, called: Type) -> Types:
        """What is called in a function's place: an object of its decorator's, where the catalogue says what calling it does."""
        if isinstance(called, Fn) and called.func.record.decorators:
            for one in self.inference.decorators.replacement(called.func):
                if isinstance(one, ExtInst) and self.inference.catalog.of_method(one.name, "__call__"):
                    return (Method(called, one.name, "__call__"),)
        return (called,)

    # --- direct targets ------------------------------------------------------------------------------------------------

    def _direct(self, site: Site) -> Iterator[Edge]:
        param = self._param(site)
        several = bool(param) and sum(isinstance(_unwrapped(one), Fn) for one in site.types) > 1
        for one in site.types:
            if isinstance(one, ParamValue):
                self.waiting.append((site, one, "now"))
            of_super = isinstance(one, Fn) and is_on_super(site.call)
            edges = self._wrapped(one.func, "now", "") if of_super and isinstance(one, Fn) else self.runs(one)
            yield from (replace(edge, shared=True, param=param) for edge in edges) if several else edges

    def _param(self, site: Site) -> str:
        """The parameter, of the function or of one around it, for which callers hand over what a call runs; empty for none."""
        if isinstance(site.call.func, r.Name) and any(site.call.func.path == one.name for one in site.func.record.params):
            return site.call.func.path
        return next((one.name for one in map(_unwrapped, site.types) if isinstance(one, ParamValue)), "")

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
        return [one for one in found if one is not func][:OVERRIDES]

    def _by_name(self, call: r.Call) -> Iterator[Edge]:
        """The methods of the only class hierarchy with this name, or of the class that an object is named after; a guess."""
        if isinstance(call.func, r.Call) and call.func.args and isinstance(call.func.args[0].value, r.Const):
            text = call.func.args[0].value.value
            telling = isinstance(text, str) and "_" in text.strip("_")
            getter = call.func.func.path if isinstance(call.func.func, r.Name) else ""
            yield from (Edge(one, guessed=True) for one in self.inference.guesses.named(text, getter) if telling)
            return
        if is_on_super(call):  # of a class that is not known; what has the name here is what calls it
            return
        owner, name = written_receiver(call)
        for func in self.inference.guesses.only_methods(name) or self.inference.guesses.named_after(owner, name):
            yield from (Edge(edge.func, edge.when, edge.via, False, True) for edge in self._wrapped(func, "now", ""))

    # --- callables handed over -----------------------------------------------------------------------------------------

    def _callbacks(self, site: Site) -> Iterator[Edge]:
        entries = self.meanings.callbacks(site.call, site.types)
        for entry, on in entries:
            for one in self._handed(entry, on, site):
                if isinstance(one, ParamValue) and entry.when != "bound":
                    self.waiting.append((site, one, entry.when))
                elif entry.when != "bound":
                    yield from self.runs(one, entry.when, _VIA.get(entry.when, ""))
        if not entries and not any(isinstance(one, Fn | Obj | Partial | ParamValue) for one in site.types):
            for arg in site.call.args:
                if isinstance(arg.value, r.Lambda):
                    yield Edge(site.func.module.functions[arg.value.function], "unknown", "a lambda handed over")

    def _handed(self, entry: CallbackEntry, on: Type | None, site: Site) -> Types:
        if entry.argument == "receiver":
            return () if on is None else (on,)
        if entry.argument == "command":
            return self.inference.by_name.command(site.call)
        if entry.argument == "*":
            found = tuple(one for arg in site.call.args for one in self.inference.infer(arg.value, site.func))
        else:
            found = self.inference.argument(site.call, entry.argument, site.func)
        return tuple(one.item if isinstance(one, Many) else one for one in found)

    def bind(self) -> None:
        """Give calls of parameters the functions that are handed over for them anywhere in the project."""
        for site, value, when in self.waiting:
            known = {edge.func for edge in site.edges}
            passed = self.handing.functions((value.func, value.name))
            via, shared = f"handed over as `{value.name}`", len(passed) > 1
            site.edges += [
                Edge(one, when, via, shared=shared, param=value.name) for one in list(passed)[:_HANDED] if one not in known
            ]
            if not site.edges and not site.effects:
                site.unknown = f"`{written(site.call.func)}`: the callers decide what parameter `{value.name}` is"


_VIA = {"commit": "after the commit", "thread": "in another thread", "worker": "in a worker", "response": "after the response"}


def _unwrapped(one: Type) -> Type:
    return _unwrapped(one.of) if isinstance(one, Partial) else one
