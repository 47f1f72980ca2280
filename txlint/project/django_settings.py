"""What the settings of a Django project say about transactions: ATOMIC_REQUESTS of each database, and where.

Settings are read, never imported: literals, merges, `env(..., default=...)`, item assignments, star imports between files.
What cannot be decided is unknown, with its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from txlint.facts import records as r
from txlint.filekinds import is_test
from txlint.project.calls import nested_statements
from txlint.project.model import Binding, Module, expressions, walk

ATOMIC_REQUESTS = "ATOMIC_REQUESTS"
_KEY, _SETTING, _ROUTERS = ATOMIC_REQUESTS, "DATABASES", "DATABASE_ROUTERS"
_MIDDLEWARE = ("MIDDLEWARE", "MIDDLEWARE_CLASSES")


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether requests are atomic on one database (None: cannot be told), and the place that says so."""

    atomic: bool | None
    path: str
    line: int
    by: str = _KEY
    """The setting, or the middleware, that does it."""

    @property
    def undoes_answers(self) -> bool:
        """Whether an answer that reports an error rolls the transaction back too, as such a middleware does."""
        return self.by != ATOMIC_REQUESTS


@dataclass(slots=True)
class Settings:
    """The decisions of all settings modules, by database."""

    databases: dict[str, Decision] = field(default_factory=dict)
    misplaced: list[tuple[str, int]] = field(default_factory=list)
    """Module-level `ATOMIC_REQUESTS = True`, which Django ignores, where the module does not use the name itself."""
    routed: bool = False
    """Whether routers choose the databases."""

    def atomic(self, alias: str) -> Decision | None:
        """What is decided for a database, if anything."""
        return self.databases.get(alias)


def read_settings(modules: Mapping[str, Module], opening: frozenset[str] = frozenset()) -> Settings:
    """The settings of a project. True in any settings module that is not for tests decides; else unknown, else False.

    `opening` are the middleware classes that open a transaction around each request that may change something.
    """
    settings = Settings()
    for path, module in sorted(modules.items()):
        if is_test(path) or _for_tests(path):
            continue
        settings.routed = settings.routed or _ROUTERS in module.top.bindings
        for alias, value, line in _decisions(module, modules):
            old = settings.databases.get(alias)
            if old is None or _rank(value) > _rank(old.atomic):
                settings.databases[alias] = Decision(value, path, line)
        for name, line in _middleware(module):
            if name in opening and (settings.databases.get("default") or Decision(None, path, line)).atomic is not True:
                settings.databases["default"] = Decision(True, path, line, name.rpartition(".")[2])
        if (_SETTING in module.top.bindings or module.stars) and not _reads(module, _KEY):
            settings.misplaced += [(path, one.line) for one in module.top.bindings.get(_KEY, ()) if _switches_on(one)]
    return settings


def _middleware(module: Module) -> Iterator[tuple[str, int]]:
    for name in _MIDDLEWARE:
        for binding in module.top.bindings.get(name, ()):
            for part in walk(binding.value) if binding.value is not None else ():
                if isinstance(part, r.Const) and isinstance(part.value, str):
                    yield part.value, binding.line


def _reads(module: Module, name: str) -> bool:
    """Whether the top-level code of a module uses one of its own names."""
    return any(
        part == r.Name(name)
        for node in nested_statements(_all_statements(module))
        for expr in expressions(node)
        for part in walk(expr)
    )


def _switches_on(one: Binding) -> bool:
    return one.how == "value" and one.value is not None and truth(one.value) is not False


def _for_tests(path: str) -> bool:
    name = path.rpartition("/")[2].removesuffix(".py")
    return "test" in name.split("_") or name in ("test", "tests", "testing")


def _rank(value: bool | None) -> int:
    return {True: 2, None: 1, False: 0}[value]


def _made_by(called: str, modules: Mapping[str, Module]) -> Iterator[bool | None]:
    """What a function of the project that makes DATABASES, or one of them, says of the key; None where that is not followed."""
    last = called.rpartition(".")[2]
    for func in (one for module in modules.values() for one in module.functions if one.record.name == last and one.cls is None):
        nodes = nested_statements(func.record.body)
        if not any(_KEY in _words(expr) for node in nodes for expr in expressions(node)):
            yield False
        else:
            said = {truth(value) for given in func.returns for value in _under_key(given)}
            yield said.pop() if len(said) == len(func.returns) == 1 else None


def _under_key(expr: r.Expr) -> Iterator[r.Expr]:
    if isinstance(expr, r.Map):
        yield from (value for key, value in zip(expr.keys, expr.values, strict=True) if key == r.Const(_KEY))


def _words(expr: r.Expr) -> Iterator[object]:
    """The literals and keywords in an expression."""
    for part in walk(expr):
        match part:
            case r.Const(value):
                yield value
            case r.Map(keys):
                yield from (key.value for key in keys if isinstance(key, r.Const))
            case r.Call(_, args):
                yield from (arg.keyword for arg in args)


def _decisions(module: Module, modules: Mapping[str, Module]) -> Iterator[tuple[str, bool | None, int]]:
    for node in nested_statements(_all_statements(module)):
        match node:
            case r.Assign((r.Name(name),), r.Call(r.Name(called)), _, line) if name == _SETTING:
                yield from (("default", one, line) for one in _made_by(called, modules))
            case r.Assign((r.Name(name),), value, _, line) if name == _SETTING and value is not None:
                yield from _of_databases(value, module, modules, line)
            case r.Assign((target,), value, _, line) if value is not None and isinstance(target, r.Item):
                yield from _of_item(target, value, module, modules, line)
            case r.Do(r.Call(r.Name(path) | r.Attr(_, path), args), line) if path.rpartition(".")[2] in (
                "update",
                "setdefault",
            ):
                yield from _of_update(node.value, args, line)


def _all_statements(module: Module) -> tuple[r.Stmt, ...]:
    """Top-level code, the bodies of settings classes, and what their methods that are called like a setting return."""
    methods = (func for cls in module.classes for name, func in cls.methods.items() if name == _SETTING)
    returned = [r.Assign((r.Name(_SETTING),), value, None, func.record.line) for func in methods for value in func.returns]
    return (*module.top.record.body, *(node for cls in module.classes for node in cls.record.body), *returned)


def _of_databases(
    value: r.Expr, module: Module, modules: Mapping[str, Module], line: int
) -> Iterator[tuple[str, bool | None, int]]:
    match value:
        case r.Map(keys, values):
            for key, inner in zip(keys, values, strict=True):
                if isinstance(key, r.Const):
                    yield str(key.value), _of_database(inner, module, modules), line
                elif key is None:
                    yield from _of_databases(_value_of(inner, module), module, modules, line)
        case r.Parts(items, "BitOr"):
            for item in items:
                yield from _of_databases(_value_of(item, module), module, modules, line)


def _of_database(value: r.Expr, module: Module, modules: Mapping[str, Module]) -> bool | None:
    """What a database says; None where its name is given several values that do not agree, as in `if` and `else`."""
    given = module.top.bindings.get(value.path, ()) if isinstance(value, r.Name) else ()
    values = [one.value for one in given if one.how == "value" and one.value is not None and one.value != value]
    answers = {_of_one(one, module, modules) for one in values or [value]}
    return answers.pop() if len(answers) == 1 else None


def _of_one(value: r.Expr, module: Module, modules: Mapping[str, Module]) -> bool | None:
    found: bool | None = False
    match _value_of(value, module):
        case r.Map(keys, values):
            for key, inner in zip(keys, values, strict=True):
                if isinstance(key, r.Const) and key.value == _KEY:
                    found = truth(_value_of(inner, module))
                elif key is None:
                    merged = _of_database(inner, module, modules)
                    found = merged if _rank(merged) > _rank(found) else found
        case r.Parts(items, "BitOr"):
            for item in items:
                merged = _of_database(item, module, modules)
                found = merged if _rank(merged) > _rank(found) else found
        case r.Call(func, args):
            for arg in args:
                if arg.keyword in (_KEY, _KEY.lower()):
                    return truth(arg.value)
            if isinstance(func, r.Name):
                found = max(_made_by(func.path, modules), key=_rank, default=found)
    return found


def _value_of(expr: r.Expr, module: Module) -> r.Expr:
    """The expression that a module-level name was given; other expressions are themselves."""
    if isinstance(expr, r.Name) and "." not in expr.path:
        for binding in module.top.bindings.get(expr.path, ()):
            if binding.how == "value" and binding.value is not None and binding.value is not expr:
                return binding.value
    return expr


def truth(expr: r.Expr) -> bool | None:
    """A boolean setting: a literal, or the default of a read from the environment; None where it cannot be told."""
    match expr:
        case r.Const(bool() as value):
            return value
        case r.Const(str() as text):
            return text.strip().lower() in ("1", "true", "yes", "on", "t", "y")
        case r.Const(int() as number):
            return bool(number)
        case r.Call(_, (r.Arg(r.Call() as inner),)):  # a conversion: bool(...), strtobool(...)
            return truth(inner)
        case r.Call(func, args) if args:
            given = [arg.value for arg in args if arg.keyword == "default"]
            given += [arg.value for at, arg in enumerate(args) if arg.keyword is None and at == 1]
            if isinstance(func, r.Attr) and isinstance(func.value, r.Call):
                return truth(func.value)
            return truth(given[0]) if given and isinstance(given[0], r.Const) and given[0].value is not None else None
        case r.Parts((left, right), "Equal" | "In"):
            return None if isinstance(left, r.Call) and truth(left) is None else _compared(left, right)
        case r.Parts((inner,), "Not"):
            inside = truth(inner)
            return None if inside is None else not inside
    return None


def _compared(left: r.Expr, right: r.Expr) -> bool | None:
    if (
        isinstance(left, r.Call)
        and len(left.args) > 1
        and isinstance(left.args[1].value, r.Const)
        and isinstance(right, r.Const)
    ):
        return str(left.args[1].value.value).lower() == str(right.value).lower()
    return None


def _of_item(
    target: r.Item, value: r.Expr, module: Module, modules: Mapping[str, Module], line: int
) -> Iterator[tuple[str, bool | None, int]]:
    match target:
        case r.Item(r.Item(r.Name(name), r.Const(alias)), r.Const(key)) if name == _SETTING and key == _KEY:
            yield str(alias), truth(value), line
        case r.Item(r.Item(r.Name(name), _), r.Const(key)) if name == _SETTING and key == _KEY:
            yield "default", truth(value), line
        case r.Item(r.Name(name), r.Const(key)) if key == _KEY and name != _SETTING:
            yield "default", truth(value), line
        case r.Item(r.Name(name), r.Const(alias)) if name == _SETTING:
            yield str(alias), _of_database(value, module, modules), line


def _of_update(call: r.Expr, args: tuple[r.Arg, ...], line: int) -> Iterator[tuple[str, bool | None, int]]:
    owner = call.func if isinstance(call, r.Call) else None
    if not (isinstance(owner, r.Attr) and isinstance(owner.value, r.Item) and owner.value.value == r.Name(_SETTING)):
        return
    alias = str(owner.value.key.value) if isinstance(owner.value.key, r.Const) else "default"
    for at, arg in enumerate(args):
        if arg.keyword == _KEY:
            yield alias, truth(arg.value), line
        elif isinstance(arg.value, r.Map):
            for key, value in zip(arg.value.keys, arg.value.values, strict=True):
                if isinstance(key, r.Const) and key.value == _KEY:
                    yield alias, truth(value), line
        elif isinstance(arg.value, r.Const) and arg.value.value == _KEY and at == 0 and len(args) > 1:
            yield alias, truth(args[1].value), line
