"""Decorators of views that stand where they do not do what they say: too far out, or where the framework does not look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.project.calls import Opening
from txlint.project.model import Cls, Func
from txlint.project.project import Project
from txlint.project.wrappings import scope_line
from txlint.transactions.contexts import FAMILY


@dataclass(frozen=True, slots=True, eq=False)
class Misplaced:
    """A decorator in the wrong place: where it is written, what it is on, and the methods that it was meant for."""

    scope: Func
    line: int
    text: str
    on: str
    handlers: tuple[Func, ...]
    decorator: r.Expr
    func: Func | None = None
    """The function that it decorates, if it is one."""
    cls: Cls | None = None
    """The view, if that is a class."""
    applied: bool = False
    """Whether it is the argument of a decorator which applies it to a method."""
    alone: bool = False
    """Whether the view has no other method that answers requests."""


def around_error_answers(project: Project) -> Iterator[Misplaced]:
    """Transactions put around what turns errors into responses, so that no error reaches them."""
    for module in project.modules.values():
        for func in module.functions:
            yield from _above_answering(project, func)
        for cls in module.classes:
            yield from _around_dispatch(project, cls)


def _above_answering(project: Project, func: Func) -> Iterator[Misplaced]:
    scope = func.parent or func
    above: list[tuple[Opening, r.Expr]] = []
    for decorator in func.record.decorators:
        if any(role.catches for role in project.inference.decorators.roles_of(decorator, scope)):
            for opening, written_as in above:
                line = written_as.line if isinstance(written_as, r.Call) else scope_line(written_as, scope)
                yield Misplaced(scope, line, opening.text, func.record.name, (func,), written_as, func)
            return
        opened = project.resolver.openers.wrappings.of_decorator(decorator, scope).opened
        above += [(one, decorator) for one in opened if one.family == FAMILY]


def _around_dispatch(project: Project, cls: Cls) -> Iterator[Misplaced]:
    lineage = project.inference.lineages.of(cls)
    entries = [entry for name in lineage.external if (entry := project.catalog.classes.get(name))]
    catching = next((entry.catches for entry in entries if entry.catches), None)
    if catching is None:
        return
    handlers = tuple(dict.fromkeys(func for owner in lineage.classes for func in owner.methods.values()))
    for decorator in cls.record.decorators:
        if isinstance(decorator, r.Call) and _names(decorator, catching):
            for opening in project.resolver.openers.wrappings.of_decorator(decorator, cls.parent).opened:
                if opening.family == FAMILY:
                    yield Misplaced(cls.parent, decorator.line, opening.text, cls.record.name, handlers, decorator, cls=cls)
    if (own := cls.methods.get(catching)) is not None:
        for decorator in own.record.decorators:
            for opening in project.resolver.openers.wrappings.of_decorator(decorator, own.parent or own).opened:
                if opening.family == FAMILY and opening.func is own.parent:
                    on = f"{cls.record.name}.{catching}"
                    yield Misplaced(opening.func, opening.line, opening.text, on, handlers, decorator, own, cls)


def ineffective_opt_outs(project: Project) -> Iterator[Misplaced]:
    """Opt-outs from the request's transaction on a method of a view, where the framework does not look for them."""
    for module in project.modules.values():
        for cls in module.classes:
            lineage = project.inference.lineages.of(cls)
            whole = project.catalog.words["through"]
            handlers = {hook for name in lineage.external for each in whole for hook in project.catalog.hooks(name, each)}
            if not handlers:
                continue
            own = [func for name, func in cls.methods.items() if name in handlers]
            yield from (one for func in own for one in _on_method(project, func, cls, len(own) == 1))
            for decorator in cls.record.decorators:
                named = isinstance(decorator, r.Call) and any(_names(decorator, one) for one in handlers)
                if isinstance(decorator, r.Call) and named and _opts_out(project, decorator.args[0].value, cls.parent):
                    text, alone = "non_atomic_requests", len(own) == 1
                    yield Misplaced(cls.parent, decorator.line, text, cls.record.name, (), decorator, None, cls, True, alone)


def _on_method(project: Project, func: Func, cls: Cls, alone: bool) -> Iterator[Misplaced]:
    for decorator in func.record.decorators:
        applies = any(role.role == "applies-decorator" for role in project.inference.decorators.roles_of(decorator, cls.parent))
        applied = decorator.args[0].value if applies and isinstance(decorator, r.Call) and decorator.args else None
        if _opts_out(project, applied or decorator, cls.parent):
            line = decorator.line if isinstance(decorator, r.Call) else scope_line(decorator, func)
            on = f"{cls.record.name}.{func.record.name}"
            yield Misplaced(func, line, "non_atomic_requests", on, (func,), decorator, func, cls, applied is not None, alone)


def _opts_out(project: Project, expr: r.Expr, scope: Func) -> bool:
    return any(role.role == "non-atomic" for role in project.inference.decorators.roles_of(expr, scope))


def _names(decorator: r.Call, method: str) -> bool:
    """Whether a class decorator is put around this method."""
    return any(arg.value == r.Const(method) and arg.keyword in (None, "name") for arg in decorator.args)
