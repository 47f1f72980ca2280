"""Collections of the project, such as managers and querysets of a model: of what they hold instances."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from txlint.facts import records as r
from txlint.project.model import Binding, Cls
from txlint.project.types import Inst, Method, Obj, Type

if TYPE_CHECKING:
    from txlint.project.inference import Inference


class Holdings:
    """Reads off the bodies of classes where a collection is declared: `objects = OrderManager()`."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference
        self._owners: dict[Cls, list[Cls]] | None = None

    def item(self, cls: Cls) -> Type | None:
        """What instances of a class of collections hold; None where it is none, or is declared in unrelated classes."""
        external = self._inference.lineages.of(cls).external
        if not any(self._inference.catalog.iterated(name) == "Item" for name in external):
            return None
        if self._owners is None:
            self._owners = {}
            self._owners = self._declared()
        owners = [owner for one in (cls, *cls.subclasses) for owner in self._owners.get(one, ())]
        lineages = [self._inference.lineages.of(one).classes for one in owners]
        return next((Inst(one) for one in owners if all(one in classes for classes in lineages)), None)

    def _declared(self) -> dict[Cls, list[Cls]]:
        found: dict[Cls, list[Cls]] = defaultdict(list)
        for module in self._inference.modules.values():
            for owner in module.classes:
                for group in owner.bindings.values():
                    for one in group:
                        if (kind := self._kind(one)) is not None and owner not in found[kind]:
                            found[kind].append(owner)
        return found

    def _kind(self, binding: Binding) -> Cls | None:
        """The class of which a declaration makes a collection, by a call of it or of a method of it."""
        if not isinstance(binding.value, r.Call):
            return None
        for one in self._inference.infer(binding.value.func, binding.scope):
            match one:
                case Obj(cls) | Method(Obj(cls)):
                    return cls
        return None
