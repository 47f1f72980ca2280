"""The project: its modules, classes and functions, and ways to go through what they hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from txlint.facts import records as r

_OBJECT = re.compile(r"self|cls|klass|class|mcs|this|^_*$|^[a-z]$", re.IGNORECASE)
"""Names of the parameter that is a method's own object or class: others, as in `def settle(order)`, are no such thing."""


@dataclass(slots=True, eq=False)
class Module:
    """One analysed file; `name` is the dotted name under which the project imports it."""

    path: str
    name: str
    package: bool
    facts: r.ModuleFacts
    functions: list[Func] = field(default_factory=list)
    classes: list[Cls] = field(default_factory=list)
    stars: list[r.Import] = field(default_factory=list)

    @property
    def top(self) -> Func:
        """The top-level code as a function."""
        return self.functions[0]

    def __repr__(self) -> str:
        return f"<Module {self.name}>"


@dataclass(slots=True, eq=False)
class Func:
    """A function, method or lambda of the project (or a module's top-level code)."""

    module: Module
    record: r.Function
    index: int
    cls: Cls | None = None
    """The class whose body defines it."""
    parent: Func | None = None
    """The function whose body holds the definition; None for top-level code."""
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    fills: dict[str, list[r.Expr]] = field(default_factory=dict)
    """What is put into the collections that a name stands for: `orders.append(order)`, `orders[key] = order`."""
    returns: list[r.Expr] = field(default_factory=list)
    yields: list[r.Expr] = field(default_factory=list)
    mentions: set[str] = field(default_factory=set)
    """The last names of everything that it evaluates: `in_atomic_block` of `connection.in_atomic_block`."""
    _calls: tuple[r.Call, ...] | None = None

    @property
    def calls(self) -> tuple[r.Call, ...]:
        """Every call in its body, those of nested functions excluded."""
        if self._calls is None:
            self._calls = tuple(nested(self.record.body))
        return self._calls

    @property
    def name(self) -> str:
        """Its full dotted name."""
        return f"{self.module.name}.{self.record.qualname}"

    @property
    def self_class(self) -> Cls | None:
        """The class of `self`: its own, or that of the method that encloses it."""
        func: Func | None = self
        while func and func.cls is None:
            func = func.parent
        return func.cls if func else None

    def names_of(self, call: r.Call) -> frozenset[str]:
        """The names that are given the result of a call itself."""
        return frozenset(name for name, group in self.bindings.items() if any(one.value is call for one in group))

    def binder(self, name: str) -> Func | None:
        """The function, this one or one around it, that binds a name."""
        func: Func | None = self
        while func and name not in func.bindings:
            func = func.parent
        return func

    @property
    def is_static(self) -> bool:
        """Whether a method takes no object: a staticmethod, or a plain function that a class holds and calls of itself."""
        if self.record.decorators:
            return r.Name("staticmethod") in self.record.decorators
        params = self.record.params
        return self.cls is not None and bool(params) and not params[0].kind and not _OBJECT.search(params[0].name)

    @property
    def is_classmethod(self) -> bool:
        """Whether a method's first parameter is the class."""
        named = self.record.name in ("__init_subclass__", "__class_getitem__", "__new__")
        return named or (bool(self.record.decorators) and r.Name("classmethod") in self.record.decorators)

    def __repr__(self) -> str:
        return f"<Func {self.name}>"


@dataclass(slots=True, eq=False)
class Cls:
    """A class of the project."""

    module: Module
    record: r.Class
    index: int
    parent: Func
    methods: dict[str, Func] = field(default_factory=dict)
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    """What the class body binds."""
    instance: dict[str, list[Binding]] = field(default_factory=dict)
    """What its methods bind by `self.name = value`."""
    subclasses: list[Cls] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Its full dotted name."""
        return f"{self.module.name}.{self.record.qualname}"

    def __repr__(self) -> str:
        return f"<Cls {self.name}>"


class Binding(Struct, frozen=True):
    """One way in which a name gets a value.

    `how` says what `value` is to the name: `value` itself, an `item` of it (loop, or unpacking at `position`), what it gives
    on `enter` (with ... as), a `param` (annotation and default), an `import`, a `def` or a `class`, or `error` (except ... as).
    """

    how: str
    scope: Func
    value: r.Expr | None = None
    annotation: r.Expr | None = None
    position: int = -1
    definition: Func | Cls | r.Import | r.Param | None = None
    line: int = 0


def expressions(node: r.Stmt) -> tuple[r.Expr, ...]:
    """The expressions that a statement itself evaluates, in order; those of nested statements excluded."""
    read = _EVALUATED.get(node.__class__)
    return read(node) if read else ()


def _assigned(node: r.Assign) -> tuple[r.Expr, ...]:
    targets = tuple([one for one in node.targets if one.__class__ is not r.Name])
    return targets if node.value is None else (node.value, *targets)


_EVALUATED: dict[type, Callable[[Any], tuple[r.Expr, ...]]] = {
    r.Do: lambda one: (one.value,),
    r.Assign: _assigned,
    r.Return: lambda one: () if one.value is None else (one.value,),
    r.Raise: lambda one: () if one.value is None else (one.value,),
    r.Delete: lambda one: one.targets,
    r.If: lambda one: (one.test,),
    r.Loop: lambda one: (one.iter,),
    r.With: lambda one: one.items,
}


def walk(expr: r.Expr) -> list[r.Expr]:
    """An expression and all its parts, in source order, inner ones of a call before the call itself; no lambda bodies."""
    found: list[r.Expr] = []
    _collect(expr, found)
    return found


def _collect(expr: r.Expr, found: list[r.Expr]) -> None:
    if read := _PARTS.get(expr.__class__):
        for part in read(expr):
            if part.__class__ in _PARTS:
                _collect(part, found)
            else:
                found.append(part)
    found.append(expr)


def parts(expr: r.Expr) -> tuple[r.Expr, ...]:
    """The direct parts of an expression in the order of their evaluation."""
    read = _PARTS.get(expr.__class__)
    return read(expr) if read else ()


_PARTS: dict[type, Callable[[Any], tuple[r.Expr, ...]]] = {
    r.Call: lambda one: (one.func, *[arg.value for arg in one.args]),
    r.Attr: lambda one: (one.value,),
    r.Bind: lambda one: (one.value,),
    r.Item: lambda one: (one.value, one.key),
    r.Seq: lambda one: one.items,
    r.Parts: lambda one: one.items,
    r.Map: lambda one: (*[key for key in one.keys if key is not None], *one.values),
    r.Choice: lambda one: one.options if one.test is None else (one.test, *one.options),
    r.Comp: lambda one: (*one.iters, *one.parts),
    r.Yield: lambda one: () if one.value is None else (one.value,),
}


def nested(body: tuple[r.Stmt, ...]) -> list[r.Call]:
    """Every call in a body, those of nested functions excluded."""
    found: list[r.Call] = []
    _nested(body, found)
    return found


def _nested(body: Iterable[r.Stmt], found: list[r.Call]) -> None:
    for node in body:
        for expr in expressions(node):
            found += [one for one in walk(expr) if one.__class__ is r.Call]
        match node:
            case r.If() | r.Loop():
                _nested(node.body, found)
                _nested(node.orelse, found)
            case r.Try():
                _nested((*node.body, *node.orelse, *node.final), found)
                for each in node.handlers:
                    _nested(each.body, found)
            case r.With():
                _nested(node.body, found)


def arguments(call: r.Call, func: Func, bound: bool) -> Iterator[tuple[str, r.Expr]]:
    """Which parameter of a function each argument of a call goes to; starred ones are left out."""
    params = [one for one in func.record.params if one.kind in ("", "/")]
    if bound:
        params = params[1:]
    position = 0
    for arg in call.args:
        if arg.star:
            return
        if arg.keyword is not None:
            yield arg.keyword, arg.value
        elif position < len(params):
            yield params[position].name, arg.value
            position += 1


def calls_by_name(modules: Mapping[str, Module]) -> dict[str, list[tuple[r.Call, Func]]]:
    """Every call by the last name of its callee; of a name imported under another one, by its own."""
    found: dict[str, list[tuple[r.Call, Func]]] = {}
    for module in modules.values():
        for func in module.functions:
            for call in func.calls:
                match call.func:
                    case r.Name(path):
                        last = path.rpartition(".")[2]
                        found.setdefault(_imported_as(path, func) if last == path else last, []).append((call, func))
                    case r.Attr(_, name):
                        found.setdefault(name, []).append((call, func))
    return found


def _imported_as(name: str, scope: Func) -> str:
    """The name in its own module of what is called by this one."""
    owner = scope.binder(name)
    imported = owner.bindings[name][-1].definition if owner is not None else None
    return imported.name if isinstance(imported, r.Import) and imported.name else name
