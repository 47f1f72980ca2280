"""What stands around an entry point: the transaction that the framework opens, and whether the request's is switched off."""

from __future__ import annotations

from txlint.facts import records as r
from txlint.project.calls import OWN, Opening
from txlint.project.implicit import Hook
from txlint.project.inference import Inference
from txlint.project.model import Cls, Func


class Surroundings:
    """Finds what a framework opens around the methods that it calls, and what has no transaction of the request's."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference

    def opened(self, cls: Cls, method: str) -> tuple[Opening, ...]:
        """What the framework itself opens around a method that it calls."""
        return self.wrapping(self._inference.lineages.of(cls).external, method, cls.parent, cls.record.line)

    def wrapping(self, owners: tuple[str, ...], method: str, scope: Func, line: int) -> tuple[Opening, ...]:
        """What the first of these classes of a framework that does so opens around a method."""
        for name in owners:
            entry = self._inference.catalog.classes.get(name)
            if entry and entry.wraps and (method in entry.wrapped or "*" in entry.wrapped):
                text = f"{name.rpartition('.')[2]} runs {method} in a transaction"
                return (Opening(entry.wraps, self._inference.catalog.family(name), "default", scope, line, text),)
        return ()

    def of_hook(self, owner: str, scope: Func, hook: Hook) -> tuple[Opening, ...]:
        """What is open around a method that one of a framework's class calls: around the caller, or opened by the caller."""
        line = hook.func.record.line
        text = f"`{hook.within}` opens a transaction of its own"
        own = (Opening(OWN, self._inference.catalog.family(owner), "default", scope, line, text),) if hook.protected else ()
        return self.wrapping((owner,), hook.within, scope, line) or own

    def is_non_atomic(self, method: Func) -> bool:
        """Whether a method or its class has no transaction of the request's."""
        roles = self._inference.decorators.roles(method)
        return any(one.role == "non-atomic" for one in roles) or (method.cls and self.class_is_non_atomic(method.cls)) is True

    def class_is_non_atomic(self, cls: Cls) -> bool:
        """Whether a class switches it off: by a decorator, of it or of what all requests pass through, or in what makes it."""
        words = self._inference.catalog.words
        for owner in self._inference.lineages.of(cls).classes:
            for decorator in owner.record.decorators:
                if isinstance(decorator, r.Call) and any(self.switches_off(arg.value, cls.parent) for arg in decorator.args):
                    return True
            for func in (owner.methods[name] for name in words["through"] if name in owner.methods):
                for decorator in func.record.decorators:
                    inner = [arg.value for arg in decorator.args] if isinstance(decorator, r.Call) else [decorator]
                    if any(self.switches_off(one, cls.parent) for one in inner):
                        return True
            if any(self._gives_non_atomic(owner.methods[name]) for name in words["factory"] if name in owner.methods):
                return True
        return False

    def _gives_non_atomic(self, func: Func) -> bool:
        """Whether what makes the view of a class switches it off around what it gives."""
        return any(isinstance(one, r.Call) and self.switches_off(one.func, func) for one in func.returns)

    def switches_off(self, expr: r.Expr, scope: Func) -> bool:
        """Whether a decorator is one that switches the transaction of the request off."""
        return any(role.role == "non-atomic" for role in self._inference.decorators.roles_of(expr, scope))
