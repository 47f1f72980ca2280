"""Classes that a project asks for by their names: `"shop.Order"`, `get_class("orders.models", "Order")`, a setting."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from txlint.facts import records as r
from txlint.frameworks.catalog import RoleEntry
from txlint.project.model import Cls, Func
from txlint.project.setting_values import setting_names
from txlint.project.types import Fn, Inst, Obj, Tup, Type, Types, union

if TYPE_CHECKING:
    from txlint.project.inference import Inference

_COMMAND = "command"
_LOADS = frozenset({"class", "classes", "model", "models"})


class ByName:
    """Looks up the classes that literals name."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference

    def cls(self, name: r.Expr, scope: Func, label: object = "") -> Types:
        """The only class of the module, the package of that label or the project that a literal names: `"shop.Order"`."""
        if not (isinstance(name, r.Const) and isinstance(name.value, str)):
            return ()
        package, _, last = name.value.rpartition(".")
        within = str(label or package).split(".")[0]
        every = self._classes.get(last) or self._classes.get(last.lower(), [])
        for found in (
            [one for one in every if one.module is scope.module and not label],
            [one for one in every if within in one.module.name.split(".")],
            every,
        ):
            if found:
                return (Obj(found[0]),) if len(found) == 1 else ()
        return ()

    @cached_property
    def _classes(self) -> dict[str, list[Cls]]:
        found: dict[str, list[Cls]] = {}
        for module in self._inference.modules.values():
            for cls in module.classes:
                if cls.methods or cls.bindings or cls.record.bases:
                    for name in {cls.record.name, cls.record.name.lower()}:
                        found.setdefault(name, []).append(cls)
        return found

    def asked_for(self, call: r.Call, name: r.Expr, scope: Func) -> Types:
        """The class that an argument of a call names, in the package that the first one names where there are several."""
        return self.cls(name, scope, getattr(call.args[0].value, "value", "") if len(call.args) > 1 else "")

    def imported(self, name: r.Expr, scope: Func) -> Types:
        """What is imported by the text of its full name: a literal, or that of a setting."""
        texts: tuple[str, ...] = ()
        match name:
            case r.Const(str() as text):
                texts = (text,)
            case r.Name(path) if path.rpartition(".")[2].isupper():
                texts = setting_names(path.rpartition(".")[2], self._inference.modules)
        return tuple(one for text in texts for one in self._inference.imports.dotted(text, scope.module.path))

    def command(self, call: r.Call) -> Types:
        """What runs the management command that the first argument of a call names."""
        named = call.args[0].value if call.args else None
        if not (isinstance(named, r.Const) and isinstance(named.value, str)):
            return ()
        roles = (found.entry for found in self._inference.catalog.roles)
        methods = [name for role in roles if isinstance(role, RoleEntry) and role.role == _COMMAND for name in role.methods]
        for module in self._inference.modules.values():
            commands = module.classes if module.name.rpartition(".")[2] == named.value else ()
            for cls in (one for one in commands if _COMMAND in self._inference.lineages.roles(one)):
                found = (self._inference.members.one(Inst(cls), name) for name in methods)
                return tuple(one for group in found for one in group if isinstance(one, Fn))
        return ()

    def loaded(self, func: Func, call: r.Call, scope: Func) -> Types:
        """The class that a loader of the project is asked for: a function that says in its name that it gets one."""
        if not call.args or _LOADS.isdisjoint(func.record.name.split("_")):
            return ()
        asked = call.args[-1].value
        if isinstance(asked, r.Seq):
            each = (self.asked_for(call, one, scope) for one in asked.items)
            return (Tup(tuple(next(iter(found), None) for found in each)),)
        return self.asked_for(call, asked, scope)

    def telling(self, found: Types, called: bool = False) -> Types:
        """Those of some types, or of what calling them gives, that say anything: `Any` does not."""
        if called:
            return union(self._inference.outcome(one.func, one.on) for one in found if isinstance(one, Fn))
        return tuple(one for one in found if getattr(one, "name", "") not in self._inference.catalog.words["anything"])

    def of_type(self, value: Type, which: str) -> Types:
        """What `attr:...` and `gives:...` (of a value) and `setting:...` in a type of the catalogue mean."""
        kind, _, name = which.partition(":")
        if kind == "attr":
            return self._inference.members.path(value, name)
        if kind == "gives":
            return self._inference.overridden.gives((value,), name)
        if kind == "registered":
            return self._inference.administered.registered(value)
        if kind == "inlined":
            return self._inference.administered.inlined(value, name)
        modules = self._inference.modules.values() if kind == "setting" else ()
        bound = (one for module in modules for one in module.top.bindings.get(name, ()))
        found = {one.value: one.scope for one in bound if isinstance(one.value, r.Const)}
        return self.cls(*next(iter(found.items()))) if len(found) == 1 else ()
