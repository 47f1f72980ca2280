"""Calls that can do nothing to a database or a queue, although what they run is not known function by function.

Python's own types, the parts of the standard library that the catalogue calls inert, and methods which a framework's class has
and of which the catalogue says nothing, as it says all that matters of the classes that it has.
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

from txlint.facts import records as r
from txlint.project.model import Func
from txlint.project.types import Ext, ExtClass, ExtInst, Fn, Inst, Many, Method, Obj, Super, Tup, Type, Types

if TYPE_CHECKING:
    from txlint.project.inference import Inference

_DEPTH = 4


class Inert:
    """Looks at what a method is called on."""

    def __init__(self, inference: Inference) -> None:
        self._inference, self._catalog = inference, inference.catalog

    def call(self, call: r.Call, scope: Func) -> bool:
        """Whether a call of unknown target is of a method on something that can do nothing."""
        match call.func:
            case r.Name(path) if "." in path:
                owner, _, name = path.rpartition(".")
                on: r.Expr = r.Name(owner)
            case r.Attr(value, name):
                on = value
            case _:
                return False
        types = self._inference.infer(on, scope)
        if types and all(self._says_nothing(one, name) for one in types):
            return True
        return self._value(on, scope, 0)

    def _says_nothing(self, one: Type, name: str) -> bool:
        """Whether the type is one of which the catalogue says all, and it says nothing of this method."""
        match one:
            case Many() | Tup() | ExtClass():
                return True
            case ExtInst(owner, _, guessed):
                return not guessed and self._is_known(owner) and not self._may_be_extended(owner)
            case Inst(cls) | Super(cls):
                lineage = self._inference.lineages.of(cls)
                own = isinstance(one, Super) or name in cls.instance
                if name.startswith("__") and not lineage.external:
                    return not lineage.unknown
                complete = not lineage.unknown and bool(lineage.external) and all(map(self._is_known, lineage.external))
                return complete and (isinstance(one, Super) or not own)
        return False

    def _may_be_extended(self, owner: str) -> bool:
        """Whether it may stand for a class of the project that was made from it: a manager of a queryset, any model."""
        entry = self._catalog.classes.get(owner)
        if entry is not None and entry.role == "model":
            return True
        return self._catalog.iterated(owner) is not None and not owner.startswith("builtins.")

    def _is_known(self, name: str) -> bool:
        return self._catalog.speaks_of(name)

    def _value(self, expr: r.Expr, scope: Func, depth: int) -> bool:
        """Whether a value is one of Python's own types, or of what the catalogue calls inert."""
        if depth > _DEPTH:
            return False
        match expr:
            case r.Const() | r.Map() | r.Seq() | r.Comp() | r.Parts(_, "f"):
                return True
            case r.Parts(items, "Add" | "Modulo"):
                return any(self._value(one, scope, depth + 1) for one in items)
            case r.Choice(options):
                return all(self._value(one, scope, depth + 1) for one in options)
            case r.Call(func):
                return self._gives(func, scope, depth)
            case r.Name(path):
                return self._name(path, scope, depth)
            case r.Attr(value, _) | r.Item(value, r.Parts((), ":")):
                return self._value(value, scope, depth + 1)
        return False

    def _gives(self, func: r.Expr, scope: Func, depth: int) -> bool:
        """Whether calling this gives such a value: a constructor, an inert function, a method of such a value."""
        types = self._inference.infer(func, scope)
        if any(isinstance(one, Fn | Obj) for one in types):
            return False
        names = [self._full_name(one) for one in types]
        if names and all(name is not None and self._catalog.is_inert(name) for name in names):
            return True
        owner = func.value if isinstance(func, r.Attr) else None
        if isinstance(func, r.Name) and "." in func.path:
            owner = r.Name(func.path.rpartition(".")[0])
        return not types and owner is not None and self._value(owner, scope, depth + 1)

    def _full_name(self, one: Type) -> str | None:
        match one:
            case Ext(name) | ExtClass(name):
                return name
            case Method(_, owner, name):
                return f"{owner}.{name}"
        return None

    def _name(self, path: str, scope: Func, depth: int) -> bool:
        first, _, rest = path.partition(".")
        if hasattr(builtins, first) and scope.binder(first) is None:
            return not rest
        owner = scope.binder(first)
        if owner is None:
            return False
        bindings = owner.bindings[first]
        if all(isinstance(one.definition, r.Import) for one in bindings):
            return self._all_inert(self._inference.name(path, scope))
        if rest:
            return False
        return all(
            (isinstance(one.definition, r.Param) and one.definition.kind in ("*", "**"))
            or (one.how == "value" and one.value is not None and self._value(one.value, one.scope, depth + 1))
            for one in bindings
        )

    def _all_inert(self, types: Types) -> bool:
        names = [self._full_name(one) for one in types]
        return bool(names) and all(name is not None and self._catalog.is_inert(name) for name in names)
