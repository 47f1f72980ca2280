"""Saves that look like one step and are several statements, each committed by itself where no transaction is open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.project.calls import Effect, Site
from txlint.project.lineage import written
from txlint.project.model import Cls, arguments
from txlint.project.project import Project
from txlint.project.types import ExtInst, Inst, Obj, Type
from txlint.transactions.contexts import FAMILY, Context, Contexts
from txlint.transactions.operations import KINDS, Operation

_ALL = "__all__"


@dataclass(frozen=True, slots=True)
class Compound:
    """A call that writes in several statements, what these are, and a way to it without a transaction."""

    site: Site
    parts: str
    context: Context


def compound_saves(project: Project, contexts: Contexts, operations: tuple[Operation, ...]) -> Iterator[Compound]:
    """Every compound save without a transaction, those left out that are a step of a reported operation."""
    known = {id(site) for one in operations for step in one.steps for site in (step.site, step.writer)}
    for site in project.sites():
        for effect in site.effects:
            if effect.kind != "database-write" or effect.family != FAMILY or id(site) in known:
                continue
            if _is_switched_off(project, site, effect):
                continue
            found = contexts.at(site)
            context = next((one for one in found if one.state.kind in KINDS), None)
            if any(one.state.status != "none" for one in found):
                continue
            parts = _parts(project, site, effect) if context is not None and len(site.types) == 1 else ""
            if context is not None and parts:
                yield Compound(site, parts, context)
                break


def _is_switched_off(project: Project, site: Site, effect: Effect) -> bool:
    """Whether all callers give the function what switches the write off, and it hands that on: `save(commit=commit)`."""
    func, off = site.func, effect.entry.unless
    handed = {arg.value.path: arg.keyword for arg in site.call.args if arg.keyword in off and isinstance(arg.value, r.Name)}
    callers = [one for one, edge in project.callers.get(func, ()) if edge.when == "now"]
    bound = func.cls is not None and not func.is_static
    given = [dict(arguments(one.call, func, bound)) for one in callers if not project.entries.get(func)]
    return any(
        bool(given) and all(one.get(param) == r.Const(off[keyword]) for one in given) for param, keyword in handed.items()
    )


def _parts(project: Project, site: Site, effect: Effect) -> str:
    """What a call writes one after the other; empty where it is one statement or it cannot be told."""
    overridden = any(edge.via.startswith("hook") for edge in site.edges)
    if effect.entry.steps == "many":
        return "" if overridden or effect.guessed else "several rows"
    if effect.entry.steps == "m2m" and isinstance(effect.on, Inst) and not overridden:
        stored = tuple(_stored(project, effect.on))
        more = f" and {len(stored) - 2} more" if len(stored) > 2 else ""
        return f"the row, then {', '.join(f'`{one}`' for one in stored[:2])}{more}" if stored else ""
    return _both_tables(project, site, effect.on)


def _stored(project: Project, on: Inst) -> Iterator[str]:
    """The many-to-many fields of its model that a form or serializer stores."""
    members = project.inference.members
    meta = next((one.cls for one in members.path(on, "Meta") if isinstance(one, Obj)), None)
    model = next((one.cls for one in members.one(on, "instance") if isinstance(one, Inst)), None)
    if meta is None or model is None:
        return
    fields, exclude = (_names(meta, name) for name in ("fields", "exclude"))
    many = (name for name in _many(project, model, fields, exclude) if not _is_only_read(project, on, meta, name))
    stored = tuple(name for name in many if not _is_shown_alone(project, on, model, name))
    # With no other field, the row is written as it was read.
    yield from () if fields is not None and set(fields) <= set(stored) else stored


def _many(project: Project, model: Cls, fields: tuple[str, ...] | None, exclude: tuple[str, ...] | None) -> Iterator[str]:
    for cls in project.inference.lineages.of(model).classes:
        for name, bindings in cls.bindings.items():
            values = [one.value for one in bindings if one.value is not None]
            kinds = [kind for value in values for kind in project.inference.infer(value, cls.parent)]
            many = any(isinstance(kind, ExtInst) and "many-to-many" in project.catalog.class_roles(kind.name) for kind in kinds)
            wanted = fields is not None and (name in fields or _ALL in fields)
            if many and (wanted or (fields is None and exclude is not None and name not in exclude)):
                yield name


def _is_shown_alone(project: Project, on: Inst, model: Cls, name: str) -> bool:
    """Whether a serializer shows a relation whose rows have a model of their own: it stores none but those that it declares."""
    lineages, words = project.inference.lineages, project.catalog.words["relation-table"]
    if "serializer" not in lineages.roles(on.cls) or any(name in cls.bindings for cls in lineages.of(on.cls).classes):
        return False
    values = (one.value for cls in lineages.of(model).classes for one in cls.bindings.get(name, ()))
    return any(arg.keyword in words for value in values if isinstance(value, r.Call) for arg in value.args)


def _is_only_read(project: Project, on: Inst, meta: Cls, name: str) -> bool:
    """Whether a serializer shows a field and never stores it, by an argument of the field or a list in its `Meta`."""
    words = project.catalog.words["read-only"]
    if any(name in (_names(meta, word) or ()) for word in words):
        return True
    declared = (one.value for cls in project.inference.lineages.of(on.cls).classes for one in cls.bindings.get(name, ()))
    calls = (value for value in declared if isinstance(value, r.Call))
    found = tuple(calls)
    if any(written(call.func).rpartition(".")[2] in project.catalog.words["single"] for call in found):
        return True
    return any(arg.keyword in words and arg.value == r.Const(True) for call in found for arg in call.args)


def _names(meta: Cls, attribute: str) -> tuple[str, ...] | None:
    """The names that a class attribute lists; None where it is missing or not literal."""
    values = [one.value for one in meta.bindings.get(attribute, ())]
    match values:
        case [r.Const(str() as value)]:
            return (value,)
        case [r.Seq(items)]:
            return tuple(str(one.value) for one in items if isinstance(one, r.Const))
    return None


def _both_tables(project: Project, site: Site, on: Type | None) -> str:
    """Of an update of a model whose parent has a table of its own: a field of each, where both are set."""
    model = getattr(on, "item", None)
    if not isinstance(model, Inst) or not _is_update(site):
        return ""
    lineage = [cls for cls in project.inference.lineages.of(model.cls).classes if project.is_model(cls)]
    parents = [cls for cls in lineage[1:] if not _is_abstract(cls)]
    given = [arg.keyword for arg in site.call.args if arg.keyword]
    own = next((name for name in given for cls in lineage[:1] if name in cls.bindings), None)
    inherited = next((name for name in given for cls in parents if name in cls.bindings), None)
    return f"`{inherited}` in the table of the parent, `{own}` in its own" if own and inherited else ""


def _is_update(site: Site) -> bool:
    func = site.call.func
    return (func.path.rpartition(".")[2] if isinstance(func, r.Name) else getattr(func, "name", "")) in ("update", "aupdate")


def _is_abstract(cls: Cls) -> bool:
    """Whether the class's own `Meta` says that it has no table; a proxy has none of its own either."""
    metas = [one.definition for one in cls.bindings.get("Meta", ()) if isinstance(one.definition, Cls)]
    values = [one.value for meta in metas for name in ("abstract", "proxy") for one in meta.bindings.get(name, ())]
    return r.Const(True) in values
