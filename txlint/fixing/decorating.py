"""Decorators that stand where they do not do what they say: moved, taken out, put on what they are meant for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from txlint.facts import records as r
from txlint.findings import Applicability, Edit
from txlint.fixing.repairs import Repair
from txlint.frameworks import spelling
from txlint.project.model import Func
from txlint.transactions.analysis import Analysis
from txlint.transactions.view_decorators import Misplaced

if TYPE_CHECKING:
    from txlint.fixing.tree.source import Sources


def moved_down(func: Func, line: int) -> Repair:
    """Move the decorator on a line to the place directly above `def`."""

    def make(sources: Sources) -> tuple[Edit, ...]:
        from txlint.fixing.tree.decorating import decorator_moved

        return decorator_moved(sources.of(func.module.path), func, line)

    return Repair("move it directly above `def`", Applicability.SAFE, make)


def without_decorator(func: Func, line: int) -> Repair:
    """Take out the decorator on a line."""

    def make(sources: Sources) -> tuple[Edit, ...]:
        from txlint.fixing.tree.decorating import decorator_removed

        return decorator_removed(sources.of(func.module.path), func, line)

    return Repair("remove the decorator", Applicability.SAFE, make)


def moved_inward(analysis: Analysis, one: Misplaced, writing: Sequence[Func]) -> Repair | None:
    """Put a transaction that is around all of a view on the methods of it that write, or directly above `def`."""
    if one.func is not None and one.cls is None:
        return moved_down(one.func, one.line)
    targets = _targets(analysis, one, writing)
    own, decorator, path = one.func, one.decorator, one.scope.module.path
    title = f"put it on {', '.join(f'`{func.record.name}`' for func in targets)}"
    if not targets or (own is not None and any(func.cls is not one.cls for func in targets)):
        return None

    def make(sources: Sources) -> tuple[Edit, ...]:
        from txlint.fixing.tree.decorating import put_on_functions, put_on_methods

        if own is not None:
            return put_on_functions(sources.of(path), own, one.line, targets)
        return put_on_methods(sources.of(path), decorator, [func.record.name for func in targets])

    return Repair(title, Applicability.UNSAFE, make)


def _targets(analysis: Analysis, one: Misplaced, writing: Sequence[Func]) -> list[Func]:
    """The methods that answer requests and come to one that writes, and those that write and none of these comes to."""
    own, reached = frozenset(one.handlers) - {one.func}, set[Func]()
    targets: list[Func] = []
    for func in own:
        if any(entry.kind == "view" for entry in analysis.entries(func)):
            found = _reached(analysis, func, own)
            if not found.isdisjoint(writing):
                targets.append(func)
            reached |= found
    targets += (func for func in writing if func not in reached)
    return [func for func in one.handlers if func in targets]


def _reached(analysis: Analysis, func: Func, own: frozenset[Func]) -> set[Func]:
    """A method and those of the same object that it runs."""
    found, waiting = {func}, [func]
    while waiting:
        called = (edge.func for site in analysis.calls(waiting.pop()) for edge in site.edges)
        fresh = {one for one in called if one in own} - found
        found |= fresh
        waiting += fresh
    return found


def put_on_view(analysis: Analysis, one: Misplaced) -> Repair | None:
    """Put an opt-out from the request's transaction on the view as a whole."""
    applies = spelling.decorator_name(analysis.project.catalog, "applies-decorator")
    through = next(iter(analysis.project.catalog.words["through"]), None)
    cls, func, decorator = one.cls, one.func, one.decorator
    if cls is None or applies is None or through is None:
        return None
    applicability = Applicability.SAFE if one.alone else Applicability.UNSAFE

    def make(sources: Sources) -> tuple[Edit, ...]:
        from txlint.fixing.tree.decorating import put_on_class, put_on_methods

        source = sources.of(cls.module.path)
        if func is None:
            return put_on_methods(source, decorator, [through])
        return put_on_class(source, cls, (func, one.line), None if one.applied else applies, through)

    return Repair("put it on the class", applicability, make)


def keyword(func: Func, decorator: r.Expr, name: str, value: str) -> Repair | None:
    """Add a keyword argument to a decorator."""
    if not isinstance(decorator, r.Call):
        return None

    def make(sources: Sources) -> tuple[Edit, ...]:
        from txlint.fixing.tree.calls import with_keyword

        source = sources.of(func.module.path)
        return (with_keyword(source, source.call(decorator), name, value),)

    return Repair(f"add `{name}={value}`", Applicability.UNSAFE, make)
