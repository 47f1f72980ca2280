"""Models that an admin site edits: the calls and decorators that register them, and the classes that edit them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from txlint.facts import records as r
from txlint.frameworks.catalog import EffectEntry
from txlint.project.model import Cls, Func, walk
from txlint.project.typenames import class_of
from txlint.project.types import Ext, ExtInst, Inst, Method, Obj, Type, Types

if TYPE_CHECKING:
    from txlint.project.inference import Inference

_REGISTRATION = "admin-registration"


class Administered:
    """Answers which models a class edits, and which ones the framework's own class does."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference

    def registered(self, admin: Type) -> Types:
        """The models that a class is registered for; of the framework's own class, what it is said to be about."""
        if isinstance(admin, ExtInst) and admin.item is not None:
            return (class_of(admin.item),)
        return tuple(dict.fromkeys(self._by_admin.get(admin.cls, ()))) if isinstance(admin, Inst | Obj) else ()

    def inlined(self, admin: Type, where: str) -> Types:
        """The models of the inlines of a class, which `inlines.model` says: the attribute that lists them, and that of each."""
        listing, _, model = where.partition(".")
        inlines = self._inference.members.path(admin, listing) if isinstance(admin, Inst | Obj) else ()
        classes = (one for one in self._inference.items.at(inlines, -1) if isinstance(one, Obj))
        return tuple(found for one in classes for found in self._inference.members.path(one, model))

    def listed(self, admin: Cls, method: str) -> str:
        """The attribute of a class of the catalogue in which its own class lists a method: `actions`."""
        for name in self._inference.lineages.of(admin).external:
            entry = self._inference.catalog.classes.get(name)
            for attribute in entry.registers if entry else ():
                values = [one.value for one in admin.bindings.get(attribute, ()) if one.value is not None]
                if any(part in (r.Const(method), r.Name(method)) for value in values for part in walk(value)):
                    return attribute
        return ""

    @property
    def plain(self) -> Types:
        """The models that are registered with the framework's own class."""
        return tuple(dict.fromkeys(self._by_admin.get(None, ())))

    @cached_property
    def models(self) -> frozenset[Cls]:
        """All registered models."""
        return frozenset(one.cls for _, given in self._registrations for one in given if isinstance(one, Obj))

    @cached_property
    def _by_admin(self) -> dict[Cls | None, list[Type]]:
        found: dict[Cls | None, list[Type]] = {}
        for admin, models in self._registrations:
            found.setdefault(admin, []).extend(models)
        return found

    @cached_property
    def _registrations(self) -> tuple[tuple[Cls | None, Types], ...]:
        found: list[tuple[Cls | None, Types]] = []
        for module in self._inference.modules.values():
            for cls in module.classes:
                for decorator in cls.record.decorators:
                    if isinstance(decorator, r.Call) and self._registers(decorator, cls.parent):
                        found += [
                            (cls, tuple(self._models(arg.value, cls.parent))) for arg in decorator.args if not arg.keyword
                        ]
            for func in module.functions:
                for call in func.calls:
                    if call.args and self._registers(call, func):
                        found += [(one, tuple(self._models(call.args[0].value, func))) for one in self._editing(call, func)]
        return tuple(found)

    @cached_property
    def _names(self) -> frozenset[str]:
        """The last names of what registers: other calls need not be looked at."""
        return self._inference.catalog.last_names(_REGISTRATION)

    def _registers(self, call: r.Call, scope: Func) -> bool:
        catalog = self._inference.catalog
        if not (isinstance(call.func, r.Name) and call.func.path.rpartition(".")[2] in self._names):
            return False
        for one in self._inference.infer(call.func, scope):
            match one:
                case Ext(name):
                    entries = catalog.of_function(name)
                case Method(_, owner, name):
                    entries = catalog.of_method(owner, name)
                case _:
                    continue
            if any(isinstance(each.entry, EffectEntry) and each.entry.effect == _REGISTRATION for each in entries):
                return True
        return False

    def _models(self, given: r.Expr, scope: Func) -> Iterator[Type]:
        for one in given.items if isinstance(given, r.Seq) else (given,):
            yield from (value for value in self._inference.infer(one, scope) if isinstance(value, Obj))

    def _editing(self, call: r.Call, scope: Func) -> Iterator[Cls | None]:
        """The class that a call registers the models with; None for the framework's own."""
        places: tuple[int | str, ...] = (1, *self._inference.catalog.words["admin-class"])
        given = next((found for one in places if (found := self._inference.argument(call, one, scope))), ())
        yield next((one.cls for one in given if isinstance(one, Obj)), None)
