"""What is in a value: by iterating or unpacking it, by a subscript, by entering it as a context manager."""

from __future__ import annotations

from typing import TYPE_CHECKING

from txlint.project.typenames import instantiate, parse
from txlint.project.types import Context, ExtInst, Fn, Inst, Many, Tup, Type, Types, union

if TYPE_CHECKING:
    from txlint.project.inference import Inference

_PLAIN = ExtInst("builtins.object")
"""Text, numbers and the like, of which a framework's field says nothing else."""


class Items:
    """Takes values apart."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference

    def at(self, types: Types, position: object) -> Types:
        """What iterating, unpacking at a position or subscripting gives."""
        return union(self._at(one, position) for one in types)

    def _at(self, one: Type, position: object) -> Types:
        match one:
            case Many(item):
                return (item,)
            case Tup(items) if isinstance(position, int) and position >= 0:
                item = items[position] if position < len(items) else None
                return () if item is None else (item,)
            case Tup(items):
                return union((item,) for item in items if item is not None)
            case ExtInst(name) if isinstance(position, str) and self._is_keyed(name):
                return self._named(one, position)
            case Inst(_, item) | ExtInst(_, item) if item is not None:
                return (item,)
            case ExtInst(name) if text := self._inference.catalog.iterated(name):
                return instantiate(parse(text), one, lambda _: ())
        return ()

    def entered(self, types: Types) -> Types:
        """What `with value as name` gives."""
        return union(self._entered(one) for one in types)

    def _entered(self, one: Type) -> Types:
        match one:
            case Context(func):
                return self._inference.yielded(func)
            case Many(item):  # a generator is entered as a context manager only
                return (item,)
            case Inst():
                found = self._inference.members.all((one,), "__enter__") or self._inference.members.all((one,), "__aenter__")
                return union(self._inference.outcome(fn.func, one) for fn in found if isinstance(fn, Fn)) or (one,)
            case ExtInst(name):
                text = self._inference.catalog.returned(name, "__enter__")
                return instantiate(parse(text), one, lambda _: ()) if text else (one,)
        return ()

    def _is_keyed(self, name: str) -> bool:
        entry = self._inference.catalog.classes.get(name)
        return entry is not None and bool(entry.keyed)

    def _named(self, one: ExtInst, name: str) -> Types:
        """What is kept under a name in what a framework makes of a class's attributes: a form's cleaned values."""
        item = one.item
        if not isinstance(item, Inst):
            return ()
        for text in self._inference.catalog.classes[one.name].keyed:
            for owner in instantiate(parse(text), one, lambda which: self._inference.by_name.of_type(item, which)):
                if found := self._declared(item, name) if owner == item else self._inference.members.one(owner, name):
                    return found
        return ()

    def _declared(self, owner: Inst, name: str) -> Types:
        classes = self._inference.lineages.of(owner.cls).classes
        bindings = next((cls.bindings[name] for cls in classes if name in cls.bindings), [])
        found: list[Type] = []
        for one in self._inference.bound(bindings, name):
            given = self._inference.members.given(one, bindings, owner)
            plain = given is None and isinstance(one, ExtInst) and self._inference.catalog.speaks_of(one.name)
            found += (_PLAIN,) if plain else given or ()
        return tuple(found)
