"""Sessions and connections that a function or a module makes itself, and what it then does about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.project.calls import Opening, Site, nested_statements
from txlint.project.model import Binding, Func, expressions, nested, walk
from txlint.project.project import Project
from txlint.project.types import Ext, ExtClass, ExtInst, Fn
from txlint.transactions.endings import FAMILIES, Ending, is_item
from txlint.transactions.sessions import Sessions

_KINDS = {"session-factory": "session", "session-registry": "registry", "connection": "connection"}
_HARMLESS = frozenset({"database-write", "database-read", "flush", "refresh", "close"})
_DEPTH = 4


@dataclass(frozen=True, slots=True)
class Made:
    """A session that a function makes and answers for."""

    func: Func
    name: str
    line: int
    kind: str
    """`session` (a new one), `registry` (that of the thread or request), `connection` (a driver's)."""
    by_with: bool
    """Whether a `with` statement closes it."""

    def used_in(self, statements: tuple[r.Stmt, ...]) -> bool:
        """Whether some statements do anything with it."""
        return any(_mentioned(self.name, one) for one in nested_statements(statements))


class MadeSessions:
    """Finds what is made where; a session whose maker is not known is not among them."""

    def __init__(self, project: Project, sessions: Sessions) -> None:
        self._project, self._sessions = project, sessions
        self._found: dict[Func, tuple[Made, ...]] = {}

    def of(self, func: Func) -> tuple[Made, ...]:
        """The sessions that a function makes and keeps to itself."""
        if func not in self._found:
            self._found[func] = tuple(self._of(func))
        return self._found[func]

    def _rides(self, value: r.Expr | None) -> bool:
        """Whether a session is made on another one's connection, and ends with its transaction: `bind=other.connection()`."""
        given = [arg.value for arg in value.args] if isinstance(value, r.Call) else []
        named = (one.func if isinstance(one, r.Call) else one for one in given)
        paths = (one.path.rpartition(".") for one in named if isinstance(one, r.Name))
        return any(owner and name.strip("_") in self._project.catalog.words["connection"] for owner, _, name in paths)

    def _of(self, func: Func) -> Iterator[Made]:
        for name, bindings in func.bindings.items():
            if func.parent is None or name in func.module.top.bindings or len(bindings) != 1:
                continue
            binding = bindings[0]
            kind = self.kind(binding.value, func) if binding.how in ("value", "enter") else None
            if kind is not None and not self._escapes(name, func) and not self._rides(binding.value):
                yield Made(func, name, binding.line, kind, binding.how == "enter" or _entered(name, func))

    def kind(self, value: r.Expr | None, scope: Func, depth: int = 0) -> str | None:
        """What kind of session an expression makes; None where it makes none, or may give one that is there already."""
        if not isinstance(value, r.Call) or depth > _DEPTH:
            return None
        kinds = {self._made_by(one, depth) for one in self._project.inference.infer(value.func, scope)}
        return kinds.pop() if len(kinds) == 1 else None

    def _made_by(self, callee: object, depth: int) -> str | None:
        catalog = self._project.catalog
        match callee:
            case ExtInst(name, guessed=False):
                roles = tuple(catalog.class_roles(name))
                return next((_KINDS[one] for one in roles if one in ("session-factory", "session-registry")), None)
            case ExtClass(name):
                roles = tuple(catalog.class_roles(name))
                return "session" if "session" in roles and "session-registry" not in roles else None
            case Ext(name) if name in catalog.function_returns:
                return "connection" if "connection" in catalog.class_roles(catalog.function_returns[name]) else None
            case Fn(func) if not func.record.is_generator and func.returns:
                kinds = {self._returned(one, func, depth + 1) for one in func.returns}
                return kinds.pop() if len(kinds) == 1 else None
        return None

    def _returned(self, value: r.Expr, func: Func, depth: int) -> str | None:
        if isinstance(value, r.Name) and "." not in value.path and value.path not in func.module.top.bindings:
            bindings = func.bindings.get(value.path, [])
            return self.kind(bindings[0].value, func, depth) if len(bindings) == 1 and bindings[0].how == "value" else None
        return self.kind(value, func, depth)

    def _escapes(self, name: str, func: Func) -> bool:
        """Whether it is returned, yielded, kept in an object, or used by a function defined inside."""
        wanted = r.Name(name)
        for node in nested_statements(func.record.body):
            if isinstance(node, r.Return) and node.value is not None and wanted in _values(node.value):
                return True
            if isinstance(node, r.Assign) and node.value is not None and wanted in _values(node.value):
                return True
            if any(isinstance(part, r.Yield) and part.value is not None for expr in expressions(node) for part in walk(expr)):
                return True
        return any(one.parent is func and _mentions(name, one) for one in func.module.functions)

    # --- what is done with it ----------------------------------------------------------------------------------------------

    def endings(self, made: Made, *kinds: str) -> tuple[Ending, ...]:
        """The commits, rollbacks and closes of a session by its maker."""
        return tuple(one for one in self._sessions.endings(made.func) if one.session == made.name and one.kind in kinds)

    def given(self, made: Made) -> tuple[Site, ...]:
        """The calls that get it as an argument."""
        wanted = r.Name(made.name)
        sites = self._project.bodies[made.func].sites
        return tuple(one for one in sites if any(wanted in _values(arg.value) for arg in one.call.args))

    def writes(self, made: Made) -> tuple[Site, ...]:
        """The calls of its own that write."""
        found = self._project.bodies[made.func].sites
        return tuple(
            one for one in found if first_name(one.call) == made.name and any(_is_write(effect) for effect in one.effects)
        )

    def used(self, made: Made) -> bool:
        """Whether anything is called of it."""
        return any(first_name(site.call) == made.name for site in self._project.bodies[made.func].sites)

    def lost(self, made: Made) -> bool:
        """Whether it is written to and surely never committed: nobody else gets it, and nothing of it is called that could."""
        func = made.func
        if (
            not self.writes(made)
            or self.given(made)
            or any(one.family in FAMILIES and one.commits for one in self._opened(made))
        ):
            return False
        sites = (site for site in self._project.bodies[func].sites if first_name(site.call) == made.name)
        return all(site.effects and all(effect.kind in _HARMLESS for effect in site.effects) for site in sites)

    def _opened(self, made: Made) -> Iterator[Opening]:
        return (opening for site in self.writes(made) for opening in site.opened)

    def undone(self, made: Made) -> bool:
        """Whether anything rolls it back or closes it when an error passes."""
        if made.by_with:
            return True
        for node in nested_statements(made.func.record.body):
            if isinstance(node, r.Try):
                caught = (*node.final, *(one for handler in node.handlers for one in handler.body))
                if made.used_in(caught):
                    return True
        return False

    def closed_on_failure_only(self, made: Made) -> Site | None:
        """The close, of it or its registry, that stands in an error handler, where none stands on the way without an error."""
        sites = self._project.bodies[made.func].sites
        closes = [one for one in sites if any(e.kind == "close" and e.family in FAMILIES for e in one.effects)]
        final = [node.final for node in nested_statements(made.func.record.body) if isinstance(node, r.Try)]
        ended = any(call is one.call for one in closes for body in final for call in nested(body))
        return closes[0] if closes and not ended and not made.by_with and all(one.handlers for one in closes) else None

    def close_guaranteed(self, made: Made) -> bool:
        """Whether a `finally` closes it."""
        tries = (node for node in nested_statements(made.func.record.body) if isinstance(node, r.Try))
        return any(made.used_in(node.final) for node in tries)

    def used_after_errors(self, made: Made) -> bool:
        """Whether an error handler goes on in it, or the next round of a loop after a handler within that."""
        given, sites = self.given(made), self._project.bodies[made.func].sites
        work = [one for one in sites if first_name(one.call) == made.name or one in given]
        ends = [one.site for one in self.endings(made, "close")]
        return any((one.handlers or is_item(one)) and one not in ends for one in work)

    # --- shared ones -------------------------------------------------------------------------------------------------------

    def shared(self) -> Iterator[tuple[Func, str, Binding]]:
        """Sessions that a module keeps for everybody: the scope that makes it, its name and where."""
        for module in self._project.modules.values():
            for func in module.functions:
                for name, bindings in func.bindings.items():
                    if func.parent is not None and not _is_global(name, func):
                        continue
                    for binding in bindings:
                        if binding.how == "value" and self.kind(binding.value, func) == "session":
                            yield func, name, binding


def _is_global(name: str, func: Func) -> bool:
    """Whether a function that binds a name of its module means the module's: it reads it before."""
    if name not in func.module.top.bindings or not func.bindings[name]:
        return False
    bound = min(one.line for one in func.bindings[name])
    tests = (node for node in nested_statements(func.record.body) if isinstance(node, r.If) and node.line < bound)
    return any(_mentioned(name, node) for node in tests)


def _is_write(effect: object) -> bool:
    return getattr(effect, "kind", "") == "database-write" and getattr(effect, "family", "") in FAMILIES


def first_name(call: r.Call) -> str:
    """The first name of a call's callee: `session` of `session.query(...).delete`."""
    expr: r.Expr = call.func
    while not isinstance(expr, r.Name):
        match expr:
            case r.Attr(value, _) | r.Item(value, _):
                expr = value
            case r.Call(func):
                expr = func
            case _:
                return ""
    return expr.path.partition(".")[0]


def _values(expr: r.Expr) -> tuple[r.Expr, ...]:
    """What an expression may give as it is: itself, the parts of a display or a choice."""
    match expr:
        case r.Seq(items) | r.Choice(items):
            return (expr, *(one for item in items for one in _values(item)))
        case r.Map(_, values):
            return (expr, *(one for item in values for one in _values(item)))
    return (expr,)


def _entered(name: str, func: Func) -> bool:
    """`with session:`, `with closing(session):`."""
    wanted = r.Name(name)
    items = (item for node in nested_statements(func.record.body) if isinstance(node, r.With) for item in node.items)
    return any(wanted in walk(item) for item in items)


def _mentioned(name: str, node: r.Stmt) -> bool:
    names = (part.path for expr in expressions(node) for part in walk(expr) if isinstance(part, r.Name))
    return any(one.partition(".")[0] == name for one in names)


def _mentions(name: str, func: Func) -> bool:
    return any(_mentioned(name, node) for node in nested_statements(func.record.body))
