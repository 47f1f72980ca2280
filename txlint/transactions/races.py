"""Races: what a function has read is out of date by the time that it writes, because nothing holds the row in between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.project.calls import Effect, Site, nested_statements
from txlint.project.flow import blocks, ends
from txlint.project.model import Func, nested, walk
from txlint.project.project import Project
from txlint.project.types import ExtClass, ExtInst, Inst, Obj
from txlint.transactions.contexts import FAMILY
from txlint.transactions.reach import may_write, writes

_ADDING = frozenset({"Add", "Subtract"})
_IN_PLACE = frozenset({"append", "extend", "insert", "pop", "setdefault"})
"""What changes a list or a dict of Python; `add`, `remove`, `update` and `clear` of an unknown object may be a relation's."""


@dataclass(frozen=True, slots=True)
class LostUpdate:
    """A value that is read, changed in Python and saved: `read` fetches the row, `line` changes it, `saved` stores it."""

    read: Site
    field: str
    line: int
    saved: Site
    is_number: bool = True
    """Whether it is a number that is counted, and not a list or dict that is changed in place."""


@dataclass(frozen=True, slots=True)
class CheckedCreate:
    """A row that is created because a query, `check`, did not find it; `key` is what both ask for."""

    check: Site
    created: Site
    key: str


def lost_updates(project: Project, func: Func) -> Iterator[LostUpdate]:
    """The read-modify-writes of a function."""
    body = project.bodies[func]
    if not any(map(may_write, body.sites)) or _locks(body.sites):
        return
    for node in nested_statements(func.record.body):
        counted, extended = _counted(node), _extended(node)
        owner, _, field = (counted or extended).partition(".")
        if not field or "." in field or (counted and not _is_number(project, owner, field, func)):
            continue
        path = f"{owner}.{field}"
        read = _fetched(project, owner, func) if counted else _given_by_call(project, owner, node, func)
        saved = [one for one in body.sites if one.call.func == r.Name(f"{owner}.save") and one.line > _line(node)]
        stored = bool(saved) and (writes(saved[0], FAMILY) if counted else may_write(saved[0]))
        if read is not None and stored and read.line < _line(node):
            yield LostUpdate(read, path, _line(node), saved[0], bool(counted))


def _counted(node: r.Stmt) -> str:
    """The attribute that a statement adds to or takes from."""
    match node:
        case r.Assign((r.Name(path),), _, _, _, operator) if operator in _ADDING:
            return path
        case r.Assign((r.Name(path),), r.Parts((r.Name(other), _), operator)) if other == path and operator in _ADDING:
            return path
    return ""


def _extended(node: r.Stmt) -> str:
    """The attribute whose list or dict a statement changes in place: `order.steps.append(step)`, `order.data["a"] = 1`."""
    match node:
        case r.Do(r.Call(r.Name(path))) if path.rpartition(".")[2] in _IN_PLACE:
            return path.rpartition(".")[0]
        case r.Assign((r.Item(r.Name(path), _),), _, _, _):
            return path
    return ""


def _given_by_call(project: Project, name: str, node: r.Stmt, func: Func) -> Site | None:
    """The last call before a statement whose result a name holds, where it holds only results of calls, and no new row."""
    bindings = func.bindings.get(name, [])
    values = [one.value for one in bindings if one.how == "value"]
    made = any(isinstance(one, Inst) and one.exact for one in project.inference.name(name, func))
    if not values or len(values) != len(bindings) or made or not all(isinstance(one, r.Call) for one in values):
        return None
    sites = [site for value in values if (site := project.bodies[func].by_call.get(id(value))) and site.line < _line(node)]
    return None if any(writes(one) for one in sites) else max(sites, key=lambda one: one.line, default=None)


def _is_number(project: Project, owner: str, field: str, func: Func) -> bool:
    """Whether a model has the field, and it is a number."""
    for one in project.inference.name(owner, func):
        if isinstance(one, Inst) and project.is_model(one.cls):
            classes = project.inference.lineages.of(one.cls).classes
            values = [binding.value for cls in classes for binding in cls.bindings.get(field, ()) if binding.value is not None]
            fields = [kind for value in values for kind in project.inference.infer(value, one.cls.parent)]
            return any(isinstance(kind, ExtInst) and "number" in project.catalog.class_roles(kind.name) for kind in fields)
    return False


def _fetched(project: Project, name: str, func: Func) -> Site | None:
    """The query that a local name holds the result of, where it holds nothing else."""
    bindings = func.bindings.get(name, [])
    if len(bindings) != 1 or bindings[0].how != "value" or not isinstance(bindings[0].value, r.Call):
        return None
    site = project.bodies[func].by_call.get(id(bindings[0].value))
    kinds = {effect.kind for effect in site.effects} if site else set()
    return site if kinds & {"database-read", "evaluation"} else None


def _locks(sites: list[Site]) -> bool:
    return any(effect.kind == "row-lock" for site in sites for effect in site.effects) or any(
        one.boundary == "lock" for site in sites for one in site.opened
    )


# --- check, then create ------------------------------------------------------------------------------------------------


def checked_creates(project: Project, func: Func) -> Iterator[CheckedCreate]:
    """The rows of a function that are created where a query has not found them, each with the first such query."""
    sites = project.bodies[func].sites
    if any(writes(one, FAMILY) for one in sites) and not _locks(sites):
        found = _in_block(project, func, func.record.body)
        yield from {id(one.created): one for one in reversed(tuple(found))}.values()


def _in_block(project: Project, func: Func, body: tuple[r.Stmt, ...]) -> Iterator[CheckedCreate]:
    for position, node in enumerate(body):
        if isinstance(node, r.If):
            rest = body[position + 1 :] if ends(node.body) and not node.orelse else ()
            yield from _guarded(project, func, node, rest)
        if isinstance(node, r.Try):
            yield from _missed(project, func, node)
        for block in blocks(node):
            yield from _in_block(project, func, block)


def _guarded(project: Project, func: Func, node: r.If, rest: tuple[r.Stmt, ...]) -> Iterator[CheckedCreate]:
    sites = project.bodies[func].by_call
    tested, branch = _absence(node, rest)
    check = _query(tested, node, func, sites)
    if check is not None:
        yield from _created_anew(project, func, check, branch)


def _missed(project: Project, func: Func, node: r.Try) -> Iterator[CheckedCreate]:
    """`try: get(...)`, with a handler that creates where nothing is found."""
    by_call = project.bodies[func].by_call
    asked = [by_call[id(call)] for call in nested(node.body) if id(call) in by_call]
    for handler in node.handlers:
        if any(_says_missing(project, one, func) for one in handler.types):
            for check in asked[:1]:
                yield from _created_anew(project, func, check, handler.body)
                yield from _saved_anew(project, func, check, handler.body)


def _says_missing(project: Project, error: r.Expr, func: Func) -> bool:
    names = (one.name for one in project.inference.infer(error, func) if isinstance(one, ExtInst | ExtClass))
    return any("not-found" in project.catalog.class_roles(name) for name in names)


def _created_anew(project: Project, func: Func, check: Site, branch: tuple[r.Stmt, ...]) -> Iterator[CheckedCreate]:
    """The first call of a branch that creates what a query has asked for."""
    if not any(one.kind == "database-read" and one.family == FAMILY for one in check.effects):
        return
    asked, sites = _keywords(check.call), project.bodies[func].by_call
    for call in nested(branch):
        created = sites.get(id(call))
        if created is None or not writes(created, FAMILY) or _model(project, check) is None or _looks_itself(created):
            continue
        given = {arg.keyword: arg.value for arg in call.args}
        same = asked and all(given.get(key) == value for key, value in asked.items())
        if same and _model(project, created) is _model(project, check) and _same_owner(project, func, check, created):
            yield CheckedCreate(check, created, ", ".join(str(key) for key in asked))
            return


def _looks_itself(created: Site) -> bool:
    """Whether a call looks for the row itself, and catches the duplicate: `update_or_create`."""
    return any(one.kind == "database-write" and one.entry.savepoint for one in created.effects)


def _saved_anew(project: Project, func: Func, check: Site, branch: tuple[r.Stmt, ...]) -> Iterator[CheckedCreate]:
    """The call that saves a new row of the same model, in a branch that gives it the name for what was asked for."""
    asked, sites = _keywords(check.call), project.bodies[func].by_call
    names = func.names_of(check.call)
    for node in nested_statements(branch):
        match node:
            case r.Assign((r.Name(name),), value) if value is not None and name in names:
                new = (one for one in project.inference.infer(value, func) if isinstance(one, Inst) and one.exact)
                calls = (sites.get(id(call)) for call in nested(branch) if call.func == r.Name(f"{name}.save"))
                saved = next((one for one in calls if one is not None and one.line > node.line and writes(one, FAMILY)), None)
                if asked and saved is not None and any(one.cls is _model(project, check) for one in new):
                    yield CheckedCreate(check, saved, ", ".join(map(str, asked)))
                    return


def _same_owner(project: Project, func: Func, check: Site, created: Site) -> bool:
    """Whether both ask the same collection, where it is one of an object: `order.lines`."""
    first, second = _root(check.call), _root(created.call)
    names = (one.partition(".")[0] for one in (first, second))
    return first == second or not any(isinstance(kind, Inst) for name in names for kind in project.inference.name(name, func))


def _root(call: r.Call) -> str:
    """What the first call of a chain is called on, as written."""
    names = [one.func.path for one in walk(call) if isinstance(one, r.Call) and isinstance(one.func, r.Name)]
    return names[0].rpartition(".")[0] if names else ""


def _absence(node: r.If, rest: tuple[r.Stmt, ...]) -> tuple[r.Expr, tuple[r.Stmt, ...]]:
    """What a condition asks to be there, and what runs where it is not."""
    match node.test:
        case r.Parts((tested,), "Not") | r.Parts((tested, r.Const(None)), "Is"):
            return tested, node.body
        case r.Parts((tested, r.Const(None)), "IsNot"):
            return tested, (*node.orelse, *rest)
    return node.test, (*node.orelse, *rest)


def _query(tested: r.Expr, node: r.If, func: Func, sites: dict[int, Site]) -> Site | None:
    """The query whose result a condition looks at, also where a local name holds it."""
    return sites.get(id(_value(tested, node, func) or tested))


def _keywords(call: r.Call) -> dict[str | None, r.Expr]:
    """The conditions of a query, over its whole chain."""
    return {arg.keyword: arg.value for part in walk(call) if isinstance(part, r.Call) for arg in part.args if arg.keyword}


def _model(project: Project, site: Site) -> object:
    for effect in site.effects:
        item = getattr(effect.on, "item", None)
        if isinstance(item, Inst) and project.is_model(item.cls):
            return item.cls
    return None


def _line(node: r.Stmt) -> int:
    return getattr(node, "line", 0)


# --- a row that is locked, taken for one that is not there ---------------------------------------------------------------


def skipped_creates(project: Project, func: Func) -> Iterator[CheckedCreate]:
    """The rows of a function that are created where a query that passes over locked rows has not found them."""
    sites = project.bodies[func].sites
    skipping = {id(site.call): site for site in sites if any(_skips(site, effect) for effect in site.effects)}
    if not skipping:
        return
    for node in nested_statements(func.record.body):
        if not isinstance(node, r.If):
            continue
        tested, branch = _absence(node, ())
        value = _value(tested, node, func)
        lock = next((skipping[id(part)] for part in walk(value) if id(part) in skipping), None) if value else None
        if lock is not None and (created := _created(project, func, branch, lock)):
            yield CheckedCreate(lock, created, "")


def _skips(site: Site, effect: Effect) -> bool:
    given = {arg.keyword: arg.value for arg in site.call.args}
    return effect.kind == "row-lock" and effect.entry.skips is not None and given.get(effect.entry.skips) == r.Const(True)


def _value(tested: r.Expr, node: r.If, func: Func) -> r.Expr | None:
    """What a local name holds where a condition looks at it."""
    bindings = func.bindings.get(tested.path, ()) if isinstance(tested, r.Name) else ()
    values = [one.value for one in bindings if one.how == "value" and one.line <= node.line]
    return values[-1] if values else None


def _created(project: Project, func: Func, branch: tuple[r.Stmt, ...], lock: Site) -> Site | None:
    """The write of a new row of the locked rows' class; None where a second query or a handler takes care."""
    by_call = project.bodies[func].by_call
    inside = [by_call[id(call)] for call in nested(branch) if id(call) in by_call]
    wanted = {item.cls for effect in lock.effects if isinstance(item := getattr(effect.on, "item", None), Inst)}
    if any(effect.kind == "database-read" for site in inside for effect in site.effects):
        return None
    made = any(isinstance(one, Obj) and one.cls in wanted for site in inside for one in site.types)
    for site in inside:
        for effect in site.effects:
            item = getattr(effect.on, "item", None)
            if effect.kind == "database-write" and (made or (isinstance(item, Inst) and item.cls in wanted)):
                return site
    return None
