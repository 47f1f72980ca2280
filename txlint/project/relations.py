"""What a model gets by the relations that other models declare to it: `order.lines`, `user.profile`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from txlint.facts import records as r
from txlint.frameworks.classes import ClassEntry
from txlint.project.model import Binding, Cls
from txlint.project.typenames import instantiate, parse
from txlint.project.types import ExtClass, Inst, Obj, Types

if TYPE_CHECKING:
    from txlint.project.inference import Inference


class Relations:
    """Reads the declarations of all classes once."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference
        self._found: dict[Cls | str, dict[str, Types]] | None = None

    def reversed(self, classes: tuple[Cls | str, ...], name: str) -> Types:
        """What an attribute is that a relation to one of these classes, of the project or by full name, makes there."""
        if self._found is None:
            self._found = {}  # what asks for one while they are being read finds none
            self._found = self._read()
        return next((found for cls in classes if (found := self._found.get(cls, {}).get(name))), ())

    def _read(self) -> dict[Cls | str, dict[str, Types]]:
        found: dict[Cls | str, dict[str, Types]] = {}
        for cls, binding, call in self._declarations():
            entry = self._entry(call, binding)
            name = _name(call, entry, cls) if entry else ""
            if entry is None or entry.reverse is None or not name:
                continue
            for target in self._inference.members.model_argument(call, "0", Inst(cls), binding.scope):
                if isinstance(target, Obj | ExtClass):
                    owner = target.cls if isinstance(target, Obj) else target.name
                    found.setdefault(owner, {})[name] = instantiate(parse(entry.reverse), Inst(cls), lambda _: ())
        return found

    def _declarations(self) -> Iterator[tuple[Cls, Binding, r.Call]]:
        for module in self._inference.modules.values():
            for cls in module.classes:
                for binding in (one for group in cls.bindings.values() for one in group):
                    if isinstance(binding.value, r.Call):
                        yield cls, binding, binding.value

    def _entry(self, call: r.Call, binding: Binding) -> ClassEntry | None:
        for one in self._inference.infer(call.func, binding.scope):
            entry = self._inference.catalog.classes.get(one.name) if isinstance(one, ExtClass) else None
            if entry and entry.reverse:
                return entry
        return None


def _name(call: r.Call, entry: ClassEntry, cls: Cls) -> str:
    """The name that a relation has on the other side; empty where it has none there."""
    given = next((arg.value for arg in call.args if arg.keyword == entry.reverse_name), None)
    if isinstance(given, r.Call) and given.args:  # `backref("lines", lazy=True)`
        given = given.args[0].value
    if isinstance(given, r.Const) and isinstance(given.value, str):
        return given.value.replace("%(class)s", cls.record.name.lower())
    return entry.reverse_default.format(cls.record.name.lower())
