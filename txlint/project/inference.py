"""What an expression can be: names, annotations, constructors, returns, the catalogue."""

from __future__ import annotations

import builtins

from txlint.facts import records as r
from txlint.frameworks.index import Catalog
from txlint.project.administered import Administered
from txlint.project.annotations import Annotations
from txlint.project.attached import Attached
from txlint.project.by_name import ByName
from txlint.project.decorators import Decorators
from txlint.project.filled import filled
from txlint.project.guesses import Guesses
from txlint.project.holdings import Holdings
from txlint.project.imports import Imports
from txlint.project.items import Items
from txlint.project.lineage import Lineages
from txlint.project.members import Members
from txlint.project.memo import Memo
from txlint.project.model import Binding, Cls, Func, Module, walk
from txlint.project.modules import ModuleIndex
from txlint.project.outcomes import Outcomes
from txlint.project.overridden import Overridden
from txlint.project.passed import Passed
from txlint.project.reaching import reaching
from txlint.project.received import Received
from txlint.project.typenames import instantiate, parse
from txlint.project.types import (
    WIDTH,
    Context,
    Ext,
    ExtClass,
    ExtInst,
    Fn,
    Inst,
    Many,
    Method,
    Obj,
    ParamValue,
    Partial,
    Super,
    Tup,
    Type,
    Types,
    union,
)

_BUILTINS = frozenset(dir(builtins))


class Inference:
    """Types of names and expressions, each worked out once; what cannot be known is an empty tuple."""

    def __init__(self, modules: dict[str, Module], index: ModuleIndex, catalog: Catalog) -> None:
        self.modules, self.catalog = modules, catalog
        self.memo = Memo()
        self.lineages = Lineages(self.infer, catalog)
        self.members = Members(self)
        self.annotations = Annotations(self)
        self.decorators = Decorators(self)
        self.attached = Attached(self)
        self.imports = Imports(self, index)
        self.passed = Passed(self)
        self.guesses = Guesses(self)
        self.outcomes = Outcomes(self)
        self.overridden = Overridden(self)
        self.by_name = ByName(self)
        self.holdings = Holdings(self)
        self.items = Items(self)
        self.received = Received(self)
        self.administered = Administered(self)

    # --- names ---------------------------------------------------------------------------------------------------------

    def name(self, path: str, scope: Func) -> Types:
        """What a dotted name as written in a function means."""
        first, _, rest = path.partition(".")
        return self._along(first, rest, self.lookup(first, scope))

    def called(self, call: r.Call, scope: Func) -> Types:
        """What a call calls, as far as the variable that it begins with has not been given another value since."""
        if isinstance(call.func, r.Name):
            first, _, rest = call.func.path.partition(".")
            bindings = scope.bindings.get(first, ())
            if len(bindings) > 1 and all(one.definition is None or one.how == "param" for one in bindings):
                near = reaching(scope, first, call)
                if len(near) < len(bindings):
                    return self._along(first, rest, self.bound(near, first))
        return self.infer(call.func, scope)

    def _along(self, first: str, path: str, found: Types) -> Types:
        """What a dotted path of attributes is, of what its first name means."""
        if not path:
            return found
        found, rest = self.guesses.instead(found, first), path.split(".")
        for position, name in enumerate(rest):
            owner = rest[position - 1] if position else first
            found = self.members.all(found, name) or self.guesses.foreign(found, owner, name)
            if position < len(rest) - 1:
                found = self.guesses.instead(found, name)
        return found

    def lookup(self, name: str, scope: Func) -> Types:
        """What a single name means in a function: its own binding, that of an enclosing function, the module's, a builtin."""
        key = "name", scope, name
        known: Types | None = self.memo.known(key)
        return self.memo.answer(key, lambda: self._lookup(name, scope), ()) if known is None else known

    def _lookup(self, name: str, scope: Func) -> Types:
        if func := scope.binder(name):
            return (*self.bound(func.bindings[name], name), *filled(self.infer, func, name))
        for star in scope.module.stars:
            if found := self.members.all(self.imports.source(star, scope.module), name):
                return found
        return (Ext(f"builtins.{name}"),) if name in _BUILTINS else ()

    def bound(self, bindings: list[Binding], name: str) -> Types:
        """The union of what the bindings of a name give."""
        return union(self._bound(one, name) for one in bindings)

    def _bound(self, one: Binding, name: str) -> Types:
        match one.definition:
            case Func() as func:
                return (Fn(func),)
            case Cls() as cls:
                return (Obj(cls),)
            case r.Import() as imported:
                return self.imports.imported(imported, one.scope.module)
            case r.Param() as param:
                return self._param(param, one.scope)
        if one.annotation is not None and (found := self.annotations.types(one.annotation, one.scope)):
            return found
        if one.value is None or one.how == "error":
            return ()
        found = self.infer(one.value, one.scope)
        if one.how == "enter":
            found = self.items.entered(found)
        if one.how in ("item", "item-item"):
            found = self.guesses.instead(found, one.value.path) if isinstance(one.value, r.Name) else found
            found = self.items.at(found, one.position if one.how == "item" else -1)
        if one.how == "item-item":
            found = self.items.at(found, one.position)
        return found

    def _param(self, param: r.Param, scope: Func) -> Types:
        first = scope.record.params[0].name == param.name
        if first and scope.cls and not scope.is_static:
            return (Obj(scope.cls, below=True),) if scope.is_classmethod else (Inst(scope.cls, self.holdings.item(scope.cls)),)
        if first and scope.record.decorators and (bound := self.decorators.bound_to(scope)):
            return (bound,)
        found: Types = ()
        if param.annotation is not None:
            found = self.annotations.types(param.annotation, scope)
        if not found and isinstance(param.default, r.Call):
            found = self.annotations.provided(param.default, scope)
        found = found or self.overridden.passed(param, scope) or self.received.passed(param, scope)
        if param.kind in ("*", "**"):
            return tuple(Many(one) for one in found)
        return found or (*self.passed.of(scope, param.name), ParamValue(scope, param.name))

    # --- expressions ---------------------------------------------------------------------------------------------------

    def infer(self, expr: r.Expr, scope: Func) -> Types:
        """The types of an expression in a function."""
        if isinstance(expr, r.Name):
            return self.name(expr.path, scope)
        if isinstance(expr, r.Const):
            return ()
        key = "expr", id(expr), scope
        known: Types | None = self.memo.known(key)
        return self.memo.answer(key, lambda: self._infer(expr, scope), ()) if known is None else known

    def _infer(self, expr: r.Expr, scope: Func) -> Types:
        match expr:
            case r.Call():
                return self._call(expr, scope)
            case r.Attr(value, name):
                return self.members.all(self.infer(value, scope), name)
            case r.Item(value, r.Parts((), ":")):  # a slice of a collection is one
                return self.infer(value, scope)
            case r.Item(value, key):
                return self.items.at(self.infer(value, scope), key.value if isinstance(key, r.Const) else -1)
            case r.Lambda(function):
                return (Fn(scope.module.functions[function]),)
            case r.Choice(options):
                return union(self.infer(one, scope) for one in options)
            case r.Seq(items) if len(items) <= WIDTH:
                return (Tup(tuple(next(iter(self.infer(one, scope)), None) for one in items)),)
            case r.Map(_, values):
                return union((tuple(Many(one) for one in self.infer(value, scope)) for value in values), 40)
            case r.Comp(_, _, inner, _, _):
                return tuple(Many(one) for one in self.infer(inner[-1], scope))
            case r.Bind(_, value):
                return self.infer(value, scope)
            case r.Parts(items, operator) if operator in ("BitOr", "BitAnd", "Add", "*"):
                return union(self.infer(one, scope) for one in items)
        return ()

    def _call(self, call: r.Call, scope: Func) -> Types:
        name = call.func.path if isinstance(call.func, r.Name) else ""
        if name == "super":
            owner = scope.self_class
            return (Super(owner),) if owner else ()
        if name == "getattr" and len(call.args) > 1 and isinstance(call.args[1].value, r.Const):
            return self.members.all(self.infer(call.args[0].value, scope), str(call.args[1].value.value))
        if name == "type" and len(call.args) == 3:
            named = (one for one in walk(call.args[1].value) if isinstance(one, r.Name))
            return union(tuple(one for one in self.infer(base, scope) if isinstance(one, Obj)) for base in named)
        return union(self.result(one, call, scope) for one in self.infer(call.func, scope)) or self.outcomes.unsaid(call, scope)

    def argument(self, call: r.Call, which: str | int, scope: Func) -> Types:
        """What is passed at a position or under a keyword."""
        for position, arg in enumerate(call.args):
            if (arg.keyword == which) if arg.keyword else str(position) == str(which) and not arg.star:
                return self.infer(arg.value, scope)
        return ()

    def result(self, called: Type, call: r.Call, scope: Func) -> Types:
        """What a call of a value of this type gives."""

        def look(which: str) -> Types:
            kind, _, name = which.partition(":")
            if kind in ("arg", "result"):
                return self.by_name.telling(self.argument(call, name, scope), called=kind == "result")
            if kind == "key" and isinstance(called, Method):
                key = next((arg.value for at, arg in enumerate(call.args) if str(at) == name), None)
                return self.items.at((called.on,), key.value) if isinstance(key, r.Const) else ()
            if kind == "dotted":
                return self.by_name.imported(call.args[0].value, scope) if call.args else ()
            if kind == "named":
                given = next((call.args[at].value for at in (int(name), 0) if at < len(call.args)), None)
                return () if given is None else self.by_name.asked_for(call, given, scope)
            return self.by_name.of_type(called.on if isinstance(called, Method) else called, which)

        match called:
            case Obj(cls, below):
                return self.outcomes.of_many(cls, call) or (Inst(cls, exact=not below),)
            case Ext(name) | ExtClass(name) if name in self.catalog.function_returns:
                return instantiate(parse(self.catalog.function_returns[name]), None, look)
            case ExtClass(name, item):
                return (ExtInst(name, item),)
            case Ext(name) if name in self.catalog.decorators:
                return self.decorators.applied(self.catalog.decorators[name], called, call, scope)
            case Method(_, owner, name) if roles := self.decorators.of_method(owner, name):
                return self.decorators.applied(roles, called, call, scope)
            case Ext(name) if any(getattr(one.entry, "when", "") == "bound" for one in self.catalog.of_function(name)):
                return tuple(Partial(one, call.args[1:]) for one in look("arg:0"))
            case Ext(name) if name.rpartition(".")[2][:1].isupper():
                return (ExtInst(name),)
            case Fn(func, on):
                found = self.by_name.loaded(func, call, scope) or self.outcomes.handed_through(func, on, call, scope)
                return found or self.outcomes.asked_for(self.outcome(func, on), func, on, call, scope)
            case Method(Super(cls), owner, name) if held := self.holdings.item(cls):
                return self.result(Method(Inst(cls, held), owner, name), call, scope)
            case Method(on, owner, name):
                text = self.catalog.returned(owner, name)
                return self.members.specialised(instantiate(parse(text), on, look), on) if text else ()
            case Inst() | ExtInst():
                return union(self.result(one, call, scope) for one in self.members.all((called,), "__call__"))
            case Partial(of):
                return self.result(of, call, scope)
        return ()

    def outcome(self, func: Func, on: Type | None) -> Types:
        """What calling a function gives, on an object where it is a method."""
        if self.decorators.is_context_manager(func):
            return (Context(func),)
        found = self.returned(func)
        if on is not None:
            on = Inst(on.cls) if isinstance(on, Obj) else on
            found = tuple(
                on if isinstance(one, Inst) and func.cls and one.cls is func.cls and not one.exact else one for one in found
            )
            return self.members.specialised(found, on) if getattr(on, "item", None) else found
        return found

    def returned(self, func: Func) -> Types:
        """What a function returns (a generator: what it yields, as items): by annotation, else by its return statements."""
        return self.memo.answer(("returns", func), lambda: self._returned(func), ())

    def _returned(self, func: Func) -> Types:
        found = self.annotations.types(func.record.returns, func) if func.record.returns is not None else ()
        if not found and func.record.is_generator:
            found = tuple(Many(one) for one in union(self.infer(one, func) for one in func.yields))
        elif not found:
            found = union(self.infer(one, func) for one in func.returns)
        else:
            found = self.outcomes.narrowed(found, func)
        return tuple(one for one in found if not isinstance(one, ParamValue) and not self.guesses.is_any_row(one))

    def yielded(self, func: Func) -> Types:
        """What a generator yields."""
        if func.record.returns is not None and (found := self.annotations.types(func.record.returns, func)):
            return self.items.at(found, -1) or found
        return union(self.infer(one, func) for one in func.yields)
