"""Commits that a loop makes once a round, where nothing shows that every round is meant to stand for itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.project.calls import Site, nested_statements
from txlint.project.model import Func, Module, nested, walk
from txlint.project.project import Project
from txlint.transactions.contexts import Contexts
from txlint.transactions.endings import FAMILIES, Ending, is_script
from txlint.transactions.reach import Reach, may_write
from txlint.transactions.sessions import Sessions

_ALONE = frozenset({"row-lock", "enqueue", "external-call", "remote-read", "email", "message", "sleep", "payment", "sms"})
_OWNERS = frozenset({"command", "migration", "startup", "fixture", "test"})
_COMMANDS = frozenset({"cli", "commands", "command", "manage", "management", "migrations"})
_REVISION = frozenset({"revision", "down_revision"})
_BATCH = ("batch", "chunk", "page", "window", "interval", "commit", "flush", "dry", "every", "count", "size", "pending")


@dataclass(frozen=True, slots=True)
class LoopCommit:
    """A call in a loop that commits in every round: itself, or in a callee."""

    site: Site
    loop: r.Loop
    committed: Ending


class LoopCommits:
    """Finds them, and leaves out what is a design: claims, batches, an error handler or a remote call for each item."""

    def __init__(self, project: Project, sessions: Sessions, contexts: Contexts) -> None:
        self._project, self._sessions, self._contexts = project, sessions, contexts
        self._writing = Reach(project, may_write, telling=True)
        self._alone = Reach(project, lambda site: any(effect.kind in _ALONE for effect in site.effects), telling=True)

    def of(self, func: Func) -> Iterator[LoopCommit]:
        """The commits of a function's loops, the first of each."""
        if is_script(func) or is_command(func) or self.owns(func) or func.record.is_generator:
            return
        known: set[int] = set()
        for site in self._project.bodies[func].sites:
            loop = site.loops[-1] if site.loops else None
            if not isinstance(loop, r.Loop) or id(loop) in known:
                continue
            if (committed := self._committed(site, func)) and self._unmeant(site, loop, func):
                known.add(id(loop))
                yield LoopCommit(site, loop, committed)

    def owns(self, func: Func) -> bool:
        """Whether only commands, migrations and the like run it: they decide for themselves."""
        contexts = self._contexts.of(func)
        return bool(contexts) and all(one.state.kind in _OWNERS for one in contexts)

    def _committed(self, site: Site, func: Func) -> Ending | None:
        own = next((one for one in self._sessions.endings(func) if one.site is site and one.kind == "commit"), None)
        if own is not None:
            return own
        return next((found for edge in site.edges if edge.when == "now" and (found := self._by_default(edge.func, site))), None)

    def _by_default(self, callee: Func, site: Site) -> Ending | None:
        """The commit of a callee that commits unless it is told not to, and is not."""
        param = next((one for one in callee.record.params if "commit" in one.name and one.default == r.Const(True)), None)
        told = any(arg.keyword == param.name or arg.star for arg in site.call.args) if param else True
        if told or not any(one.name == param.name for one in site.func.record.params if param):
            return None
        endings = self._sessions.endings(callee)
        return next(
            (one for one in endings if one.kind == "commit" and one.source in ("parameter", "attribute", "global")), None
        )

    # --- what is meant ---------------------------------------------------------------------------------------------------

    def _unmeant(self, site: Site, loop: r.Loop, func: Func) -> bool:
        if loop.target is None or site.handlers or site not in self._sessions.order(func).following(site):
            return False
        if _handles_items(loop) or _in_batches(site, loop):
            return False
        inside = [one for one in self._project.bodies[func].sites if loop in one.loops]
        own = any(one.site is site for one in self._sessions.endings(func))
        if any(effect.kind in _ALONE for one in inside for effect in one.effects):
            return False
        if own and any(map(self._alone.through, inside)):
            return False
        if any(one.call.awaited and one.unknown for one in inside) or self._made_inside(site, loop, func):
            return False
        return any(map(may_write, inside)) or any(map(self._writing.through, inside)) or _assigns(loop)

    def _made_inside(self, site: Site, loop: r.Loop, func: Func) -> bool:
        """Whether every round has a session of its own."""
        if any(_within(one.line, loop) for one in site.opened if one.family in FAMILIES):
            return True
        names = {part.path.partition(".")[0] for part in walk(site.call) if isinstance(part, r.Name)}
        made = [one for name in names for one in func.bindings.get(name, ()) if isinstance(one.value, r.Call)]
        return any(_within(one.line, loop) and one.how in ("value", "enter") for one in made)


def is_command(func: Func) -> bool:
    """Whether it is in a file of commands or a schema revision, by the names that these have everywhere."""
    parts = func.module.path.removesuffix(".py").split("/")
    return not _COMMANDS.isdisjoint(parts) or is_revision(func.module)


def is_revision(module: Module) -> bool:
    """Whether a file is a schema revision that names itself and the one before it, as those of Alembic do."""
    return module.top.bindings.keys() >= _REVISION


def _within(line: int, loop: r.Loop) -> bool:
    return loop.line <= line <= loop.end_line


def _handles_items(loop: r.Loop) -> bool:
    """Whether an error of one item is handled in the loop, which then goes on."""
    return any(isinstance(node, r.Try) and node.handlers for node in nested_statements(loop.body))


def _assigns(loop: r.Loop) -> bool:
    targets = (one for node in nested_statements(loop.body) if isinstance(node, r.Assign) for one in node.targets)
    return any(isinstance(one, r.Name) and "." in one.path for one in targets)


def _in_batches(site: Site, loop: r.Loop) -> bool:
    """Whether the loop goes over batches, or a condition about the number of items decides about the commit."""
    if _speaks_of_batches(loop.iter) or (loop.target is not None and _speaks_of_batches(loop.target)):
        return True
    if isinstance(loop.iter, r.Call) and loop.iter.func == r.Name("range"):
        return True
    for node in nested_statements(loop.body):
        if isinstance(node, r.If) and any(call is site.call for call in nested((*node.body, *node.orelse))):
            parts = list(walk(node.test))
            if _speaks_of_batches(node.test) or any(isinstance(one, r.Parts) and one.operator == "Modulo" for one in parts):
                return True
            if any(isinstance(one, r.Call) and one.func == r.Name("len") for one in parts):
                return True
    return False


def _speaks_of_batches(expr: r.Expr) -> bool:
    names = (part.path.lower() for part in walk(expr) if isinstance(part, r.Name))
    return any(word in name for name in names for word in _BATCH)
