"""Uses: how often the project's own functions and classes are called or stand above a function as its decorator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from txlint.facts import records as r
from txlint.project.model import Cls, Func
from txlint.project.types import Fn, Inst, Obj, Partial, Types
from txlint.transactions.analysis import Analysis


def uses(analysis: Analysis) -> Counter[Func | Cls]:
    """The number of calls and decorated functions for each function and class of the project."""
    found: Counter[Func | Cls] = Counter()
    for site in analysis.sites():
        found.update(set(_meant(site.types)))
    for func in analysis.functions():
        for decorator in func.record.decorators:
            found.update(set(_meant(decorating(analysis, decorator, func))))
    return found


def decorating(analysis: Analysis, decorator: r.Expr, func: Func) -> Types:
    """What a decorator of a function can be, without its arguments."""
    callee = decorator.func if isinstance(decorator, r.Call) else decorator
    return analysis.project.inference.infer(callee, func.parent or func)


def _meant(types: Types) -> Iterator[Func | Cls]:
    for one in types:
        while isinstance(one, Partial):
            one = one.of
        match one:
            case Fn(func):
                yield func
            case Obj(cls) | Inst(cls):
                yield cls


def plain(func: Func) -> bool:
    """Whether a function has a name of its own: no lambda and no top-level code."""
    return func.parent is not None and func.record.name != "<lambda>"
