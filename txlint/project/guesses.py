"""What is taken to be meant where no type says it: names that say what they stand for, methods that only one hierarchy has."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from txlint.filekinds import is_test
from txlint.project.model import Cls, Func
from txlint.project.types import Ext, ExtInst, Fn, Inst, ParamValue, Type, Types

if TYPE_CHECKING:
    from txlint.project.inference import Inference

_OVERRIDES = 12


class Guesses:
    """Answers by name alone; whoever uses one marks what follows from it as guessed."""

    def __init__(self, inference: Inference) -> None:
        self._inference, self._modules, self._catalog = inference, inference.modules, inference.catalog
        self._only: dict[str, tuple[Func, ...]] = {}

    def only_methods(self, name: str) -> tuple[Func, ...]:
        """The method of the project with this name and its overrides, if one class has it first and the name is telling."""
        if name not in self._only:
            telling = "_" in name.strip("_") and not name.startswith("__") and name not in self._catalog.method_names
            self._only[name] = self._of_one_class(name) if telling else ()
        return self._only[name]

    def _of_one_class(self, name: str) -> tuple[Func, ...]:
        found = self._methods.get(name, ())
        classes = [one.cls for one in found if one.cls is not None]
        firsts = [one for one in classes if not any(one in other.subclasses for other in classes)]
        return tuple(found[:_OVERRIDES]) if len(firsts) == 1 else ()

    def named_after(self, owner: str, method: str) -> tuple[Func, ...]:
        """The method, with its overrides, of the only class that a variable is named after: `card_plugin` of `CardPlugin`."""
        if "_" not in owner.strip("_") or method.startswith("_"):
            return ()
        found = self._classes.get("".join(part.capitalize() for part in owner.strip("_").split("_")), ())
        if len(found) != 1:
            return ()
        members = self._inference.members.one(Inst(found[0]), method)
        own = tuple(one.func for one in members if isinstance(one, Fn))
        below = (one.methods[method] for one in found[0].subclasses if method in one.methods) if own else ()
        return (*own, *below)[:_OVERRIDES]

    def named(self, name: object, getter: str = "") -> tuple[Func, ...]:
        """The only function of the project, or of a module of that name, that a text names: `get_action("order_close")()`."""
        found = self._functions.get(name, []) if isinstance(name, str) else []
        words = getter.rpartition(".")[2].split("_")
        found = [one for one in found if one.module.name.rpartition(".")[2] in words] or found
        return tuple(found) if len(found) == 1 else ()

    @cached_property
    def _functions(self) -> dict[str, list[Func]]:
        found: dict[str, list[Func]] = {}
        for module in self._modules.values():
            for func in module.functions if not is_test(module.path) else ():
                if func.parent is module.top and func.cls is None:
                    found.setdefault(func.record.name, []).append(func)
        return found

    @cached_property
    def _classes(self) -> dict[str, list[Cls]]:
        found: dict[str, list[Cls]] = {}
        for module in self._modules.values():
            for cls in module.classes if not is_test(module.path) else ():
                found.setdefault(cls.record.name, []).append(cls)
        return found

    @cached_property
    def _methods(self) -> dict[str, list[Func]]:
        found: dict[str, list[Func]] = {}
        for module in self._modules.values():
            for cls in module.classes:
                for name, func in cls.methods.items():
                    found.setdefault(name, []).append(func)
        return found

    def instead(self, found: Types, name: str) -> Types:
        """What was found of an object or, where nothing is known of it, what the catalogue says that its name stands for."""
        receivers, words = self._catalog.receivers, name.rsplit("_", 2)
        meant = receivers.get(name) or (receivers.get("_".join(words[1:])) if len(words) == 3 else None)  # etl_db_session
        if meant is not None and all(isinstance(one, ParamValue) or self._is_foreign(one, meant) for one in found):
            return (self._one_of(meant),)
        return found

    def foreign(self, found: Types, owner: str, name: str) -> Types:
        """What an attribute of a class of which nothing is known stands for, by the names of both: `PeriodicTask.objects`."""
        meant = self._catalog.foreign.get(name)
        if meant is None or not owner[:1].isupper() or not all(isinstance(one, ParamValue) for one in found):
            return ()
        return (self._one_of(meant),)

    def is_any_row(self, one: Type) -> bool:
        """Whether all that is known of a value is that it is a row of something."""
        return isinstance(one, ExtInst) and one.guessed and "model" in self._catalog.class_roles(one.name)

    def _one_of(self, kind: str) -> ExtInst:
        held = self._catalog.classes[kind].holds
        return ExtInst(kind, ExtInst(held, guessed=True) if held else None, guessed=True)

    def _is_foreign(self, one: Type, meant: str) -> bool:
        """Whether something comes from a package of which nothing is known, or is made by one that adds to a known one."""
        if isinstance(one, ExtInst):  # taskiq_postgresql
            return one.name not in self._catalog.classes and one.name.startswith(f"{meant.partition('.')[0]}_")
        return isinstance(one, Ext) and not self._catalog.speaks_of(one.name)
