"""Inference of a project's own openers: context managers and factories that open a transaction inside.

Nobody spells these in a configuration: what `with unit():` opens is read off the body of `unit`.
"""

from __future__ import annotations

from collections.abc import Callable

from txlint.facts import records as r
from txlint.frameworks.catalog import BoundaryEntry
from txlint.project.calls import Opening, Site
from txlint.project.effects import Meanings
from txlint.project.inference import Inference
from txlint.project.lineage import written
from txlint.project.model import Binding, Cls, Func
from txlint.project.sites import Body, BodyWalker
from txlint.project.types import Context, ExtInst, Fn, Inst, Obj
from txlint.project.wrappings import Wrappings


class Openers:
    """Walks function bodies on demand, so that what one opens can depend on what another one opens."""

    def __init__(self, inference: Inference, meanings: Meanings, resolve: Callable[[Site], None]) -> None:
        self._inference, self._meanings, self._resolve = inference, meanings, resolve
        self._bodies: dict[Func, Body | None] = {}
        self.wrappings = Wrappings(inference, meanings, self)

    def body(self, func: Func) -> Body:
        """The calls of a function with the regions around them."""
        if func not in self._bodies:
            self._bodies[func] = None
            self._bodies[func] = BodyWalker(func, self.of_item, self.entering, self._resolve).walk(
                self.wrappings.of(func).opened
            )
        return self._bodies[func] or Body(func)

    # --- with ----------------------------------------------------------------------------------------------------------

    def of_item(self, expr: r.Expr, scope: Func, depth: int = 0) -> tuple[Opening, ...]:
        """What `with expr` opens: by what it is made of, else by what it is."""
        return self._of_expression(expr, scope, depth) or (self._of_value(expr, scope) if depth == 0 else ())

    def _of_value(self, expr: r.Expr, scope: Func) -> tuple[Opening, ...]:
        """What an object opens when it is entered itself: `with connection:`, or a property that is a context manager."""
        types = self._inference.infer(expr, scope) if isinstance(expr, r.Name | r.Call) else ()
        for one in types:
            if isinstance(one, Context) and (inner := self.of_generator(one.func)):
                return tuple(opening.through(scope, 0, written(expr)) for opening in inner)
            if not isinstance(one, ExtInst) or one.guessed:
                continue
            for found in self._inference.catalog.of_method(one.name, "__enter__"):
                if isinstance(found.entry, BoundaryEntry):
                    line = expr.line if isinstance(expr, r.Call) else 0
                    return (self._meanings.opening(found, r.Name(written(expr)), scope, one, line),)
        return ()

    def _of_expression(self, expr: r.Expr, scope: Func, depth: int) -> tuple[Opening, ...]:
        match expr:
            case _ if depth > 6:
                return ()
            case r.Call():
                return self._of_call(expr, scope, depth)
            case r.Choice(options):
                groups = [self.of_item(one, scope, depth + 1) for one in options]
                return tuple(one.doubtful(all(groups)) for group in groups for one in group)[:2]
            case r.Name():
                for binding in self._bindings(expr, scope):
                    given = binding.value if binding.how == "value" else None
                    if given is not None and (found := self.of_item(given, binding.scope, depth + 1)):
                        return found
        return ()

    def _bindings(self, name: r.Name, scope: Func) -> list[Binding]:
        first, _, rest = name.path.partition(".")
        if not rest:
            return scope.bindings.get(first) or scope.module.top.bindings.get(first) or []
        owner = scope.self_class
        return owner.instance.get(rest, []) if owner and first == "self" else []

    def _of_call(self, call: r.Call, scope: Func, depth: int) -> tuple[Opening, ...]:
        types = self._inference.infer(call.func, scope)
        if found := self._meanings.openings(call, types, scope):
            return found
        for one in types:
            inner: tuple[Opening, ...] = ()
            match one:
                case Fn(func) if func.record.is_generator:
                    inner = self.of_generator(func)
                case Fn(func):
                    inner = self.returned(func, depth)
                case Obj(cls):
                    inner = self.of_class(cls)
            if inner:
                text = written(call)
                return tuple(one.through(scope, call.line, text, call) for one in inner)
        return ()

    def of_generator(self, func: Func) -> tuple[Opening, ...]:
        """What is open at the `yield` of a generator-based context manager."""
        yields = self.body(func).yields
        if not yields:
            return ()
        best = max(yields, key=len)
        return best if all(yields) else tuple(one.doubtful(False) for one in best)

    def returned(self, func: Func, depth: int) -> tuple[Opening, ...]:
        """What a function returns openers of: a factory."""
        groups = [self.of_item(one, func, depth + 1) for one in func.returns]
        return tuple(one.doubtful(all(groups)) for group in groups for one in group)[:2]

    def of_class(self, cls: Cls) -> tuple[Opening, ...]:
        """What a class-based context manager opens: by an ancestor in the catalogue, or by entering an opener itself."""
        for name in self._inference.lineages.of(cls).external:
            for found in self._inference.catalog.of_function(name):
                if isinstance(found.entry, BoundaryEntry):
                    return (self._meanings.opening(found, r.Name(cls.record.name), cls.parent, line=cls.record.line),)
        for name in ("__enter__", "__aenter__"):
            for one in self._inference.members.one(Inst(cls), name):
                if isinstance(one, Fn):
                    for site in self.body(one.func).sites:
                        if isinstance(site.call.func, r.Name) and site.call.func.path.endswith((".__enter__", ".__aenter__")):
                            owner = r.Name(site.call.func.path.rpartition(".")[0])
                            if opened := self.of_item(owner, one.func, 1):
                                return tuple(inner.through(one.func, site.line, written(owner)) for inner in opened)
        return ()

    def entering(self, call: r.Call, scope: Func) -> tuple[Opening, ...]:
        """What a call opens by entering its argument, for as long as its object is entered: `stack.enter_context(opener)`."""
        entries = self._meanings.of(call, self._inference.infer(call.func, scope)) if call.args else []
        enters = any(isinstance(one.entry, BoundaryEntry) and one.entry.boundary == "argument" for one, _ in entries)
        return self.of_item(call.args[0].value, scope) if enters else ()
