"""Locks and the transactions that they guard: released before the commit, taken in different orders, or for nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.project.calls import Opening, Site, nested_statements
from txlint.project.lineage import written
from txlint.project.model import Cls, Func, expressions, walk
from txlint.project.project import Project
from txlint.project.types import Inst
from txlint.project.wrappings import scope_line
from txlint.transactions.contexts import FAMILY, Context, Contexts
from txlint.transactions.order import Order

_COMMITTING = frozenset({"atomic", "durable", "session-commits", "connection"})


@dataclass(frozen=True, slots=True)
class Released:
    """A lock around a write, inside a transaction that is committed only after the lock is released."""

    func: Func
    line: int
    text: str
    write: Site
    block: Opening | None
    """What opens the transaction, where the same function does."""
    context: Context | None


@dataclass(frozen=True, slots=True)
class Crossed:
    """Two functions that lock rows of the same two models in opposite order; each with its first and its second lock."""

    here: tuple[Site, Site]
    there: tuple[Site, Site]
    models: tuple[str, str]


def released_early(
    project: Project, contexts: Contexts, writes: Callable[[Site], bool], functions: Iterable[Func]
) -> Iterator[Released]:
    """The locks that are released before the commit of what was written under them."""
    for func in functions:
        known: set[int] = set()
        for site in project.bodies[func].sites:
            for at, lock in enumerate(site.opened):
                if lock.boundary != "lock" or id(lock) in known or not writes(site):
                    continue
                if any(_commits(one) for one in site.opened[at + 1 :]):
                    continue  # it commits, or takes a savepoint of, its own work; whether more is open is said of the block
                known.add(id(lock))
                block = next((one for one in reversed(site.opened[:at]) if _commits(one)), None)
                context = next((one for one in contexts.of(func) if one.state.status == "open"), None)
                if block is not None or context is not None:
                    line, text = _taken(project, lock, func)
                    yield Released(func, line, text, site, block, context)


def _taken(project: Project, lock: Opening, func: Func) -> tuple[int, str]:
    """Line and text of the `with` that takes a lock, which may have been made somewhere else."""
    for node in nested_statements(func.record.body):
        for item in node.items if isinstance(node, r.With) else ():
            found = project.resolver.openers.of_item(item, func)
            if any((one.func, one.line, one.text) == (lock.func, lock.line, lock.text) for one in found):
                return getattr(node, "line", lock.line), written(item)
    for decorator in func.record.decorators:
        opened = project.resolver.openers.wrappings.of_decorator(decorator, func.parent or func).opened
        if any((one.line, one.text) == (lock.line, lock.text) for one in opened):
            line = decorator.line if isinstance(decorator, r.Call) else scope_line(decorator, func)
            return line, f"@{written(decorator)}"
    return lock.line, lock.text


def _commits(one: Opening) -> bool:
    return one.commits and one.boundary in _COMMITTING


# --- in which order ----------------------------------------------------------------------------------------------------


def crossed_locks(project: Project, order: Callable[[Func], Order], functions: Iterable[Func]) -> Iterator[Crossed]:
    """The pairs of functions that can wait for each other for ever; each pair of models once."""
    pairs: dict[tuple[Cls, Cls], tuple[Site, Site]] = {}
    for func in functions:
        locking = [(site, cls) for site in project.bodies[func].sites if (cls := _locked(project, site)) is not None]
        for first, one in locking:
            for second, other in locking:
                together = set(first.opened) & set(second.opened) or not (first.opened or second.opened)
                if one is not other and together and second in order(func).following(first) and not first.loops:
                    pairs.setdefault((one, other), (first, second))
    for (one, other), here in pairs.items():
        there = pairs.get((other, one))
        if there is not None and there[0].func is not here[0].func and one.name < other.name:
            yield Crossed(here, there, (one.record.name, other.record.name))


def _locked(project: Project, site: Site) -> Cls | None:
    """The model whose rows a call locks, waiting for whoever has them."""
    for effect in site.effects:
        item = getattr(effect.on, "item", None)
        waits = {arg.keyword for arg in site.call.args if arg.value == r.Const(True)}.isdisjoint(effect.entry.claims)
        is_lock = effect.kind == "row-lock" and effect.family == FAMILY and waits
        if is_lock and isinstance(item, Inst) and project.is_model(item.cls):
            return item.cls
    return None


# --- many rows ---------------------------------------------------------------------------------------------------------


def unordered(project: Project, func: Func) -> Iterator[Site]:
    """The calls that lock several rows of a queryset, which a loop goes through, in whatever order the database finds them."""
    by_call = project.bodies[func].by_call
    for node in nested_statements(func.record.body):
        iterated = [node.iter] if isinstance(node, r.Loop) else []
        iterated += [one for expr in expressions(node) for part in walk(expr) if isinstance(part, r.Comp) for one in part.iters]
        for chain in iterated:
            inside = [by_call[id(part)] for part in walk(chain) if id(part) in by_call]
            yield from (site for site in inside if _locked(project, site) is not None and _many(site, inside))


def _many(site: Site, inside: list[Site]) -> bool:
    """Whether nothing in the chain of calls fetches a single row, names one, or sorts."""
    chain = [one for one in inside if _within(site.call, one.call) or _within(one.call, site.call)]
    kinds = {effect.kind for one in chain for effect in one.effects}
    keywords = {arg.keyword or "" for one in chain for arg in one.call.args}
    single = any(one in ("pk", "id", "uuid") or one.endswith(("_id", "_uuid")) for one in keywords)
    return not kinds & {"database-read", "database-write", "ordering"} and not single


def _within(inner: r.Call, outer: r.Call) -> bool:
    """Whether a call is what another one is made on: `qs.filter()` in `qs.filter().first()`."""
    func: r.Expr = outer
    while isinstance(func, r.Call):
        func = func.func.value if isinstance(func.func, r.Attr) else func.func
        if func is inner:
            return True
    return False


# --- for nothing -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """A row that is locked in a block which writes nothing, and changed after it, when anybody else may have locked it."""

    locked: Site
    block: Opening
    used: Site
    name: str


def unclaimed(
    project: Project, writes: Callable[[Site], bool], order: Callable[[Func], Order], func: Func
) -> Iterator[Unclaimed]:
    """The rows of a function that are locked, let go without a mark, and written to afterwards."""
    sites = project.bodies[func].sites
    for site in sites:
        block = next((one for one in reversed(site.opened) if one.family == FAMILY), None)
        if block is None or block.func is not func or _locked(project, site) is None:
            continue
        name = _held_by(func, site)
        inside = [one for one in sites if block in one.opened]
        if not name or any(writes(one) or one.edges or one.unknown for one in inside if one is not site):
            continue
        for used in order(func).following(site):
            if block not in used.opened and not used.opened and writes(used) and _is_of(used, name):
                yield Unclaimed(site, block, used, name)
                return


def worked_on(func: Func, locked: Site, following: Iterable[Site]) -> tuple[Site, ...]:
    """Those of the calls after a lock that write to the row which it is held for, in the same function."""
    name = _held_by(func, locked)
    written = (one for one in following if any(effect.kind == "database-write" for effect in one.effects))
    return tuple(one for one in written if name and _is_of(one, name))


def _held_by(func: Func, site: Site) -> str:
    """The only local name that the result of a chain with this call is given."""
    for name, bindings in func.bindings.items():
        values = [one.value for one in bindings]
        if (
            len(values) == 1
            and bindings[0].how == "value"
            and any(part is site.call for part in walk(values[0] or r.Const(None)))
        ):
            return name
    return ""


def _is_of(site: Site, name: str) -> bool:
    """Whether a call is a method of a name, or is given it."""
    owner = site.call.func.path.partition(".")[0] if isinstance(site.call.func, r.Name) else ""
    return owner == name or any(arg.value == r.Name(name) for arg in site.call.args)
