"""Messages to tasks: what they carry of the database, and when they are sent."""

from __future__ import annotations

import re
from collections.abc import Iterator

from txlint.facts import records as r
from txlint.frameworks.catalog import CallbackEntry
from txlint.project.calls import Site
from txlint.project.lineage import written
from txlint.project.model import Func, walk
from txlint.project.project import Project
from txlint.project.types import Ext, ExtClass, ExtInst, Inst, Method, Type
from txlint.transactions.contexts import FAMILY
from txlint.transactions.pieces import Pieces
from txlint.transactions.providers import Owner


def carried_rows(project: Project, site: Site) -> Iterator[str]:
    """The rows and querysets, as written, that a call sends to a task: by itself, or bound for later."""
    values = [arg.value for arg in site.call.args]
    if not any(effect.kind == "enqueue" for effect in site.effects):
        if not _binds(project, site) or not values or not _sends(project, values[0], site.func):
            return
        values = values[1:]
    for value in values:
        for part in _parts(value):
            kinds = project.inference.infer(part, site.func)
            if kinds and all(_is_row(project, one) for one in kinds):
                yield written(part)


def _parts(value: r.Expr) -> tuple[r.Expr, ...]:
    match value:
        case r.Seq(items):
            return items
        case r.Map(_, values):
            return values
    return (value,)


def _is_row(project: Project, one: Type) -> bool:
    match one:
        case Inst(cls):
            return project.is_model(cls)
        case ExtInst(name, item, guessed):
            rows = isinstance(item, Inst) and project.is_model(item.cls) and project.catalog.iterated(name) == "Item"
            return not guessed and (rows or "model" in project.catalog.class_roles(name)) and not name.startswith("builtins")
    return False


def _binds(project: Project, site: Site) -> bool:
    names = [one.name for one in site.types if isinstance(one, Ext | ExtClass)]
    entries = (found.entry for name in names for found in project.catalog.of_function(name))
    return any(isinstance(one, CallbackEntry) and one.when == "bound" for one in entries)


def _sends(project: Project, value: r.Expr, func: Func) -> bool:
    for one in project.inference.infer(value, func):
        if isinstance(one, Method):
            entries = (found.entry for found in project.catalog.of_method(one.owner, one.name))
            if any(getattr(entry, "effect", "") == "enqueue" for entry in entries):
                return True
    return False


def written_before(project: Project, site: Site, earlier: tuple[Site, ...]) -> tuple[Site, str] | None:
    """The write before a call of the row whose key the call passes on, and that row's name."""
    passed = {part.path.partition(".")[0] for arg in site.call.args for part in walk(arg.value) if isinstance(part, r.Name)}
    for one in reversed(earlier):
        if not any(effect.kind == "database-write" and effect.family == FAMILY for effect in one.effects):
            continue
        owner = one.call.func.path.partition(".")[0] if isinstance(one.call.func, r.Name) else ""
        made = {name for name, found in site.func.bindings.items() for binding in found if _holds(binding.value, one.call)}
        if names := ({owner} | made) & passed:
            return one, sorted(names)[0]
    return None


def _holds(value: r.Expr | None, call: r.Call) -> bool:
    return value is not None and any(part is call for part in walk(value))


def before_commit(project: Project, pieces: Pieces, site: Site) -> Owner | None:
    """Who commits what the work that a call leaves until after the response is about, only after it has run."""
    entries = project.resolver.meanings.callbacks(site.call, site.types)
    if not any(entry.when == "response" for entry, _ in entries):
        return None
    owner = pieces.sent_before(site)
    if owner is None or owner.in_passing or _finished_early(project, owner.func):
        return None
    return owner


def _finished_early(project: Project, func: Func) -> bool:
    """Whether a parameter of a function asks for a session that is finished before the response is sent."""
    for param in func.record.params:
        for expr in (param.default, param.annotation):
            for part in walk(expr) if expr is not None else ():
                if isinstance(part, r.Call) and isinstance(part.func, r.Name):
                    provider = project.catalog.providers.get(
                        project.inference.imports.full_name(part.func.path, func.module.top)
                    )
                    early = provider.early if provider else {}
                    if any(
                        arg.keyword in early and arg.value == r.Const(early[arg.keyword]) for arg in part.args if arg.keyword
                    ):
                        return True
    return False


_DONE = re.compile(r"\b(created|saved|stored|updated|deleted|removed|inserted|registered|success\w*|completed|done)\b", re.I)


def logged_success(site: Site) -> bool:
    """Whether a log message says, literally, that something was done."""
    text = site.call.args[0].value if site.call.args else None
    parts = walk(text) if text is not None else []
    literal = " ".join(part.value for part in parts if isinstance(part, r.Const) and isinstance(part.value, str))
    return _DONE.search(literal) is not None and " not " not in f" {literal} "
