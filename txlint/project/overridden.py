"""Methods that a project overrides for a framework: what the framework passes to them, and what it gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from txlint.facts import records as r
from txlint.project.model import Func
from txlint.project.typenames import instantiate, parse
from txlint.project.types import Fn, Inst, Method, Type, Types, union

if TYPE_CHECKING:
    from txlint.project.inference import Inference


class Overridden:
    """Looks at such methods as the framework calls them."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference

    def passed(self, param: r.Param, scope: Func) -> Types:
        """What a framework passes for a parameter of a method that it calls."""
        if scope.cls is None or scope.is_static or param.kind in ("*", "**"):
            return ()
        position, owners = scope.record.params.index(param) - 1, self._inference.lineages.of(scope.cls).external
        called = self._inference.administered.listed(scope.cls, scope.record.name) or scope.record.name
        texts = (self._inference.catalog.parameter(one, called, position) for one in owners)
        return self._meant(next((one for one in texts if one), None), Inst(scope.cls))

    def given(self, on: Type, method: Method, position: int) -> Types:
        """What a framework passes to its own method, at a position after `self`, where it calls that itself."""
        text = self._inference.catalog.parameter(method.owner, method.name, position)
        return self._meant(text or None, on)

    def gives(self, on: Types, method: str) -> Types:
        """What a method that takes nothing gives on these very objects: `return self.form_class` is theirs."""
        return union(self._given(one) for one in self._inference.members.all(on, method))

    def _given(self, method: Type) -> Types:
        return self._inference.memo.answer(("given", method), lambda: self._outcome(method), ())

    def _outcome(self, method: Type) -> Types:
        match method:
            case Fn(func, Inst() as on) if func.returns and func.record.params:
                return union(self._returned(one, func, on) for one in func.returns) or self._by_default(func, on)
            case Fn(func, on):
                return self._inference.outcome(func, on)
            case Method(on, owner, name):
                return self._meant(self._inference.catalog.returned(owner, name), on)
        return ()

    def _by_default(self, func: Func, on: Inst) -> Types:
        """What the framework's own method would give, where what the project's gives cannot be told."""
        owners = self._inference.lineages.of(on.cls).external
        texts = (self._inference.catalog.returned(one, func.record.name) for one in owners)
        return self._meant(next((one for one in texts if one), None), on)

    def _returned(self, value: r.Expr, func: Func, on: Inst) -> Types:
        own = f"{func.record.params[0].name}."
        match value:
            case r.Call(r.Attr(r.Call(r.Name("super")), name)) if func.cls is not None:
                after = self._inference.members.after(func.cls, on.cls, name)
                return union(self._given(one) for one in after)
            case r.Call(r.Name(path)) if path.startswith(own):
                return self.gives((on,), path.removeprefix(own))
        if isinstance(value, r.Name) and value.path.startswith(own):
            return self._inference.members.path(on, value.path.removeprefix(own))
        return self._inference.infer(value, func)

    def _meant(self, text: str | None, on: Type) -> Types:
        if text is None:
            return ()
        found = instantiate(parse(text), on, lambda which: self._inference.by_name.of_type(on, which))
        return self._inference.members.specialised(found, on)
