"""Attributes: what `value.name` is, through class hierarchies, instance attributes and the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from txlint.facts import records as r
from txlint.project.model import Binding, Cls, Func, Module
from txlint.project.relations import Relations
from txlint.project.typenames import instantiate, parse
from txlint.project.types import (
    Ext,
    ExtClass,
    ExtInst,
    Fn,
    Inst,
    Many,
    Method,
    Mod,
    Obj,
    Partial,
    Super,
    Type,
    Types,
    union,
)

if TYPE_CHECKING:
    from txlint.project.inference import Inference

_BUILT_IN = ("builtins.dict", "builtins.list")
"""What a value of which only the items are known may be."""

_HOPS = 40
"""Imports through which a name is followed from module to module; one that modules import from each other never ends."""


class Members:
    """Looks up attributes of values."""

    def __init__(self, inference: Inference) -> None:
        self._inference, self._catalog = inference, inference.catalog
        self.relations = Relations(inference)
        self._speakers: dict[tuple[tuple[str, ...], str], str | None] = {}
        """Which of some catalogue classes says something about a member, by them and its name."""

    def all(self, types: Types, name: str) -> Types:
        """The union of an attribute over several possible values."""
        if len(types) == 1 and len(found := self.one(types[0], name)) < 2:
            return found
        return tuple(dict.fromkeys(one for value in types for one in self.one(value, name)))

    def one(self, value: Type, name: str) -> Types:
        """What `value.name` is."""
        key = "member", value, name
        known: Types | None = self._inference.memo.known(key)
        return self._inference.memo.answer(key, lambda: self._one(value, name), ()) if known is None else known

    def _one(self, value: Type, name: str) -> Types:
        match value:
            case Mod(module):
                return self._of_module(module, name)
            case Ext(path) if name in self._catalog.foreign and not self._catalog.speaks_of(path):
                return self._inference.guesses.foreign((), path.rpartition(".")[2], name)
            case Ext(path):
                return (self._inference.imports.external(f"{path}.{name}"),)
            case Inst(cls) if name == "__class__":
                return (Obj(cls),)
            case Inst(cls) | Obj(cls):
                return self._of_class(cls, name, value)
            case Super(cls):
                return self.after(cls, cls, name) or union(self.after(cls, below, name) for below in cls.subclasses[:12])
            case ExtInst(owner) | ExtClass(owner):
                if found := self._catalogued((owner,), name, value):
                    return found
                if isinstance(value, ExtClass):
                    return (self._inference.imports.external(f"{owner}.{name}"),)
                if found := self.relations.reversed(self._catalog.ancestors(owner), name):
                    return found
                return self._of_items(value.item, name) if self._catalog.iterated(owner) == "Item" else ()
            case Many():
                return self._catalogued(_BUILT_IN, name, value)
            case Fn(func):
                known = (self._of_replacement(one, name, value) for one in self._inference.decorators.replacement(func))
                return next(filter(None, known), ()) or self._inference.attached.of(func, name)
            case Partial(of):
                return self.one(of, name) if name == "func" else ()
        return ()

    def _of_replacement(self, task: Type, name: str, value: Type) -> Types:
        match task:
            case ExtInst(owner):
                return self._catalogued((owner,), name, value)
            case Inst(cls):
                lineage = self._inference.lineages.of(cls)
                return self._defined(lineage.classes, name, task) or self._catalogued(lineage.external, name, value)
        return ()

    def after(self, cls: Cls, kind: Cls, name: str) -> Types:
        """What `super()` in a class finds where an object is of this one or of one that derives from it, as for a mixin.

        An object that is only known as one of a base is taken to be of the class itself.
        """
        lineage = self._inference.lineages.of(kind)
        if cls not in lineage.classes:
            return self.after(cls, cls, name)
        after, on = lineage.classes[lineage.classes.index(cls) + 1 :], Inst(kind, self._inference.holdings.item(kind))
        return self._defined(after, name, on) or self._catalogued(lineage.external, name, on)

    def path(self, value: Type, path: str) -> Types:
        """What a dotted attribute of an object's class is, as the class declares it: `Meta.model`."""
        found: Types = (Obj(value.cls),) if isinstance(value, Inst | Super) else (value,)
        for name in path.split("."):
            found = self.all(found, name)
        return found

    def _of_module(self, module: Module, name: str) -> Types:
        if found := self._inference.lookup(name, module.top) if name in module.top.bindings else ():
            return found
        if module.package or not module.top.bindings.get(name):
            path = self._inference.imports.index.find(f"{module.name}.{name}", module.path)
            if path:
                return (Mod(self._inference.modules[path]),)
        return self._inference.lookup(name, module.top) if module.stars and not name.startswith("__") else ()

    # --- classes -------------------------------------------------------------------------------------------------------

    def _of_class(self, cls: Cls, name: str, value: Type) -> Types:
        lineage = self._inference.lineages.of(cls)
        found = self._defined(lineage.classes, name, value)
        if not found:
            found = self.relations.reversed(lineage.classes, name) or self._catalogued(lineage.external, name, value)
        if not found and not (isinstance(value, Inst) and value.exact):
            found = union((self._beneath(below, name, value) for below in cls.subclasses[:12]), 40)
        if not found and isinstance(value, Obj) and name in self._catalog.foreign:
            bases = self._inference.lineages.of(cls)
            if bases.unknown or not all(map(self._catalog.speaks_of, bases.external)):
                return self._inference.guesses.foreign((), cls.record.name, name)
        return found

    def _beneath(self, below: Cls, name: str, value: Type) -> Types:
        """What an attribute is on a class below, where the class that an object is known as does not say it."""
        beneath = self._inference.lineages.of(below)
        found = self._defined(beneath.classes, name, value) or self.relations.reversed(beneath.classes, name)
        return found or self._catalogued(beneath.external, name, value)

    def _defined(self, classes: tuple[Cls, ...], name: str, value: Type) -> Types:
        for cls in classes:
            if name in cls.methods:
                return self._method(cls.methods[name], value)
            if name in cls.instance and isinstance(value, Inst) and (found := self._instance(cls, name)):
                return found
            if name in cls.bindings and (found := self._declared(cls, name, value)):
                return found
        return ()

    def _method(self, func: Func, value: Type) -> Types:
        if any(role.role == "property" for role in self._inference.decorators.roles(func)) and isinstance(value, Inst):
            return self._inference.outcome(func, value)
        return (Fn(func, value),)

    def _instance(self, cls: Cls, name: str) -> Types:
        return self._inference.bound(cls.instance[name], f"{cls.name}.{name}")

    def _declared(self, cls: Cls, name: str, value: Type) -> Types:
        """A class attribute, as instances see it: a field gives its value, a manager holds the class's instances."""
        found: list[Type] = []
        for one in self._inference.bound(cls.bindings[name], f"{cls.name}.{name}"):
            if isinstance(one, ExtInst) and not self._catalog.classes.get(self._catalog.canonical(one.name)):
                found += self._collection(cls, name, one.name, value) or (one,)
                continue
            given = self.given(one, cls.bindings[name], value)
            found += given if given is not None else self.specialised((one,), self._instance_of(value))
        return tuple(found)

    def _collection(self, cls: Cls, name: str, maker: str, value: Type) -> Types:
        """The framework's own collection, where a class that nobody knows stands for it: `objects = ScopedManager()`."""
        for owner in self._inference.lineages.of(cls).external:
            own = self._collections(owner)
            if own and (name in own or maker.endswith(self._catalog.words["collection"])):
                return self._catalogued((owner,), name if name in own else own[0], value)
        return ()

    def _collections(self, owner: str) -> list[str]:
        """The attributes of a framework's class that are collections of its instances."""
        attributes = self._catalog.members(owner).attributes
        return [name for name, text in attributes.items() if self._catalog.iterated(parse(text).name) == "Item"]

    def _of_items(self, item: Type | None, name: str) -> Types:
        """What collections of some class have by the one that it declares: custom methods of a related manager."""
        if not isinstance(item, Inst):
            return ()
        lineage = self._inference.lineages.of(item.cls)
        for default in (one for owner in lineage.external for one in self._collections(owner)):
            for declared in self._defined(lineage.classes, default, Obj(item.cls)):
                if isinstance(declared, Inst) and (found := self._of_class(declared.cls, name, declared)):
                    return found
        return ()

    def _instance_of(self, value: Type) -> Type:
        return Inst(value.cls, getattr(value, "item", None)) if isinstance(value, Obj | Inst) else value

    def specialised(self, types: Types, on: Type) -> Types:
        """Collections of the catalogue that say nothing of their items hold instances of the class they are found on."""
        return tuple(self._specialised(one, on) for one in types)

    def _specialised(self, one: Type, on: Type) -> Type:
        item = on if isinstance(on, Inst) and not self._iterates(on) else getattr(on, "item", None)
        match one:
            case Inst(cls, None) if item is not None and self._iterates(one):
                return Inst(cls, item)
            case ExtInst(name, None) if item is not None and self._iterates(one):
                return ExtInst(name, item)
        return one

    def _iterates(self, one: Type) -> bool:
        match one:
            case Inst(cls):
                return any(self._catalog.iterated(name) == "Item" for name in self._inference.lineages.of(cls).external)
            case ExtInst(name):
                return self._catalog.iterated(name) == "Item"
        return False

    def given(self, one: Type, bindings: list[Binding], value: Type) -> list[Type] | None:
        """What a declared field gives on instances, or None where the class of the declaration says nothing of it."""
        names: tuple[str, ...] = ()
        match one:
            case ExtInst(name):
                names = self._catalog.ancestors(name)
            case Inst(cls):
                names = self._inference.lineages.of(cls).external
        text = next((entry.gives for name in names if (entry := self._catalog.classes.get(name)) and entry.gives), None)
        if text is None or not isinstance(value, Inst):
            return None
        call = next((binding.value for binding in bindings if isinstance(binding.value, r.Call)), None)
        if call is None:
            return []
        scope = bindings[0].scope
        return list(instantiate(parse(text), value, lambda which: self.model_argument(call, which[4:], value, scope)))

    def model_argument(self, call: r.Call, which: str, value: Type, scope: Func) -> Types:
        """The class that a relation's argument names, also by a string (`"app.Order"`, `"Order"`, `"self"`)."""
        for position, arg in enumerate(call.args):
            if str(position) != which and arg.keyword not in ("to", which):
                continue
            if not (isinstance(arg.value, r.Const) and isinstance(arg.value.value, str)):
                found = self._inference.infer(arg.value, scope)
                return found if arg.keyword == which else tuple(one for one in found if isinstance(one, Obj | ExtClass))
            if arg.value.value == "self" and isinstance(value, Inst):
                return (Obj(value.cls),)
            return self._inference.by_name.cls(arg.value, scope)
        return ()

    # --- the catalogue -------------------------------------------------------------------------------------------------

    def _catalogued(self, owners: tuple[str, ...], name: str, value: Type) -> Types:
        key = owners, name
        if key not in self._speakers:
            self._speakers[key] = next((one for one in owners if self._speaks(one, name)), None)
        owner, by_name = self._speakers[key], self._inference.by_name
        if owner is None:
            return ()
        if text := self._catalog.attribute(owner, name):
            this = self._instance_of(value) if not isinstance(value, ExtClass) else ExtInst(value.name, value.item)
            return self.specialised(instantiate(parse(text), this, lambda which: by_name.of_type(value, which)), this)
        return (Method(value, owner, name),)

    def _speaks(self, owner: str, name: str) -> bool:
        return self._catalog.knows(owner, name) or bool(self._inference.decorators.of_method(owner, name))

    def home(self, path: str, scope: Func, hops: int = 0) -> tuple[Module | None, str]:
        """The module of the project, and the name there, that a dotted name finally means through imports, if these end."""
        first, _, rest = path.partition(".")
        func = scope.binder(first)
        if func is None:
            return None, first
        binding = func.bindings[first][-1]
        if isinstance(binding.definition, r.Import) and binding.definition.name:
            module = self._inference.imports.imported_module(binding.definition, func.module)
            if module is None:
                return None, first
            if binding.definition.name in module.top.bindings and not rest:
                inner = module.top.bindings[binding.definition.name][-1]
                if isinstance(inner.definition, r.Import):
                    return self.home(binding.definition.name, module.top, hops + 1) if hops < _HOPS else (None, first)
                return module, binding.definition.name
            return None, first
        if rest:
            module = next((one.module for one in self._inference.lookup(first, scope) if isinstance(one, Mod)), None)
            return (module, rest) if module else (None, first)
        return func.module, first
