"""Calls: every call of the project with where it stands (regions), what it means (catalogue) and what it runs (targets)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from txlint.facts import records as r
from txlint.frameworks.catalog import EffectEntry
from txlint.project.model import Cls, Func, walk
from txlint.project.types import Type, Types

OWN = "own"
"""The boundary that a call opens itself around what it runs: a deletion with its receivers."""


class Opening(Struct, frozen=True, eq=False):
    """A place where a transaction (or a session) is opened: a `with`, a decorator, a project function that does it inside."""

    boundary: str
    """As in the catalogue: atomic, durable, savepoint, session, session-commits, connection, ..., `framework`."""
    family: str
    alias: str
    func: Func
    line: int
    text: str
    """What the reader sees there: `transaction.atomic()`."""
    commits: bool = True
    certain: bool = True
    """False where it depends on a condition (`atomic() if x else nullcontext()`)."""
    within: tuple[Opening, ...] = ()
    """Where a project's own opener opens it in turn."""
    value: Types = ()
    """What it gives on entry (the session)."""

    def doubtful(self, certain: bool) -> Opening:
        """The same, unless `certain`, under a condition."""
        return self if certain else replace(self, certain=False)

    def through(self, scope: Func, line: int, text: str, call: r.Call | None = None) -> Opening:
        """What it is to a function that opens it by something of the project; `call` is that, and may give the alias."""
        if self.func is scope and self.line == line:
            return self
        alias = self.alias
        if alias.startswith("<") and call is not None:
            given = next((arg.value for arg in call.args if arg.keyword == alias[1:-1]), None)
            alias = str(given.value) if isinstance(given, r.Const) and isinstance(given.value, str) else alias
        return replace(self, alias=alias, func=scope, line=line, text=text, within=(self,))


class Effect(Struct, frozen=True):
    """What a call does to the outside world, as the catalogue has it."""

    kind: str
    entry: EffectEntry
    family: str
    alias: str
    guessed: bool
    on: Type | None = None


class Edge(Struct, frozen=True, eq=False):
    """A function of the project that a call runs: `now`, after the `commit`, in another `thread`, in a `worker`, ..."""

    func: Func
    when: str = "now"
    via: str = ""
    """How, where it is not the call itself: `receiver of post_save`, `override of save`, `hook`."""
    protected: bool = False
    """Run inside a transaction that the called API opens itself."""
    guessed: bool = False
    shared: bool = False
    """Whether it is one of so many that the call may run, that hardly all of them are meant on one path."""
    param: str = ""
    """The parameter for which it was handed over."""


class Condition(NamedTuple):
    """A test that a call stands under, and whether it holds there: not in the `else`, nor after a branch that has left."""

    test: r.Expr
    holds: bool


@dataclass(slots=True, eq=False)
class Site:
    """One call in its surroundings."""

    call: r.Call
    func: Func
    types: Types
    opened: tuple[Opening, ...]
    """Boundaries open here by the function itself, outermost first, its decorators included."""
    loops: tuple[r.Loop | r.Comp, ...]
    tries: tuple[r.Try, ...]
    """`try` bodies around it in this function, outermost first."""
    handlers: tuple[r.Handler, ...]
    tests: tuple[r.Expr, ...] = ()
    """The conditions of the `if`s around it in this function, outermost first."""
    conditions: tuple[Condition, ...] = ()
    """The same with whether they hold at the call, and those of the branches before it that are left."""
    effects: tuple[Effect, ...] = ()
    edges: list[Edge] = field(default_factory=list)
    unknown: str | None = None
    """Why it is not known what the call does, where that is so."""

    @property
    def line(self) -> int:
        """Where its callee's last name stands."""
        return self.call.at

    def __repr__(self) -> str:
        return f"<Site {self.func.name}:{self.line}>"


class Entry(Struct, frozen=True):
    """A function that something outside the project runs, and how: view, task, receiver, command, ..."""

    func: Func
    kind: str
    why: str
    """For people: `view of POST /orders/`, `Celery task`."""
    opened: tuple[Opening, ...] = ()
    """Boundaries that the framework has open around it."""
    non_atomic: bool = False
    is_async: bool = False
    answers_errors: bool = False
    """What it raises never reaches the request's transaction."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """A function connected to a signal; `sender` None means any, `unresolved` that it could not be told."""

    func: Func
    signal: str
    sender: Cls | None
    line: int
    any_sender: bool = True
    external: str = ""
    """The class of the catalogue that is the sender, by its full name."""
    relation: tuple[Cls, str] | None = None
    """The class and the name of the relation whose changes it hears, where the sender is the table of one."""


def written_receiver(call: r.Call) -> tuple[str, str]:
    """Last name of the object and name of the method of a call like `self.db.commit()`: ("db", "commit")."""
    match call.func:
        case r.Name(path) if "." in path:
            owner, _, method = path.rpartition(".")
            return owner.rpartition(".")[2], method
        case r.Attr(r.Call(inner), method):
            return _last(inner), method
        case r.Attr(value, method):
            return _last(value), method
    return "", ""


def _last(expr: r.Expr) -> str:
    match expr:
        case r.Name(path):
            return path.rpartition(".")[2]
        case r.Attr(_, name):
            return name
    return ""


def nested_statements(body: Iterable[r.Stmt]) -> list[r.Stmt]:
    """All statements of a body, nested ones included, without those of nested functions and classes."""
    found: list[r.Stmt] = []
    _nested_statements(body, found)
    return found


def _nested_statements(body: Iterable[r.Stmt], found: list[r.Stmt]) -> None:
    for node in body:
        found.append(node)
        match node:
            case r.If() | r.Loop():
                _nested_statements(node.body, found)
                _nested_statements(node.orelse, found)
            case r.Try():
                for block in (node.body, *[one.body for one in node.handlers], node.orelse, node.final):
                    _nested_statements(block, found)
            case r.With():
                _nested_statements(node.body, found)


def is_statement(site: Site) -> bool:
    """Whether a call is a statement of its own, so that nobody uses its result."""
    return any(isinstance(one, r.Do) and one.value is site.call for one in nested_statements(site.func.record.body))


def hangs_on(tests: Iterable[r.Expr], site: Site) -> bool:
    """Whether one of some conditions is about what a call has answered."""
    names = site.func.names_of(site.call)
    parts = (part for test in tests for part in walk(test))
    return any(part is site.call or (isinstance(part, r.Name) and part.path.partition(".")[0] in names) for part in parts)


def is_on_self(call: r.Call) -> bool:
    """Whether a call is of a method of the function's own object or class: `self.save()`, `cls.make()`."""
    return isinstance(call.func, r.Name) and call.func.path.count(".") == 1 and call.func.path.startswith(("self.", "cls."))


def is_on_super(call: r.Call) -> bool:
    """Whether a call is of a method of `super()`."""
    return isinstance(call.func, r.Attr) and isinstance(call.func.value, r.Call) and call.func.value.func == r.Name("super")
