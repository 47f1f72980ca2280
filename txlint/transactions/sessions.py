"""Who owns a session: where each commit's session comes from, whether its provider commits, and what its callers do afterwards.

A function that made the session itself owns it. One that was given it (a parameter, an attribute set from outside, a global
registry) has borrowed it; whether it may commit is decided by the provider and by its callers, never by its name.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from txlint.facts import records as r
from txlint.project.calls import Edge, Site, nested_statements
from txlint.project.model import Binding, Func, expressions, nested, walk
from txlint.project.project import Project
from txlint.project.types import Fn, Inst, Obj
from txlint.transactions.order import Order, blocks
from txlint.transactions.reach import writes

FAMILIES = frozenset({"sqlalchemy", "dbapi"})
_CLAIMING = frozenset({"row-lock"})
_LEAVING = frozenset({"enqueue", "external-call", "remote-read", "email", "message", "sleep"})
_NOT_JUDGED = frozenset({"command", "migration", "startup", "fixture", "test", "session-event"})


@dataclass(frozen=True, slots=True)
class Ending:
    """A call that commits, rolls back or closes a session, with where the session comes from."""

    site: Site
    kind: str
    source: str
    """`own`, `parameter`, `attribute`, `global`, or `unknown`."""
    session: str
    """The session as written: `self.db`."""
    guessed: bool


@dataclass(frozen=True, slots=True)
class Owner:
    """Why somebody else decides about the session: the place that shows it, and in words."""

    func: Func
    line: int
    text: str
    message: str
    through: tuple[tuple[Site, Func], ...] = ()
    """The calls from there to the committing function."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A call that commits: itself, or in a callee."""

    site: Site
    committed: Ending
    by_callee: bool


class Sessions:
    """The endings of borrowed sessions and their owners."""

    def __init__(self, project: Project, tests: Callable[[Func], bool], boundary_commits: bool | None) -> None:
        self._project, self._tests, self._setting = project, tests, boundary_commits
        self._orders: dict[Func, Order] = {}
        self._endings: dict[Func, tuple[Ending, ...]] = {}

    def order(self, func: Func) -> Order:
        """What follows what in a function."""
        if func not in self._orders:
            self._orders[func] = Order(self._project.bodies[func])
        return self._orders[func]

    # --- endings -------------------------------------------------------------------------------------------------------

    def endings(self, func: Func) -> tuple[Ending, ...]:
        """The commits, rollbacks and closes in a function."""
        if func not in self._endings:
            self._endings[func] = tuple(self._find(func))
        return self._endings[func]

    def _find(self, func: Func) -> Iterator[Ending]:
        for site in self._project.bodies[func].sites:
            for effect in site.effects:
                if effect.kind in ("commit", "rollback", "close") and effect.family in FAMILIES:
                    session = session_path(site.call)
                    yield Ending(site, effect.kind, self.source(session, func), session, effect.guessed)

    def source(self, session: str, func: Func) -> str:
        """Where a session comes from, seen from a function that uses it under this name."""
        first, _, rest = session.partition(".")
        scope: Func | None = func
        while scope and first not in scope.bindings:
            scope = scope.parent
        if scope is None:
            return "unknown"
        if rest and first in ("self", "cls") and (owner := func.self_class):
            found = [one for cls in self._project.inference.lineages.of(owner).classes for one in cls.instance.get(rest, ())]
            sources = {self._assigned(one) for one in found}
            return "own" if sources and sources <= {"own"} else "attribute"
        if scope.parent is None:
            return "global"
        return "parameter" if any(self._assigned(one) == "parameter" for one in scope.bindings[first]) else "own"

    def _assigned(self, binding: Binding) -> str:
        if binding.how == "param":
            return "parameter"
        match binding.value:
            case r.Name(path) if "." not in path:
                inner = binding.scope.bindings.get(path, [])
                return "parameter" if any(one.how == "param" for one in inner) else "own"
            case r.Choice(options):  # session or SessionLocal()
                return "parameter" if any(isinstance(one, r.Name) for one in options) else "own"
            case r.Name():
                return "parameter"
        return "own"

    # --- who may -------------------------------------------------------------------------------------------------------

    def borrowed(self, func: Func, *kinds: str) -> Iterator[Ending]:
        """Endings of a session that the function was given and that no known right pattern explains."""
        if self._is_boundary(func):
            return
        for ending in self.endings(func):
            if ending.kind in kinds and ending.source in ("parameter", "attribute", "global") and not self._is_right(ending, func):
                yield ending

    def _is_boundary(self, func: Func) -> bool:
        """Entry points, providers, units of work, wrappers and functions whose name says that they commit."""
        entries = self._project.entries.get(func, ())
        if any(entry.kind in _NOT_JUDGED or ending_kind(entry.kind) for entry in entries):
            return True
        if func.record.is_generator or func.parent is None or (func.parent.parent is not None and self._calls_parameter(func)):
            return True
        owner = func.cls
        if owner and any(name in cls.methods for cls in self._project.inference.lineages.of(owner).classes for name in _EXITS):
            return True
        name = func.record.name.lower()
        return "commit" in name and "no_commit" not in name and "without_commit" not in name

    def _calls_parameter(self, func: Func) -> bool:
        outer = {param.name for param in func.parent.record.params} if func.parent else set()
        return any(isinstance(site.call.func, r.Name) and site.call.func.path in outer for site in self._project.bodies[func].sites)

    def _is_right(self, ending: Ending, func: Func) -> bool:
        site = ending.site
        if ending.kind == "commit":
            body = self._project.bodies[func].sites
            if any(effect.kind in _CLAIMING for one in body for effect in one.effects) or _locks(func):
                return True
            if _optional(site, func) or _is_progress(site):
                return True
            following = self.order(func).following(site)
            if any(effect.kind in _LEAVING for one in following for effect in one.effects):
                return True
        return False

    # --- owners --------------------------------------------------------------------------------------------------------

    def owner(self, ending: Ending) -> Owner | None:
        """Who else decides about the session of an ending: a provider that commits, or a caller that goes on with it."""
        seen = {ending.site.func}
        waiting: deque[tuple[Func, tuple[tuple[Site, Func], ...]]] = deque([(ending.site.func, ())])
        while waiting and len(seen) < 200:
            func, through = waiting.popleft()
            for site, edge in self._callers(func):
                path = ((site, func), *through)
                if found := self._provided(site.func, path) or self._goes_on(site, ending, path):
                    return found
                if site.func not in seen and len(path) < 8 and not self._owns(site.func):
                    seen.add(site.func)
                    waiting.append((site.func, path))
        return self._provided(ending.site.func, ())

    def provided(self, func: Func, site: Site) -> Owner | None:
        """Who gives a function its session, or wraps the call in one, and commits it afterwards."""
        return self._provided(func, ((site, func),))

    def _callers(self, func: Func) -> list[tuple[Site, Edge]]:
        found = self._project.callers.get(func, ())
        return [(site, edge) for site, edge in found if edge.when == "now" and not self._tests(site.func)]

    def _owns(self, func: Func) -> bool:
        """Whether a function makes its own session, so that its callers have nothing to do with it."""
        return any(one.family in FAMILIES for site in self._project.bodies[func].sites for one in site.opened)

    def _provided(self, func: Func, path: tuple[tuple[Site, Func], ...]) -> Owner | None:
        for param in func.record.params:
            for provider in self._providers(param, func):
                if self.commits(provider) or (self._setting and provider.record.is_generator):
                    line, text = self._commit_place(provider)
                    message = f"`{provider.record.name}` provides the session and commits it"
                    return Owner(provider, line, text, message, path)
            if self._setting and any(isinstance(one, r.Call) for one in _defaults(param)):
                return Owner(func, func.record.line, func.record.name, "the configuration says that the provider commits", path)
        site = path[0][0] if path else None
        for opening in site.opened if site else ():
            if opening.family in FAMILIES and opening.commits and opening.boundary != "savepoint":
                return Owner(opening.func, opening.line, opening.text, f"`{opening.text}` commits when it is left", path)
        for opening, provider in self._entered(site):
            if self.commits(provider):
                line, text = self._commit_place(provider)
                return Owner(provider, line, text, f"`{opening}` commits when it is left", path)
        return None

    def _providers(self, param: r.Param, func: Func) -> tuple[Func, ...]:
        found: list[Func] = []
        for call in _defaults(param):
            if isinstance(call, r.Call):
                found += self._project.inference.annotations.providers(call, func)
        if isinstance(param.annotation, r.Name):
            module, name = self._project.inference.members.home(param.annotation.path, func)
            for binding in module.top.bindings.get(name, ()) if module else ():
                for part in _annotated(binding.value):
                    found += self._project.inference.annotations.providers(part, binding.scope)
        return tuple(found)

    def _entered(self, site: Site | None) -> Iterator[tuple[str, Func]]:
        """The project's context managers that a call stands in."""
        if site is None:
            return
        for node in nested_statements(site.func.record.body):
            if isinstance(node, r.With) and node.line <= site.line <= node.end_line:
                for item in node.items:
                    if isinstance(item, r.Call):
                        for one in self._project.inference.infer(item.func, site.func):
                            if isinstance(one, Fn) and self._project.inference.is_context_manager(one.func):
                                yield f"{one.func.record.name}()", one.func
                            elif isinstance(one, Obj):
                                for name in _EXITS:
                                    for found in self._project.inference.members.one(Inst(one.cls), name):
                                        if isinstance(found, Fn):
                                            yield f"{one.cls.record.name}()", found.func

    def commits(self, provider: Func, depth: int = 0) -> bool:
        """Whether a provider of sessions commits when its user is done: itself, or the context manager that it delegates to."""
        body = self._project.bodies.get(provider)
        if body is None or depth > 3:
            return False
        if any(ending.kind == "commit" and not ending.site.handlers for ending in self.endings(provider)):
            return True
        if any(one.commits and one.family in FAMILIES and one.boundary != "savepoint" for opened in body.yields for one in opened):
            return True
        return any(self.commits(edge.func, depth + 1) for site in body.sites for edge in site.edges if edge.when == "now")

    def _commit_place(self, provider: Func) -> tuple[int, str]:
        ending = next((one for one in self.endings(provider) if one.kind == "commit"), None)
        return (ending.site.line, f"{ending.session}.commit") if ending else (provider.record.line, provider.record.name)

    def _goes_on(self, site: Site, ending: Ending, path: tuple[tuple[Site, Func], ...]) -> Owner | None:
        """A caller that does more in the same session after the call."""
        if any(entry.kind in _NOT_JUDGED for entry in self._project.entries.get(site.func, ())):
            return None
        if func_is_script(site.func) or (site.loops and (site.handlers or _is_item(site))):
            return None
        order = self.order(site.func)
        for earlier in self._project.bodies[site.func].sites:
            if earlier is not site and site in order.following(earlier) and self._calls_committing(earlier) and not earlier.loops:
                text = session_text(earlier)
                message = f"before it, `{site.func.record.qualname}` calls `{text}`, which commits as well"
                return Owner(site.func, earlier.line, text, message, path)
        for later in self.order(site.func).following(site):
            if later is site or self._unrelated(later, site):
                continue
            if self._works(later) or self._is_commit(later, site.func):
                text = session_text(later)
                message = f"after it, `{site.func.record.qualname}` goes on in the same session"
                return Owner(site.func, later.line, text, message, path)
        return None

    def _unrelated(self, later: Site, site: Site) -> bool:
        """Another call that stands in a `with` block of a session of its own."""
        return {id(one) for one in later.opened if one.family in FAMILIES} != {id(one) for one in site.opened if one.family in FAMILIES}

    def _works(self, site: Site) -> bool:
        if any(writes(site, family) for family in FAMILIES):
            return True
        return self._calls_committing(site)

    def _calls_committing(self, site: Site) -> bool:
        return any(edge.when == "now" and edge.func in self.committing for edge in site.edges)

    # --- functions that commit what they were given ------------------------------------------------------------------------

    @cached_property
    def committing(self) -> dict[Func, Ending]:
        """Functions that commit a session which they were given, themselves or through others they give it to."""
        found: dict[Func, Ending] = {}
        waiting: deque[Func] = deque()
        for func in self._project.bodies:
            for ending in self.endings(func):
                if ending.kind == "commit" and ending.source in ("parameter", "attribute", "global") and not self._is_right(ending, func):
                    if not func.record.is_generator and not self._tests(func):
                        found.setdefault(func, ending)
                        waiting.append(func)
        while waiting:
            func = waiting.popleft()
            for site, _ in self._callers(func):
                if site.func not in found and not any(one.family in FAMILIES for one in site.opened) and not self._makes(site.func):
                    found[site.func] = found[func]
                    waiting.append(site.func)
        return found

    # --- work that is committed in pieces, work that is sent before its commit ----------------------------------------------

    def pieces(self, func: Func) -> tuple[Piece, Piece] | None:
        """The first two calls on one path of a function that each commit work of their own in one session."""
        found = [piece for site in self._project.bodies[func].sites if (piece := self._piece(site, func))]
        if func_is_script(func) or not any(one.by_callee for one in found) or any(one.kind in _NOT_JUDGED for one in self._project.entries.get(func, ())):
            return None
        for first in found:
            after = self.order(func).following(first.site)
            for second in found:
                if second.site is first.site or second.site not in after or second.site.handlers or first.site.loops:
                    continue
                if second.by_callee or self._written_between(first.site, second.site, func):
                    return first, second
        return None

    def _piece(self, site: Site, func: Func) -> Piece | None:
        own = next((one for one in self.endings(func) if one.site is site and one.kind == "commit"), None)
        if own is not None:
            return None if self._is_right(own, func) else Piece(site, own, False)
        for edge in site.edges:
            if edge.when == "now" and edge.func in self.committing and not _declines(site.call):
                return Piece(site, self.committing[edge.func], True)
        return None

    def _written_between(self, first: Site, second: Site, func: Func) -> bool:
        order = self.order(func)
        return any(self._writes(one) and second in order.following(one) for one in order.following(first))

    def _writes(self, site: Site) -> bool:
        return any(writes(site, family) for family in FAMILIES)

    def sent_before(self, site: Site) -> Owner | None:
        """What commits, after a dispatch, the work that the dispatched task is about; None where nothing shows that."""
        seen = {site.func}
        waiting: deque[tuple[Site, tuple[tuple[Site, Func], ...]]] = deque([(site, ())])
        while waiting and len(seen) < 60:
            here, path = waiting.popleft()
            verdict = self._committed_later(here, path)
            if isinstance(verdict, Owner):
                return verdict
            if verdict is None and len(path) < 4 and not self._owns(here.func):
                for caller, _ in self._callers(here.func):
                    if caller.func not in seen:
                        seen.add(caller.func)
                        waiting.append((caller, ((caller, here.func), *path)))
        return None

    def _committed_later(self, site: Site, path: tuple[tuple[Site, Func], ...]) -> Owner | bool | None:
        """The commit that follows in this function; False where one came just before, None where there is neither."""
        func, order = site.func, self.order(site.func)
        commits = [one for one in self._project.bodies[func].sites if one is not site and self._is_commit(one, func)]
        written = [one for one in self._project.bodies[func].sites if one is not site and self._writes(one)]
        for one in commits:
            if site in order.following(one) and not any(w in order.following(one) and site in order.following(w) for w in written):
                return False
        later = [one for one in order.following(site) if one in commits and not one.handlers]
        if later and (written or path):
            return Owner(func, later[0].line, session_text(later[0]), f"`{session_text(later[0])}` commits only afterwards", path)
        if any(site in order.following(one) for one in written):
            for opening in site.opened:
                if opening.family in FAMILIES and opening.commits and opening.boundary != "savepoint":
                    return Owner(opening.func, opening.line, opening.text, f"`{opening.text}` commits when it is left", path)
            return self._provided(func, ((site, func),) if not path else path)
        return None

    def _is_commit(self, site: Site, func: Func) -> bool:
        if any(one.site is site and one.kind == "commit" for one in self.endings(func)):
            return True
        return any(edge.when == "now" and edge.func in self.committing for edge in site.edges)

    def _makes(self, func: Func) -> bool:
        """Whether a function makes a session of its own, by an assignment."""
        return any(
            ending.source == "own" and ending.kind in ("commit", "close") for ending in self.endings(func)
        )


_EXITS = ("__exit__", "__aexit__")


def ending_kind(kind: str) -> bool:
    """Whether an entry point of this kind is the outermost owner of a session."""
    return kind in ("view", "task", "flow", "consumer", "middleware", "error-handler")


def _declines(call: r.Call) -> bool:
    """`commit=False` in a call."""
    return any(arg.keyword and "commit" in arg.keyword and arg.value == r.Const(False) for arg in call.args)


def session_path(call: r.Call) -> str:
    """The object of a call like `self.db.commit()`, as written."""
    match call.func:
        case r.Name(path):
            return path.rpartition(".")[0]
        case r.Attr(r.Call(r.Name(path)), _):
            return path
    return ""


def session_of(call: r.Call) -> str:
    """The session that a chain of calls begins with: `self.db` of `self.db.query(...).filter(...).delete()`."""
    func = call.func
    while isinstance(func, r.Attr) and isinstance(func.value, r.Call):
        func = func.value.func
    return func.path.rpartition(".")[0] if isinstance(func, r.Name) else ""


def session_text(site: Site) -> str:
    """The callee of a call as written, where it is a plain name."""
    return site.call.func.path if isinstance(site.call.func, r.Name) else ""


def _defaults(param: r.Param) -> tuple[r.Expr, ...]:
    found = (param.default,) if param.default is not None else ()
    return (*found, *_annotated(param.annotation))


def _annotated(expr: r.Expr | None) -> tuple[r.Call, ...]:
    """The calls in `Annotated[Session, Depends(...)]`."""
    if isinstance(expr, r.Item) and isinstance(expr.key, r.Seq):
        return tuple(one for one in expr.key.items if isinstance(one, r.Call))
    return ()


def _locks(func: Func) -> bool:
    """Whether a row is locked by a keyword: `get(..., with_for_update=True)`, `skip_locked=True`."""
    return any(arg.keyword in ("with_for_update", "skip_locked") for call in nested(func.record.body) for arg in call.args)


def func_is_script(func: Func) -> bool:
    """Whether it is top-level code, or in a folder of scripts: it owns its sessions."""
    return func.parent is None or not {"scripts", "bin", "tools"}.isdisjoint(func.module.path.split("/")[:-1])


def _is_item(site: Site) -> bool:
    """Whether a call is one round's work in a loop that goes on when a round fails."""
    return bool(site.loops) and any(node.handlers and _inside(node, site.loops[-1]) for node in site.tries)


def _is_progress(site: Site) -> bool:
    """A commit in a loop on purpose: per item with an error handler, per batch (`while`, or under a condition)."""
    loop = site.loops[-1] if site.loops else None
    if not isinstance(loop, r.Loop):
        return False
    conditional = any(
        isinstance(node, r.If) and any(call is site.call for call in nested((*node.body, *node.orelse)))
        for node in nested_statements(loop.body)
    )
    return loop.target is None or conditional or _is_item(site) or bool(site.handlers)


def _inside(node: r.Try, loop: r.Loop | r.Comp) -> bool:
    return isinstance(loop, r.Loop) and loop.line < node.line <= loop.end_line


def _optional(site: Site, func: Func) -> bool:
    """Whether a parameter or flag of the function decides about the commit: `if commit:`."""
    return _guarded(func.record.body, site, False)


def _guarded(statements: tuple[r.Stmt, ...], site: Site, guarded: bool) -> bool:
    for node in statements:
        for expr in expressions(node):
            if any(part is site.call for part in walk(expr)):
                return guarded
        inner = guarded
        if isinstance(node, r.If):
            names = {part.path.lower() for part in walk(node.test) if isinstance(part, r.Name)}
            inner = guarded or any("commit" in one or "flush" in one for one in names)
        for block in blocks(node):
            if _guarded(block, site, inner):
                return True
    return False

