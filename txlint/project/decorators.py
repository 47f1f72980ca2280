"""Decorators: what the catalogue says of them, also through the project's own, and what they put in a function's place."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from txlint.facts import records as r
from txlint.frameworks.catalog import RoleEntry
from txlint.project.model import Func
from txlint.project.types import Ext, ExtClass, ExtInst, Fn, Inst, Method, Obj, ParamValue, Partial, Type, Types

if TYPE_CHECKING:
    from txlint.project.inference import Inference

_DEPTH = 3
"""How far the calls inside of the project's own decorators are followed."""


class Decorators:
    """Reads decorators where they stand."""

    def __init__(self, inference: Inference) -> None:
        self._inference, self._catalog = inference, inference.catalog

    def is_context_manager(self, func: Func) -> bool:
        """Whether calling it gives a context manager: decorated so, by what the catalogue says."""
        return any(role.role == "context-manager" for role in self.roles(func))

    def roles(self, func: Func) -> list[RoleEntry]:
        """The catalogue's roles of a function's decorators, the outermost first."""
        return self._inference.memo.answer(("roles", func), lambda: self._roles(func), [])

    def _roles(self, func: Func) -> list[RoleEntry]:
        return [role for one in func.record.decorators for role in self.roles_of(one, func.parent or func)]

    def roles_of(self, decorator: r.Expr, scope: Func) -> list[RoleEntry]:
        """The roles that one decorator gives."""
        return [role for role, _, _ in self._given(decorator, scope, 0)]

    def _given(self, decorator: r.Expr, scope: Func, depth: int) -> list[tuple[RoleEntry, r.Expr, Func]]:
        """The roles that a decorator gives, each with the catalogue's decorator that it comes from, and where that stands."""
        callee = decorator.func if isinstance(decorator, r.Call) else decorator
        types = self._inference.infer(callee, scope)
        found: list[tuple[RoleEntry, r.Expr, Func]] = []
        for one in types:
            while isinstance(one, Partial):
                one = one.of
            match one:
                case Ext(name) | ExtClass(name):
                    found += [(role, decorator, scope) for role in self._catalog.decorators.get(name, ())]
                case Method(_, owner, name):
                    found += [(role, decorator, scope) for role in self.of_method(owner, name)]
                case Fn(func) if depth < _DEPTH:
                    found += self._inside((func, *self._below(func)), depth)
                case Inst(cls) | Obj(cls) if depth < _DEPTH:
                    above = self._inference.lineages.of(cls).external
                    found += [(role, decorator, scope) for name in above for role in self._catalog.decorators.get(name, ())]
                    found += self._inside(
                        tuple(one for func in cls.methods.values() for one in (func, *self._below(func))), depth
                    )
        if isinstance(callee, r.Name) and all(isinstance(one, ParamValue) or self._is_foreign(one) for one in types):
            receiver, _, method = callee.path.rpartition(".")
            last = receiver.rpartition(".")[2]
            roles = self._catalog.decorator_methods.get(method, ())
            words = (last, last.rpartition("_")[2])
            found += [(role, decorator, scope) for role in roles if not set(role.receivers).isdisjoint(words)]
        return found

    def _is_foreign(self, one: Type) -> bool:
        """Whether something comes from a module of which nothing is known."""
        return isinstance(one, Ext) and not self._catalog.speaks_of(one.name)

    def _inside(self, funcs: tuple[Func, ...], depth: int) -> list[tuple[RoleEntry, r.Expr, Func]]:
        """What a project's own decorator makes of a function: it calls a decorator that puts another object in its place."""
        found: list[tuple[RoleEntry, r.Expr, Func]] = []
        for func in funcs:
            found += self._inference.memo.answer(("decorates", func, depth), partial(self._decorates, func, depth), [])
        return found[:1]

    def _decorates(self, func: Func, depth: int) -> list[tuple[RoleEntry, r.Expr, Func]]:
        given = [one for call in func.calls for one in self._given(call, func, depth + 1)]
        given += [one for expr in func.record.decorators for one in self._given(expr, func.parent or func, depth + 1)]
        return [one for one in given if one[0].gives]

    def _below(self, func: Func) -> tuple[Func, ...]:
        """The functions defined in a function, at any depth."""
        found = [func]
        for one in func.module.functions:  # an outer function comes before those inside of it
            if one.parent in found:
                found.append(one)
        return tuple(found[1:])

    def of_method(self, owner: str, name: str) -> list[RoleEntry]:
        """The roles that a method of a catalogue class gives as a decorator: `app.task`."""
        return [role for role in self._catalog.decorator_methods.get(name, ()) if self._belongs(role, owner)]

    def _belongs(self, role: RoleEntry, owner: str) -> bool:
        return any(self._catalog.canonical(base) in self._catalog.ancestors(owner) for base in role.of)

    def replacement(self, func: Func) -> Types:
        """What a function's decorators put in its place (a task object), if anything: as what it is known, nearest first."""
        for decorator in func.record.decorators:
            for role, given, scope in self._given(decorator, func.parent or func, 0):
                if role.gives:
                    custom = self._custom(role, given, scope)
                    return (*([custom] if custom else ()), ExtInst(role.gives))
        return ()

    def _custom(self, role: RoleEntry, decorator: r.Expr, scope: Func) -> Type | None:
        """The project's own class that a decorator's argument names for the object (`base=`)."""
        keyword = next((name for name, meaning in role.arguments.items() if meaning == "base"), None)
        given = self._inference.argument(decorator, keyword, scope) if keyword and isinstance(decorator, r.Call) else ()
        return next((Inst(one.cls, exact=True) for one in given if isinstance(one, Obj)), None)

    def bound_to(self, func: Func) -> Type | None:
        """The object of a class of the project's own that a decorated function gets first, as it asks for (`bind=True`)."""
        for decorator in func.record.decorators:
            for role, given, scope in self._given(decorator, func.parent or func, 0):
                names = [name for name, meaning in role.arguments.items() if meaning == "bound"]
                asked = isinstance(given, r.Call) and any(
                    arg.keyword in names and arg.value == r.Const(True) for arg in given.args
                )
                if asked:
                    return self._custom(role, given, scope)
        return None

    def applied(self, roles: list[RoleEntry], called: Type, call: r.Call, scope: Func) -> Types:
        """A decorator used as a function: of a function, what it puts in its place; of options, the decorator still."""
        given = next((one for one in self._inference.argument(call, 0, scope) if isinstance(one, Fn | ParamValue)), None)
        gives = next((role.gives for role in roles if role.gives), None)
        if isinstance(given, Fn) and any(role.role == "context-manager" for role in roles):
            return (given,)  # what is entered is its generator
        if given is None or gives is None:
            return (Partial(called),) if gives else ()
        return (ExtInst(gives, given),)
