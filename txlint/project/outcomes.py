"""What calls give beyond what is declared: the class that is really made, what stands in for many, what a callable found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from txlint.facts import records as r
from txlint.project.model import Cls, Func, arguments
from txlint.project.types import Fn, Inst, Obj, Partial, Type, Types, union

if TYPE_CHECKING:
    from txlint.project.inference import Inference


_GETS = frozenset({"get", "find", "load", "fetch"})
_KINDS = frozenset({"type", "class", "cls", "klass", "model"})


class Outcomes:
    """Looks at the returns of functions and at the arguments of calls."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference

    def _is_final(self, func: Func) -> bool:
        """Whether no class below overrides a function."""
        return func.cls is None or not any(func.record.name in one.methods for one in func.cls.subclasses)

    def narrowed(self, declared: Types, func: Func) -> Types:
        """What a function is declared to return or, where each of its returns makes an object of a class below, these."""
        known = all(isinstance(one, Inst) for one in declared)
        if func.record.is_generator or not func.returns or not known or not self._is_final(func):
            return declared
        items = {one.cls: one.item for one in declared if isinstance(one, Inst)}
        made: list[Type] = []
        for value in func.returns:
            one = next(iter(self._inference.infer(value, func)), None) if isinstance(value, r.Call) else None
            if not (isinstance(one, Inst) and one.exact) or items.keys().isdisjoint(
                self._inference.lineages.of(one.cls).classes
            ):
                return declared
            made.append(Inst(one.cls, one.item or items.get(one.cls), exact=True))
        return tuple(dict.fromkeys(made))

    def of_many(self, cls: Cls, call: r.Call) -> Types:
        """What stands in for a class that is made with `many=True`, where the catalogue says which attribute names it."""
        words = self._inference.catalog.words["many"]
        if not any(arg.keyword in words and arg.value == r.Const(True) for arg in call.args):
            return ()
        entries = (self._inference.catalog.classes.get(name) for name in self._inference.lineages.of(cls).external)
        path = next((one.many for one in entries if one is not None and one.many), None)
        found = self._inference.members.path(Obj(cls), path) if path else ()
        return tuple(Inst(one.cls, exact=True) for one in found if isinstance(one, Obj))

    def handed_through(self, func: Func, on: Type | None, call: r.Call, scope: Func) -> Types:
        """What a function returns that returns what a callable which it is given does: `get_or_404(find, key)`."""
        key = "handed through", func, on, id(call), scope  # `fetch(query)` may be what the `fetch()` of its own query gives
        return self._inference.memo.answer(key, lambda: self._handed_through(func, on, call, scope), ())

    def _handed_through(self, func: Func, on: Type | None, call: r.Call, scope: Func) -> Types:
        given = dict(arguments(call, func, on is not None and not func.is_static))
        found: list[Types] = []
        for value in func.returns:
            one = func.bindings[value.path][0].value if isinstance(value, r.Name) and value.path in func.bindings else value
            owner, _, method = (
                one.func.path.rpartition(".") if isinstance(one, r.Call) and isinstance(one.func, r.Name) else ("",) * 3
            )
            if owner in given and isinstance(one, r.Call):  # return queryset.iterator()
                on_this = self._inference.members.all(self._inference.infer(given[owner], scope), method)
                found += [self._inference.result(each, one, func) for each in on_this]
            elif isinstance(one, r.Call) and isinstance(one.func, r.Name) and one.func.path in given:
                found += [
                    self._inference.result(each, one, func) for each in self._inference.infer(given[one.func.path], scope)
                ]
        return union(found)

    def asked_for(self, given: Types, func: Func, on: Type | None, call: r.Call, scope: Func) -> Types:
        """What a call gives or, where a function is to get an object of a class, one of that: `get_node(key, Order)`."""
        known = any(not isinstance(one, Inst) or one.item is not None for one in given)
        if known or func.record.name.split("_")[0] not in _GETS:
            return given
        for name, value in arguments(call, func, on is not None and not func.is_static):
            if not _KINDS.isdisjoint(name.split("_")):
                return tuple(Inst(one.cls) for one in self._inference.infer(value, scope) if isinstance(one, Obj)) or given
        return given

    def unsaid(self, call: r.Call, scope: Func) -> Types:
        """What a call gives of which nothing else is known: a function that a decorator was put around."""
        match call.func:
            case r.Call() if len(call.args) == 1:  # retry(times=3)(send)
                found = self._inference.infer(call.args[0].value, scope)
                return tuple(Partial(one) for one in found if isinstance(one, Fn))
        return ()
