"""What an expression can be: names, imports, annotations, constructors, returns, the catalogue."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from functools import partial

from txlint.facts import records as r
from txlint.frameworks.catalog import RoleEntry
from txlint.frameworks.index import Catalog
from txlint.project.annotations import Annotations
from txlint.project.lineage import Lineages
from txlint.project.members import Members
from txlint.project.memo import Memo
from txlint.project.model import Binding, Cls, Func, Module, arguments, calls_by_name, nested
from txlint.project.modules import ModuleIndex, absolute
from txlint.project.typenames import instantiate, parse
from txlint.project.types import (
    Context,
    Ext,
    ExtClass,
    ExtInst,
    Fn,
    Inst,
    Many,
    Method,
    Mod,
    Obj,
    ParamValue,
    Partial,
    Super,
    Tup,
    Type,
    Types,
)

_BUILTINS = frozenset(dir(builtins))
_DEPTH, _CALLS = 3, 12
"""How far back, and over how many calls, values of parameters are followed to what callers pass."""
_WIDTH = 8
"""More alternatives than these for one value are no longer told apart."""


class Inference:
    """Types of names and expressions, each worked out once; what cannot be known is an empty tuple."""

    def __init__(self, modules: dict[str, Module], index: ModuleIndex, catalog: Catalog) -> None:
        self.modules, self.index, self.catalog = modules, index, catalog
        self.memo = Memo()
        self.lineages = Lineages(self.infer, catalog)
        self.members = Members(self)
        self.annotations = Annotations(self)
        self._calls = calls_by_name(modules)
        self._depth = 0
        self._methods: dict[str, list[Func]] | None = None
        self._modules_by_name: dict[tuple[str, str], Types] = {}

    def only_method(self, name: str) -> Func | None:
        """The one method of the project with this name, if there is just one and the name is telling."""
        if self._methods is None:
            self._methods = {}
            for module in self.modules.values():
                for cls in module.classes:
                    for one, func in cls.methods.items():
                        self._methods.setdefault(one, []).append(func)
        found = self._methods.get(name, ())
        telling = "_" in name.strip("_") and not name.startswith("__") and name not in self.catalog.method_names
        return found[0] if telling and len(found) == 1 else None

    # --- names ---------------------------------------------------------------------------------------------------------

    def name(self, path: str, scope: Func) -> Types:
        """What a dotted name as written in a function means."""
        first, *rest = path.split(".")
        found = self._or_guess(self.lookup(first, scope), first) if rest else self.lookup(first, scope)
        for position, name in enumerate(rest):
            found = self.members.all(found, name)
            if position < len(rest) - 1:
                found = self._or_guess(found, name)
        return found

    def _or_guess(self, found: Types, name: str) -> Types:
        """Where nothing is known of an object, what the catalogue says that its name stands for."""
        if name in self.catalog.receivers and all(isinstance(one, ParamValue) for one in found):
            return (ExtInst(self.catalog.receivers[name], guessed=True),)
        return found

    def lookup(self, name: str, scope: Func) -> Types:
        """What a single name means in a function: its own binding, that of an enclosing function, the module's, a builtin."""
        return self.memo.answer(("name", scope, name), lambda: self._lookup(name, scope), ())

    def _lookup(self, name: str, scope: Func) -> Types:
        func: Func | None = scope
        while func:
            if name in func.bindings:
                return self.bound(func.bindings[name], name)
            func = func.parent
        for star in scope.module.stars:
            target = self.module(absolute(star.module, star.level, scope.module.name, scope.module.package), scope.module.path)
            if found := self.members.all(target, name):
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
                return self._imported(imported, one.scope.module)
            case r.Param() as param:
                return self._param(param, one.scope)
        if one.annotation is not None and (found := self.annotations.types(one.annotation, one.scope)):
            return found
        if one.value is None or one.how == "error":
            return ()
        found = self.infer(one.value, one.scope)
        if one.how == "enter":
            found = self.entered(found)
        if one.how in ("item", "item-item"):
            found = self.items(found, one.position if one.how == "item" else -1)
        if one.how == "item-item":
            found = self.items(found, one.position)
        return found

    def _param(self, param: r.Param, scope: Func) -> Types:
        first = scope.record.params[0].name == param.name
        if first and scope.cls and not self.is_static(scope):
            return (Obj(scope.cls),) if self.is_classmethod(scope) else (Inst(scope.cls),)
        found: Types = ()
        if param.annotation is not None:
            found = self.annotations.types(param.annotation, scope)
        if not found and isinstance(param.default, r.Call):
            found = self.annotations.provided(param.default, scope)
        if param.kind in ("*", "**"):
            return tuple(Many(one) for one in found)
        return found or (*self.from_callers(scope, param.name), ParamValue(scope, param.name))

    def from_callers(self, func: Func, param: str) -> Types:
        """What the project's calls of a function pass for a parameter that says nothing of itself."""
        if self._depth >= _DEPTH or (func.record.name.startswith("__") and func.record.name != "__init__"):
            return ()
        name = func.cls.record.name if func.record.name == "__init__" and func.cls else func.record.name
        self._depth += 1
        try:
            groups = [self._passed(func, param, call, scope) for call, scope in self._calls.get(name, ())[:_CALLS]]
        finally:
            self._depth -= 1
        return tuple(one for one in union(groups, 4) if not isinstance(one, ParamValue))

    def _passed(self, func: Func, param: str, call: r.Call, scope: Func) -> Types:
        for one in self.infer(call.func, scope):
            bound = func.cls is not None and not self.is_static(func)
            matches = isinstance(one, Fn) and one.func is func
            if matches or (
                isinstance(one, Obj) and func.cls in self.lineages.of(one.cls).classes and func.record.name == "__init__"
            ):
                return next((self.infer(value, scope) for name, value in arguments(call, func, bound) if name == param), ())
        return ()

    def is_static(self, func: Func) -> bool:
        """Whether a method takes no object: a staticmethod."""
        return any(one == r.Name("staticmethod") for one in func.record.decorators)

    def is_classmethod(self, func: Func) -> bool:
        """Whether a method's first parameter is the class."""
        return func.record.name in ("__init_subclass__", "__class_getitem__", "__new__") or any(
            one == r.Name("classmethod") for one in func.record.decorators
        )

    # --- imports -------------------------------------------------------------------------------------------------------

    def _imported(self, node: r.Import, module: Module) -> Types:
        target = absolute(node.module, node.level, module.name, module.package)
        if node.name is None:
            return self.module(target if node.alias else target.partition(".")[0], module.path)
        found = self.module(target, module.path)
        members = self.members.all(found, node.name)
        if members:
            return members
        return self.module(f"{target}.{node.name}", module.path) if any(isinstance(one, Mod) for one in found) else ()

    def imported_module(self, node: r.Import, module: Module) -> Module | None:
        """The module of the project that a `from ... import` reads from, if it is one."""
        found = self.module(absolute(node.module, node.level, module.name, module.package), module.path)
        return next((one.module for one in found if isinstance(one, Mod)), None)

    def module(self, name: str, importer: str) -> Types:
        """The module of the project, or the external one, that an absolute name means."""
        folder = importer.rpartition("/")[0]
        key = (name, folder)
        if key not in self._modules_by_name:
            path = self.index.find(name, importer)
            if path == importer and name != self.modules[path].name:
                path = None
            self._modules_by_name[key] = (Mod(self.modules[path]),) if path else (self.external(name),)
        return self._modules_by_name[key]

    def external(self, name: str) -> Type:
        """An external name: a class where the catalogue knows it as one."""
        canonical = self.catalog.canonical(name)
        if canonical in self.catalog.classes:
            return ExtClass(canonical)
        if name in self.catalog.constants:
            return next(iter(instantiate(parse(self.catalog.constants[name]), None, lambda _: ())), Ext(name))
        return Ext(name)

    def full_name(self, path: str, scope: Func) -> str:
        """The full name of what a dotted name as written refers to: the identity of a signal, an app, a module's object."""
        first, _, rest = path.partition(".")
        func: Func | None = scope
        while func and first not in func.bindings:
            func = func.parent
        if func is None:
            return path
        binding = func.bindings[first][-1]
        if not isinstance(binding.definition, r.Import):
            return f"{func.module.name}.{path}" if func.parent is None else path
        node = binding.definition
        target = absolute(node.module, node.level, func.module.name, func.module.package)
        if node.name is None:
            return f"{target if node.alias else first}.{rest}" if rest else (target if node.alias else first)
        inner = self.imported_module(node, func.module)
        if inner is not None and inner.top is not scope:
            deeper = f"{node.name}.{rest}" if rest else node.name
            if node.name in inner.top.bindings:
                return self.full_name(deeper, inner.top)
            found = self.module(f"{inner.name}.{node.name}", func.module.path)
            if rest and found and isinstance(found[0], Mod):
                return self.full_name(rest, found[0].module.top)
        if rest and (found := self.module(f"{target}.{node.name}", func.module.path)) and isinstance(found[0], Mod):
            return self.full_name(rest, found[0].module.top)
        return f"{target}.{node.name}.{rest}" if rest else f"{target}.{node.name}"

    # --- expressions ---------------------------------------------------------------------------------------------------

    def infer(self, expr: r.Expr, scope: Func) -> Types:
        """The types of an expression in a function."""
        if isinstance(expr, r.Name):
            return self.name(expr.path, scope)
        return self.memo.answer(("expr", id(expr), scope), lambda: self._infer(expr, scope), ())

    def _infer(self, expr: r.Expr, scope: Func) -> Types:
        match expr:
            case r.Call():
                return self._call(expr, scope)
            case r.Attr(value, name):
                return self.members.all(self.infer(value, scope), name)
            case r.Item(value, key):
                return self.items(self.infer(value, scope), key.value if isinstance(key, r.Const) else -1)
            case r.Lambda(function):
                return (Fn(scope.module.functions[function]),)
            case r.Choice(options):
                return union(self.infer(one, scope) for one in options)
            case r.Seq(items) if len(items) <= _WIDTH:
                return (Tup(tuple(next(iter(self.infer(one, scope)), None) for one in items)),)
            case r.Map(_, values):
                return union((tuple(Many(one) for one in self.infer(value, scope)) for value in values), 40)
            case r.Comp(_, _, inner, _, _):
                return tuple(Many(one) for one in self.infer(inner[-1], scope))
            case r.Bind(_, value):
                return self.infer(value, scope)
            case r.Parts(items, operator) if operator in ("BitOr", "BitAnd", "*"):
                return union(self.infer(one, scope) for one in items)
        return ()

    def _call(self, call: r.Call, scope: Func) -> Types:
        if call.func == r.Name("super"):
            owner = scope.self_class
            return (Super(owner),) if owner else ()
        if call.func == r.Name("getattr") and len(call.args) > 1 and isinstance(call.args[1].value, r.Const):
            return self.members.all(self.infer(call.args[0].value, scope), str(call.args[1].value.value))
        return union(self.result(one, call, scope) for one in self.infer(call.func, scope))

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
            if kind == "arg":
                return self.argument(call, name, scope)
            return self.members.path(called.on, name) if isinstance(called, Method) else ()

        match called:
            case Obj(cls):
                return (Inst(cls, exact=True),)
            case Ext(name) | ExtClass(name) if name in self.catalog.function_returns:
                return instantiate(parse(self.catalog.function_returns[name]), None, look)
            case ExtClass(name, item):
                return (ExtInst(name, item),)
            case Ext(name) if name in self.catalog.decorators:
                return self._decorated(self.catalog.decorators[name], called, call, scope)
            case Method(_, owner, name) if roles := self._method_roles(owner, name):
                return self._decorated(roles, called, call, scope)
            case Ext(name) if any(getattr(one.entry, "when", "") == "bound" for one in self.catalog.of_function(name)):
                return tuple(Partial(one, call.args[1:]) for one in look("arg:0"))
            case Ext(name) if name.rpartition(".")[2][:1].isupper():
                return (ExtInst(name),)
            case Fn(func, on):
                return self._function_result(func, on)
            case Method(on, owner, name):
                text = self.catalog.returned(owner, name)
                return self.members.specialised(instantiate(parse(text), on, look), on) if text else ()
            case Inst() | ExtInst():
                return union(self.result(one, call, scope) for one in self.members.all((called,), "__call__"))
            case Partial(of):
                return self.result(of, call, scope)
        return ()

    def _decorated(self, roles: list[RoleEntry], called: Type, call: r.Call, scope: Func) -> Types:
        """A decorator used as a function: of a function, what it puts in its place; of options, the decorator still."""
        given = next((one for one in self.argument(call, 0, scope) if isinstance(one, Fn | ParamValue)), None)
        gives = next((role.gives for role in roles if role.gives), None)
        if given is None or gives is None:
            return (Partial(called),) if gives else ()
        return (ExtInst(gives, given),)

    def _function_result(self, func: Func, on: Type | None) -> Types:
        if self.is_context_manager(func):
            return (Context(func),)
        found = self.returned(func)
        if on is not None:
            found = tuple(
                on if isinstance(one, Inst) and func.cls and one.cls is func.cls and not one.exact else one for one in found
            )
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
        return tuple(one for one in found if not isinstance(one, ParamValue))

    def yielded(self, func: Func) -> Types:
        """What a generator yields."""
        if func.record.returns is not None and (found := self.annotations.types(func.record.returns, func)):
            return self.items(found, -1) or found
        return union(self.infer(one, func) for one in func.yields)

    def items(self, types: Types, position: object) -> Types:
        """What iterating, unpacking at a position or subscripting gives."""
        return union(self._items(one, position) for one in types)

    def _items(self, one: Type, position: object) -> Types:
        match one:
            case Many(item):
                return (item,)
            case Tup(items) if isinstance(position, int) and 0 <= position < len(items):
                item = items[position]
                return () if item is None else (item,)
            case Tup(items):
                return union((item,) for item in items if item is not None)
            case Inst(_, item) | ExtInst(_, item) if item is not None:
                return (item,)
        return ()

    def entered(self, types: Types) -> Types:
        """What `with value as name` gives."""
        return union(self._entered(one) for one in types)

    def _entered(self, one: Type) -> Types:
        match one:
            case Context(func):
                return self.yielded(func)
            case Inst():
                found = self.members.all((one,), "__enter__") or self.members.all((one,), "__aenter__")
                return union(self._function_result(fn.func, one) for fn in found if isinstance(fn, Fn)) or (one,)
            case ExtInst(name):
                text = self.catalog.returned(name, "__enter__")
                return instantiate(parse(text), one, lambda _: ()) if text else (one,)
        return ()

    # --- decorators ----------------------------------------------------------------------------------------------------

    def is_context_manager(self, func: Func) -> bool:
        """Whether calling it gives a context manager: decorated so, by what the catalogue says."""
        return any(role.role == "context-manager" for role in self.decorator_roles(func))

    def decorator_roles(self, func: Func) -> list[RoleEntry]:
        """The catalogue's roles of a function's decorators, the outermost first."""
        return self.memo.answer(("roles", func), lambda: self._decorator_roles(func), [])

    def _decorator_roles(self, func: Func) -> list[RoleEntry]:
        return [role for one in func.record.decorators for role in self.roles_of(one, func.parent or func)]

    def roles_of(self, decorator: r.Expr, scope: Func) -> list[RoleEntry]:
        """The roles that one decorator gives."""
        return [role for role, _, _ in self._given(decorator, scope, 0)]

    def _given(self, decorator: r.Expr, scope: Func, depth: int) -> list[tuple[RoleEntry, r.Expr, Func]]:
        """The roles that a decorator gives, each with the catalogue's decorator that it comes from, and where that stands."""
        callee = decorator.func if isinstance(decorator, r.Call) else decorator
        types = self.infer(callee, scope)
        found: list[tuple[RoleEntry, r.Expr, Func]] = []
        for one in types:
            while isinstance(one, Partial):
                one = one.of
            match one:
                case Ext(name) | ExtClass(name):
                    found += [(role, decorator, scope) for role in self.catalog.decorators.get(name, ())]
                case Method(_, owner, name):
                    found += [(role, decorator, scope) for role in self._method_roles(owner, name)]
                case Fn(func) if depth < _DEPTH:
                    found += self._inside((func, *self._below(func)), depth)
                case Inst(cls) if depth < _DEPTH:
                    found += self._inside(
                        tuple(one for func in cls.methods.values() for one in (func, *self._below(func))), depth
                    )
        if isinstance(callee, r.Name) and all(isinstance(one, ParamValue) for one in types):
            receiver, _, method = callee.path.rpartition(".")
            last = receiver.rpartition(".")[2]
            roles = self.catalog.decorator_methods.get(method, ())
            found += [(role, decorator, scope) for role in roles if last in role.receivers]
        return found

    def _inside(self, funcs: tuple[Func, ...], depth: int) -> list[tuple[RoleEntry, r.Expr, Func]]:
        """What a project's own decorator makes of a function: it calls a decorator that puts another object in its place."""
        found: list[tuple[RoleEntry, r.Expr, Func]] = []
        for func in funcs:
            found += self.memo.answer(("decorates", func, depth), partial(self._decorates, func, depth), [])
        return found[:1]

    def _decorates(self, func: Func, depth: int) -> list[tuple[RoleEntry, r.Expr, Func]]:
        given = [one for call in nested(func.record.body) for one in self._given(call, func, depth + 1)]
        given += [one for expr in func.record.decorators for one in self._given(expr, func.parent or func, depth + 1)]
        return [one for one in given if one[0].gives]

    def _below(self, func: Func) -> tuple[Func, ...]:
        """The functions defined in a function."""
        return tuple(one for one in func.module.functions if one.parent is func)

    def _method_roles(self, owner: str, name: str) -> list[RoleEntry]:
        return [role for role in self.catalog.decorator_methods.get(name, ()) if self._belongs(role, owner)]

    def _belongs(self, role: RoleEntry, owner: str) -> bool:
        return any(self.catalog.canonical(base) in self.catalog.ancestors(owner) for base in role.of)

    def replacement(self, func: Func) -> Type | None:
        """The object that a function's decorators put in its place (a task object), if any."""
        for decorator in func.record.decorators:
            for role, given, scope in self._given(decorator, func.parent or func, 0):
                if role.gives:
                    return self._custom(role, given, scope) or ExtInst(role.gives)
        return None

    def _custom(self, role: RoleEntry, decorator: r.Expr, scope: Func) -> Type | None:
        """The project's own class that a decorator's argument names for the object (`base=`)."""
        keyword = next((name for name, meaning in role.arguments.items() if meaning == "base"), None)
        given = self.argument(decorator, keyword, scope) if keyword and isinstance(decorator, r.Call) else ()
        return next((Inst(one.cls, exact=True) for one in given if isinstance(one, Obj)), None)


def union(groups: Iterable[Types], width: int = _WIDTH) -> Types:
    """All alternatives once, in order, no more than `width`."""
    return tuple(dict.fromkeys(one for group in groups for one in group))[:width]
