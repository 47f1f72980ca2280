"""Types from annotations and from injected defaults (`Depends(...)`)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from txlint.facts import records as r
from txlint.project.model import Func
from txlint.project.typenames import class_of
from txlint.project.types import Context, Ext, ExtClass, ExtInst, Fn, Inst, Many, Obj, Partial, Tup, Type, Types

if TYPE_CHECKING:
    from txlint.project.inference import Inference

_TRANSPARENT = frozenset(
    {"Optional", "Union", "Final", "ClassVar", "Awaitable", "Coroutine", "Required", "NotRequired", "Mapped"}
)
_COLLECTIONS = frozenset(
    {"list", "List", "set", "Set", "Sequence", "Iterable", "Iterator", "Generator", "AsyncGenerator", "AsyncIterator"}
    | {"AsyncIterable", "Collection", "frozenset", "FrozenSet", "deque"}
)


class Annotations:
    """Reads annotations in the scope of the function or module that writes them."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference

    def types(self, expr: r.Expr, scope: Func) -> Types:
        """What a value with this annotation can be."""
        match expr:
            case r.Name("Self" | "typing.Self" | "typing_extensions.Self") if scope.self_class:
                return (Inst(scope.self_class),)
            case r.Name() | r.Attr():
                return self._named(expr, scope)
            case r.Parts(items, "BitOr"):
                return tuple(one for item in items for one in self.types(item, scope))
            case r.Item(value, key):
                return self._subscripted(value, key, scope)
        return ()

    def _named(self, expr: r.Expr, scope: Func) -> Types:
        found: list[Type] = []
        for one in self._inference.infer(expr, scope):
            match one:
                case Obj(cls):
                    found.append(Inst(cls))
                case ExtClass(name, item):
                    found.append(ExtInst(name, item))
                case Ext(name) if name.rpartition(".")[2][:1].isupper() and not name.startswith(("typing.", "collections.")):
                    found.append(ExtInst(name))
        return tuple(found) or self._alias(expr, scope)

    def _alias(self, expr: r.Expr, scope: Func) -> Types:
        """`SessionDep = Annotated[Session, Depends(get_db)]`: the annotation that the name was given."""
        if not isinstance(expr, r.Name):
            return ()
        module, name = self._inference.members.home(expr.path, scope)
        for binding in module.top.bindings.get(name, ()) if module else ():
            if binding.how == "value" and isinstance(binding.value, r.Item | r.Parts):
                key = "alias", id(binding.value)  # an alias may be made of itself: JSON = dict[str, "JSON"]
                return self._inference.memo.answer(key, partial(self.types, binding.value, binding.scope), ())
        return ()

    def _subscripted(self, value: r.Expr, key: r.Expr, scope: Func) -> Types:
        name = value.path.rpartition(".")[2] if isinstance(value, r.Name) else ""
        keys = key.items if isinstance(key, r.Seq) else (key,)
        if name == "Annotated":
            provided = tuple(one for part in keys[1:] if isinstance(part, r.Call) for one in self.provided(part, scope))
            return self.types(keys[0], scope) or provided
        if name in _TRANSPARENT:
            return tuple(one for part in keys for one in self.types(part, scope))
        if name in _COLLECTIONS:
            return tuple(Many(one) for one in self.types(keys[0], scope))
        if name in ("dict", "Dict", "Mapping", "defaultdict") and len(keys) > 1:
            return tuple(Many(one) for one in self.types(keys[1], scope))
        if name in ("tuple", "Tuple"):
            return (Tup(tuple(next(iter(self.types(part, scope)), None) for part in keys)),)
        if name in ("type", "Type"):
            classes = (class_of(one) for one in self.types(keys[0], scope))
            return tuple(Obj(one.cls, below=True) if isinstance(one, Obj) else one for one in classes)
        item = next(iter(self.types(keys[0], scope)), None)
        return tuple(_holding(one, item) for one in self.types(value, scope))

    def provided(self, call: r.Call, scope: Func) -> Types:
        """What a default like `Depends(get_db)` injects: what the provider returns or yields."""
        for func in self.providers(call, scope):
            found = self._inference.yielded(func) if func.record.is_generator else self._inference.returned(func)
            if found:
                return tuple(one for one in found if not isinstance(one, Context))
        return tuple(Inst(one.cls) for one in self._provider_values(call, scope) if isinstance(one, Obj))

    def providers(self, call: r.Call, scope: Func) -> tuple[Func, ...]:
        """The provider functions that a default like `Depends(get_db)` names; of a class, its constructor."""
        found = [one.of if isinstance(one, Partial) else one for one in self._provider_values(call, scope)]
        functions = tuple(one.func for one in found if isinstance(one, Fn))
        return functions or self.constructors(tuple(Inst(one.cls) for one in found if isinstance(one, Obj)))

    def constructors(self, types: Types) -> tuple[Func, ...]:
        """The functions that make objects of the project's own classes."""
        made = (one for value in types if isinstance(value, Inst) for one in self._inference.members.one(value, "__init__"))
        return tuple(one.func for one in made if isinstance(one, Fn))

    def committing(self, param: r.Param, scope: Func) -> str | None:
        """The last name of the catalogue's provider that gives a parameter its session and commits it, if one does."""
        given = [one for call in injections(param) if isinstance(call, r.Call) for one in self._provider_values(call, scope)]
        declared = self.types(param.annotation, scope) if param.annotation is not None else ()
        for one in (*given, *declared):
            name = one.name if isinstance(one, ExtInst | ExtClass) else ""
            if "committing-provider" in self._inference.catalog.class_roles(name):
                return name.rpartition(".")[2]
        return None

    def _provider_values(self, call: r.Call, scope: Func) -> Types:
        for one in self._inference.infer(call.func, scope):
            provider = self._inference.catalog.providers.get(one.name) if isinstance(one, Ext | ExtClass) else None
            if provider is not None:
                found = self._inference.argument(call, provider.argument, scope)
                return found or (self._inference.argument(call, provider.keyword, scope) if provider.keyword else ())
        return ()


def _holding(one: Type, item: Type | None) -> Type:
    match one:
        case Inst(cls):
            return Inst(cls, item)
        case ExtInst(name):
            return ExtInst(name, item)
    return one


def injections(param: r.Param) -> tuple[r.Expr, ...]:
    """The default of a parameter, and the calls in its annotation: what may say who provides it."""
    found = (param.default,) if param.default is not None else ()
    return (*found, *injected(param.annotation))


def injected(expr: r.Expr | None) -> tuple[r.Call, ...]:
    """The calls in `Annotated[Session, Depends(...)]`."""
    if isinstance(expr, r.Item) and isinstance(expr.key, r.Seq):
        return tuple(one for one in expr.key.items if isinstance(one, r.Call))
    return ()
