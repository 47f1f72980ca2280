"""What each name of a project is bound to, and by which statement."""

from __future__ import annotations

from collections.abc import Mapping

from txlint.facts import records as r
from txlint.project.model import Binding, Cls, Func, Module, expressions, walk


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
        match node:
            case r.Assign(targets, value, annotation, line, operator) if not operator:
                for target in targets:
                    self.target(target, Binding("value", self.scope, value, annotation, line=line))
                    if self.cls and isinstance(target, r.Name) and isinstance(value, r.Name) and value.path in self.cls.methods:
                        self.cls.methods[target.path] = self.cls.methods[value.path]
            case r.Import():
                self.imported(node)
            case r.Def(index):
                func = self.module.functions[index]
                self.add(func.record.name, Binding("def", self.scope, definition=func, line=func.record.line))
                if self.cls:
                    self.cls.methods[func.record.name] = func
            case r.ClassDef(index):
                cls = self.module.classes[index]
                self.add(cls.record.name, Binding("class", self.scope, definition=cls, line=cls.record.line))
            case r.If(_, body, orelse, _):
                self.block(body)
                self.block(orelse)
            case r.Loop(target, iterated, body, orelse, line):
                if target is not None:
                    self.target(target, Binding("item", self.scope, iterated, line=line))
                self.block(body)
                self.block(orelse)
            case r.Try():
                self.block(node.body)
                for handler in node.handlers:
                    self.handler(handler)
                self.block(node.orelse)
                self.block(node.final)
            case r.With(items, targets, body, _, line):
                for item, bound in zip(items, targets, strict=True):
                    if bound is not None:
                        self.target(bound, Binding("enter", self.scope, item, line=line))
                self.block(body)
            case r.Return(value, _) if value is not None and not self.cls:
                self.scope.returns.append(value)
        for expr in expressions(node):
            self.expression(expr)

    def handler(self, node: r.Handler) -> None:
        if node.name:
            self.add(node.name, Binding("error", self.scope, r.Seq(node.types), line=node.line))
        self.block(node.body)

    def expression(self, expr: r.Expr) -> None:
        for part in walk(expr):
            match part:
                case r.Name(path):
                    self.scope.mentions.add(path.rpartition(".")[2])
                case r.Attr(_, name):
                    self.scope.mentions.add(name)
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
            case r.Seq(items):
                for position, item in enumerate(items):
                    how = "item" if binding.how in ("value", "enter", "item") else binding.how
                    nested = Binding(how, self.scope, binding.value, line=binding.line, position=position)
                    if binding.how == "item":
                        nested = Binding("item-item", self.scope, binding.value, line=binding.line, position=position)
                    self.target(item, nested)

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
