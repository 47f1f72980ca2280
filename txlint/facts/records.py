"""Facts: what one Python file says, before any framework gives it meaning.

An abridged syntax tree that keeps regions and order, and drops whatever can have no bearing on transactions. Records are
plain data (msgspec, arrays on the wire), so they travel between processes and through the cache with a typed decode.
"""

from __future__ import annotations

from msgspec import Struct

SCHEMA = 7
"""Part of the cache key: raise it with every change to the records or to what `extract` puts into them."""


class Node(Struct, frozen=True, array_like=True, gc=False):
    """What expressions and statements have in common."""


# --- expressions -------------------------------------------------------------------------------------------------------


class Name(Node, frozen=True, array_like=True, gc=False, tag="N"):
    """A dotted name as written: `order`, `self.repo.session`."""

    path: str


class Const(Node, frozen=True, array_like=True, gc=False, tag="K"):
    """A literal; strings are cut at 400 characters, numbers that are no small integers are kept as text."""

    value: str | int | bool | None


class Arg(Node, frozen=True, array_like=True, gc=False):
    """One argument of a call; `star` is "", "*" or "**"."""

    value: Expr
    keyword: str | None = None
    star: str = ""


class Call(Node, frozen=True, array_like=True, gc=False, tag="C"):
    """A call; `line` is where the expression starts, `at` where its callee's last name stands."""

    func: Expr
    args: tuple[Arg, ...]
    line: int
    at: int
    end_line: int
    awaited: bool = False


class Attr(Node, frozen=True, array_like=True, gc=False, tag="A"):
    """An attribute of something that is not a plain dotted name: `get_order().lines`."""

    value: Expr
    name: str


class Item(Node, frozen=True, array_like=True, gc=False, tag="I"):
    """A subscript: `DATABASES["default"]`, `list[Order]`."""

    value: Expr
    key: Expr


class Lambda(Node, frozen=True, array_like=True, gc=False, tag="L"):
    """A lambda expression; `function` is its place in `ModuleFacts.functions`."""

    function: int


class Seq(Node, frozen=True, array_like=True, gc=False, tag="S"):
    """A list, tuple or set display."""

    items: tuple[Expr, ...]


class Map(Node, frozen=True, array_like=True, gc=False, tag="M"):
    """A dict display; a `**merge` has the key None."""

    keys: tuple[Expr | None, ...]
    values: tuple[Expr, ...]


class Choice(Node, frozen=True, array_like=True, gc=False, tag="O"):
    """One of several values: `a if test else b` (with the test), `a or b`, `a and b` (with the operator: And, Or)."""

    options: tuple[Expr, ...]
    test: Expr | None = None
    operator: str = ""


class Comp(Node, frozen=True, array_like=True, gc=False, tag="G"):
    """A comprehension or generator expression: what it loops over and what is evaluated for each."""

    targets: tuple[Expr, ...]
    iters: tuple[Expr, ...]
    parts: tuple[Expr, ...]
    line: int
    kind: str
    """list, set, dict or generator."""


class Yield(Node, frozen=True, array_like=True, gc=False, tag="Y"):
    """`yield value` or `yield from value`."""

    value: Expr | None
    line: int


class Bind(Node, frozen=True, array_like=True, gc=False, tag="W"):
    """`(name := value)`."""

    name: str
    value: Expr


class Parts(Node, frozen=True, array_like=True, gc=False, tag="P"):
    """Any other expression: its operands in order, with the operator where it matters (`+`, `|`, `not`, `is`, ...)."""

    items: tuple[Expr, ...]
    operator: str = ""


Expr = Name | Const | Call | Attr | Item | Lambda | Seq | Map | Choice | Comp | Yield | Bind | Parts

# --- statements --------------------------------------------------------------------------------------------------------


class Do(Node, frozen=True, array_like=True, gc=False, tag="do"):
    """An expression evaluated for its effect."""

    value: Expr
    line: int


class Assign(Node, frozen=True, array_like=True, gc=False, tag="="):
    """An assignment; `operator` is "" for a plain one, else that of an augmented one (`+`)."""

    targets: tuple[Expr, ...]
    value: Expr | None
    annotation: Expr | None
    line: int
    operator: str = ""


class Return(Node, frozen=True, array_like=True, gc=False, tag="ret"):
    """`return value`."""

    value: Expr | None
    line: int


class Raise(Node, frozen=True, array_like=True, gc=False, tag="raise"):
    """`raise value`; without a value, the exception being handled is raised again."""

    value: Expr | None
    line: int


class Jump(Node, frozen=True, array_like=True, gc=False, tag="jump"):
    """`break` or `continue`."""

    kind: str
    line: int


class Delete(Node, frozen=True, array_like=True, gc=False, tag="del"):
    """`del targets`."""

    targets: tuple[Expr, ...]
    line: int


class Import(Node, frozen=True, array_like=True, gc=False, tag="imp"):
    """One imported name: `from module import name as alias`; `import a.b as c` has no name; `*` is the name of a star import.

    `level` counts the leading dots. `import a.b` without alias binds `a`.
    """

    module: str
    name: str | None
    alias: str | None
    level: int
    line: int


class If(Node, frozen=True, array_like=True, gc=False, tag="if"):
    """`if test: body else: orelse`; `match` is a chain of these, each with the subject (and the guard) in a `Match` as test."""

    test: Expr
    body: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...]
    line: int


class Loop(Node, frozen=True, array_like=True, gc=False, tag="for"):
    """`for target in iter` or, without a target, `while iter`."""

    target: Expr | None
    iter: Expr
    body: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...]
    line: int
    end_line: int


class Handler(Node, frozen=True, array_like=True, gc=False):
    """One `except types as name:`; a bare one has no types."""

    types: tuple[Expr, ...]
    name: str | None
    body: tuple[Stmt, ...]
    line: int


class Try(Node, frozen=True, array_like=True, gc=False, tag="try"):
    """`try/except/else/finally`."""

    body: tuple[Stmt, ...]
    handlers: tuple[Handler, ...]
    orelse: tuple[Stmt, ...]
    final: tuple[Stmt, ...]
    line: int


class With(Node, frozen=True, array_like=True, gc=False, tag="with"):
    """`with items as targets:`; a target is None where there is none."""

    items: tuple[Expr, ...]
    targets: tuple[Expr | None, ...]
    body: tuple[Stmt, ...]
    is_async: bool
    line: int
    end_line: int


class Def(Node, frozen=True, array_like=True, gc=False, tag="def"):
    """Here a function is defined: its place in `ModuleFacts.functions`."""

    function: int


class ClassDef(Node, frozen=True, array_like=True, gc=False, tag="class"):
    """Here a class is defined: its place in `ModuleFacts.classes`."""

    index: int


Stmt = Do | Assign | Return | Raise | Jump | Delete | Import | If | Loop | Try | With | Def | ClassDef

# --- definitions -------------------------------------------------------------------------------------------------------


class Param(Node, frozen=True, array_like=True, gc=False):
    """A parameter; `kind` is "" (positional or keyword), "/" , "kw", "*" or "**"."""

    name: str
    annotation: Expr | None = None
    default: Expr | None = None
    kind: str = ""


class Function(Node, frozen=True, array_like=True, gc=False):
    """A function, method or lambda; number 0 of a module is its top-level code under the name `<module>`."""

    name: str
    qualname: str
    """With the enclosing classes and functions: `Order.place`, `make.<locals>.wrapper`."""
    line: int
    """Of the `def` keyword, not of the decorators."""
    end_line: int
    params: tuple[Param, ...]
    decorators: tuple[Expr, ...]
    returns: Expr | None
    body: tuple[Stmt, ...]
    is_async: bool = False
    is_generator: bool = False
    owner: int = -1
    """The class whose body holds the definition, by its place in `ModuleFacts.classes`; -1 for none."""
    parent: int = 0
    """The enclosing function, by its place in `ModuleFacts.functions`."""


class Class(Node, frozen=True, array_like=True, gc=False):
    """A class; its methods are the `Def`s of the body."""

    name: str
    qualname: str
    line: int
    end_line: int
    bases: tuple[Expr, ...]
    keywords: tuple[Arg, ...]
    decorators: tuple[Expr, ...]
    body: tuple[Stmt, ...]
    parent: int = 0


class Comment(Node, frozen=True, array_like=True, gc=False):
    """A comment that speaks to a linter (`# txlint: ...`, `# noqa: ...`) or is a block or decorator that was switched off.

    `alone` where nothing else is on its line.
    """

    line: int
    text: str
    alone: bool


class ModuleFacts(Node, frozen=True, array_like=True, gc=False):
    """All facts of one file. The path is not among them: facts belong to the bytes."""

    functions: tuple[Function, ...]
    classes: tuple[Class, ...]
    comments: tuple[Comment, ...] = ()
