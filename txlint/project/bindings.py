"""What each name of a project is bound to, and by which statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from txlint.facts import records as r
from txlint.project.model import Binding, Cls, Func, Module, expressions, walk

_FILLING = (".append", ".add", ".appendleft")
"""Methods of Python's collections that put one thing in."""


def build_modules(facts: Mapping[str, r.ModuleFacts], names: Mapping[str, str]) -> dict[str, Module]:
    """Modules by path, with every function and class linked to its surroundings and every name to its bindings."""
    modules = {}
    for path, one in facts.items():
        module = Module(path, names[path], path.endswith("__init__.py"), one)
        module.functions = [Func(module, record, index) for index, record in enumerate(one.functions)]
        module.classes = [
            Cls(module, record, index, module.functions[record.parent]) for index, record in enumerate(one.classes)
        ]
        for func in module.functions:
            func.cls = module.classes[func.record.owner] if func.record.owner >= 0 else None
            func.parent = module.functions[func.record.parent] if func.index else None
        for func in module.functions:
            _Binder(func).function()
        for cls in module.classes:
            _Binder(cls.parent, cls).block(cls.record.body)
        modules[path] = module
    return modules


class _Binder:
    """Walks one body and notes what each of its statements binds."""

    def __init__(self, scope: Func, cls: Cls | None = None) -> None:
        self.scope, self.cls, self.module = scope, cls, scope.module
        self.bindings = cls.bindings if cls else scope.bindings

    def function(self) -> None:
        for param in self.scope.record.params:
            self.add(param.name, Binding("param", self.scope, annotation=param.annotation, definition=param))
        self.block(self.scope.record.body)

    def add(self, name: str, binding: Binding) -> None:
        self.bindings.setdefault(name, []).append(binding)

    def block(self, statements: tuple[r.Stmt, ...]) -> None:
        for statement in statements:
            self.statement(statement)

    def statement(self, node: r.Stmt) -> None:
        if bind := _STATEMENTS.get(node.__class__):
            bind(self, node)
        for expr in expressions(node):
            self.expression(expr)

    def assigned(self, node: r.Assign) -> None:
        value, methods = node.value, self.cls.methods if self.cls else {}
        for target in () if node.operator else node.targets:
            self.target(target, Binding("value", self.scope, value, node.annotation, line=node.line))
            if isinstance(target, r.Name) and isinstance(value, r.Name) and value.path in methods:
                methods[target.path] = methods[value.path]

    def function_defined(self, node: r.Def) -> None:
        func = self.module.functions[node.function]
        self.add(func.record.name, Binding("def", self.scope, definition=func, line=func.record.line))
        if self.cls:
            self.cls.methods[func.record.name] = func

    def class_defined(self, node: r.ClassDef) -> None:
        cls = self.module.classes[node.index]
        self.add(cls.record.name, Binding("class", self.scope, definition=cls, line=cls.record.line))

    def branches(self, node: r.If) -> None:
        self.block(node.body)
        self.block(node.orelse)

    def loop(self, node: r.Loop) -> None:
        if node.target is not None:
            self.target(node.target, Binding("item", self.scope, node.iter, line=node.line))
        self.block(node.body)
        self.block(node.orelse)

    def tried(self, node: r.Try) -> None:
        self.block(node.body)
        for handler in node.handlers:
            self.handler(handler)
        self.block(node.orelse)
        self.block(node.final)

    def entered(self, node: r.With) -> None:
        for item, bound in zip(node.items, node.targets, strict=True):
            if bound is not None:
                self.target(bound, Binding("enter", self.scope, item, line=node.line))
        self.block(node.body)

    def returned(self, node: r.Return) -> None:
        if node.value is not None and not self.cls:
            self.scope.returns.append(node.value)

    def handler(self, node: r.Handler) -> None:
        if node.name:
            self.add(node.name, Binding("error", self.scope, r.Seq(node.types), line=node.line))
        self.block(node.body)

    def expression(self, expr: r.Expr) -> None:
        mentions = self.scope.mentions
        for part in walk(expr):
            match part:
                case r.Name():
                    mentions.add(part.path.rpartition(".")[2])
                case r.Const():
                    continue
                case r.Attr():
                    mentions.add(part.name)
                case r.Call(r.Name(path), (r.Arg(value, None, ""),)) if path.endswith(_FILLING):
                    self.filled(path.rpartition(".")[0], value)
                case r.Call(r.Attr(r.Item(r.Name(path)) | r.Call(r.Name(path)), "append" | "add"), (r.Arg(value, None, ""),)):
                    self.filled(path.removesuffix(".setdefault"), r.Seq((value,)))
                case r.Bind(name, value):
                    self.add(name, Binding("value", self.scope, value))
                case r.Comp(targets, iters, _, line, _):
                    for target, iterated in zip(targets, iters, strict=True):
                        self.target(target, Binding("item", self.scope, iterated, line=line))
                case r.Yield(value, _) if value is not None and not self.cls:
                    self.scope.yields.append(value)

    def target(self, target: r.Expr, binding: Binding) -> None:
        match target:
            case r.Name(path) if "." not in path:
                self.add(path, binding)
            case r.Name(path):
                first, _, rest = path.partition(".")
                owner = self.scope.self_class
                if owner and "." not in rest and self.is_self(first):
                    owner.instance.setdefault(rest, []).append(binding)
            case r.Item(r.Name(path)) if binding.how == "value" and binding.value is not None:
                self.filled(path, binding.value)
            case r.Seq(items):
                for position, item in enumerate(items):
                    how = "item" if binding.how in ("value", "enter", "item") else binding.how
                    nested = Binding(how, self.scope, binding.value, line=binding.line, position=position)
                    if binding.how == "item":
                        nested = Binding("item-item", self.scope, binding.value, line=binding.line, position=position)
                    self.target(item, nested)

    def filled(self, name: str, value: r.Expr) -> None:
        self.scope.fills.setdefault(name, []).append(value)

    def is_self(self, name: str) -> bool:
        func: Func | None = self.scope
        while func and func.cls is None:
            func = func.parent
        return bool(func and func.record.params and func.record.params[0].name == name)

    def imported(self, node: r.Import) -> None:
        if node.name == "*":
            self.module.stars.append(node)
            return
        name = node.alias or (node.name if node.name is not None else node.module.partition(".")[0])
        self.add(name, Binding("import", self.scope, definition=node, line=node.line))


_STATEMENTS: dict[type, Callable[[_Binder, Any], None]] = {
    r.Assign: _Binder.assigned,
    r.Import: _Binder.imported,
    r.Def: _Binder.function_defined,
    r.ClassDef: _Binder.class_defined,
    r.If: _Binder.branches,
    r.Loop: _Binder.loop,
    r.Try: _Binder.tried,
    r.With: _Binder.entered,
    r.Return: _Binder.returned,
}
