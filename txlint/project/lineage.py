"""Classes: their ancestors in and outside the project."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.frameworks.index import Catalog
from txlint.project.model import Cls, Func
from txlint.project.types import Ext, ExtClass, Obj, Types

_KEEPING = 40
"""Classes with the methods of a protocol; with more of them, its methods are taken to be anybody's."""


@dataclass(frozen=True, slots=True)
class Lineage:
    """The ancestors of a class: those of the project (itself first), catalogue and other external names, unresolved bases."""

    classes: tuple[Cls, ...]
    external: tuple[str, ...]
    unknown: tuple[str, ...]


class Lineages:
    """Answers who derives from whom; each class is resolved once."""

    def __init__(self, infer: Callable[[r.Expr, Func], Types], catalog: Catalog) -> None:
        self._infer, self._catalog = infer, catalog
        self._found: dict[Cls, Lineage] = {}

    def of(self, cls: Cls) -> Lineage:
        """The lineage of a class, in the order in which attributes are looked up (depth first, each once)."""
        if cls in self._found:
            return self._found[cls]
        self._found[cls] = Lineage((cls,), (), ())  # a cycle of bases ends here
        classes, external, unknown = [cls], list[str](), list[str]()
        for base in (*cls.record.bases, *self._interfaces(cls)):
            base_class = base.value if isinstance(base, r.Item) else base
            found = self._infer(base_class, cls.parent) or self._beside(base_class, cls)
            for one in found:
                match one:
                    case Obj(parent):
                        above = self.of(parent)
                        classes += [other for other in above.classes if other not in classes]
                        external += [other for other in above.external if other not in external]
                        unknown += above.unknown
                    case Ext(name) | ExtClass(name):
                        external += [other for other in self._catalog.ancestors(name) if other not in external]
            if not found:
                unknown.append(written(base))
        if unknown or not all(map(self._catalog.speaks_of, external)):
            external += [one for one in self._by_fields(cls) if one not in external]
        self._found[cls] = Lineage(tuple(classes), tuple(external), tuple(unknown))
        return self._found[cls]

    def _beside(self, base: r.Expr, cls: Cls) -> Types:
        """The class of this name in the body of the class around: `class List(Base)` within `class Orders`."""
        around, _, _ = cls.record.qualname.rpartition(".")
        wanted = f"{around}.{base.path}" if around and isinstance(base, r.Name) else ""
        return tuple(Obj(one) for one in cls.module.classes if one.record.qualname == wanted and one is not cls)

    def _by_fields(self, cls: Cls) -> tuple[str, ...]:
        """The class of the catalogue from which a base that nobody knows must derive, by what is declared in the body."""
        for binding in (one for group in cls.bindings.values() for one in group if isinstance(one.value, r.Call)):
            assert isinstance(binding.value, r.Call)
            for one in self._infer(binding.value.func, binding.scope):
                if isinstance(one, Ext | ExtClass) and (owner := self._catalog.declares(one.name)):
                    return self._catalog.ancestors(owner)
        return ()

    def _interfaces(self, cls: Cls) -> Iterator[r.Expr]:
        """The interfaces of the project that a class is declared to keep, by a decorator."""
        for decorator in cls.record.decorators:
            for one in self._infer(decorator.func, cls.parent) if isinstance(decorator, r.Call) else ():
                roles = self._catalog.decorators.get(one.name, ()) if isinstance(one, Ext | ExtClass) else ()
                if isinstance(decorator, r.Call) and any(role.role == "implements" for role in roles):
                    yield from (arg.value for arg in decorator.args)

    def roles(self, cls: Cls) -> set[str]:
        """What the catalogue says of the classes that it derives from: model, view, task, ..."""
        return {role for name in self.of(cls).external for role in self._catalog.class_roles(name)}

    def link(self, classes: list[Cls]) -> None:
        """Tell each class which ones derive from it directly or not."""
        for cls in classes:
            for parent in self.of(cls).classes[1:]:
                parent.subclasses.append(cls)
        for protocol in classes:
            if any(isinstance(one, r.Name | r.Item) and _is_protocol(one) for one in protocol.record.bases):
                promised = [name for name in protocol.methods if not name.startswith("__")]
                keeping = [one for one in classes if promised and one is not protocol and self._has(one, promised)]
                if len(keeping) <= _KEEPING:
                    protocol.subclasses += [one for one in keeping if one not in protocol.subclasses]

    def _has(self, cls: Cls, methods: list[str]) -> bool:
        every = {name for one in self.of(cls).classes for name in one.methods}
        return all(name in every for name in methods)


def _is_protocol(base: r.Expr) -> bool:
    plain = base.value if isinstance(base, r.Item) else base
    return isinstance(plain, r.Name) and plain.path.rpartition(".")[2] == "Protocol"


def written(expr: r.Expr) -> str:
    """An expression as its author wrote it, shortened: `order.lines.get(...).save`."""
    match expr:
        case r.Name(path):
            return path
        case r.Attr(value, name):
            return f"{written(value)}.{name}"
        case r.Call(func, args):
            return f"{written(func)}({'...' if args else ''})"
        case r.Item(value, _):
            return f"{written(value)}[...]"
        case r.Const(value):
            return repr(value)
        case r.Lambda():
            return "lambda"
    return "..."
