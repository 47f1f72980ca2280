"""Which rows a call writes, and which objects it is about, by the names that the code has for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from txlint.facts import records as r
from txlint.project.calls import Site, nested_statements
from txlint.project.model import Func, arguments, walk
from txlint.project.project import Project
from txlint.project.types import ExtInst, Inst, Type
from txlint.transactions.contexts import FAMILY
from txlint.transactions.reach import writes
from txlint.transactions.steps import StepCounter, is_certain
from txlint.transactions.vocabulary import Vocabulary

_INSTANCE = frozenset({"model", "form", "serializer"})
_OF_ROW = frozenset({"model", "row-file"})
"""Roles of what belongs to the object that its name starts with: the row itself, a file that saves it."""
_REQUEST = frozenset({"request"})


@dataclass(frozen=True, slots=True)
class Rows:
    """What one call writes: `saved` are the names of the objects, `others` whether there are rows without a name."""

    saved: frozenset[str] = frozenset()
    others: bool = False
    added: bool = False
    """Whether some of them are new."""
    removed: bool = False
    """Whether nothing else is done than to delete."""
    models: frozenset[str] = frozenset()
    """The names of their models, as far as they are known."""

    def is_aside(self, vocabulary: Vocabulary) -> bool:
        """Whether all of it is only kept beside the work: sessions, visits, notifications."""
        return bool(self.models) and all(map(vocabulary.aside.search, self.models))

    def is_only(self, other: Rows) -> bool:
        """Whether both are one and the same row, as far as they have a name."""
        return self.saved == other.saved and len(self.saved) == 1 and not (self.others and other.others)

    def is_filled_in_by(self, other: Rows) -> bool:
        """Whether the other write only changes rows of the model of which this one has made one."""
        return self.added and self.models == other.models and len(self.models) == 1 and not other.added


class RowNames:
    """Reads them off the calls of a function and of its callees."""

    def __init__(self, project: Project, counter: StepCounter) -> None:
        self._project, self._counter = project, counter
        self._found: dict[Func, Rows] = {}
        self._keys = frozenset(project.catalog.words["key"])

    def written(self, site: Site) -> Rows:
        """The rows that a call writes, in the words of the function that it stands in."""
        if writes(site, FAMILY):
            return self._direct(site)
        found = [self._through(site, edge.func) for edge in site.edges if is_certain(edge) and self._counter.of(edge.func)]
        return _sum(found, all(one.removed for one in found))

    def mentioned(self, site: Site) -> frozenset[str]:
        """The objects that a call is about: named in it, in what its names were made from, or assigned from it."""
        found = set(named(site.call))
        for name in tuple(found):
            bindings = site.func.bindings.get(name, ()) if "." not in name else ()
            if len(bindings) == 1 and bindings[0].how in ("value", "item") and bindings[0].value is not None:
                found.update(named(bindings[0].value))
        return frozenset(found | set(assigned(site)))

    def is_touched_only(self, site: Site) -> bool:
        """Whether a call saves an object as it was read: nothing in the function changes it, or hands it to what may."""
        path = site.call.func.path if isinstance(site.call.func, r.Name) else ""
        name, _, method = path.rpartition(".")
        if site.call.args or not name or name == "self" or not self._saves_model(site) or self._is_new(name, site):
            return False
        for node in nested_statements(site.func.record.body):
            targets = node.targets if isinstance(node, r.Assign) else ()
            if any(isinstance(one, r.Name) and one.path.startswith(f"{name}.") for one in targets):
                return False
        others = (one for one in self._project.bodies[site.func].sites if one is not site)
        return not any(_may_change(one, name, method) for one in others)

    def is_row(self, name: str, func: Func) -> bool:
        """Whether a name stands for a row, or for the rows of a query."""
        if name.partition(".")[0] in _REQUEST or name.startswith("self.request"):
            return False
        return any(
            (isinstance(one, Inst) and self._project.is_model(one.cls))
            or (isinstance(one, ExtInst) and "model" in self._project.catalog.class_roles(one.name))
            for one in self._project.inference.name(name, func)
        )

    def _direct(self, site: Site) -> Rows:
        effect = next(one for one in site.effects if one.kind == "database-write" and one.family == FAMILY)
        roles, models = self._kind(effect.on)
        pair = effect.entry.savepoint and not effect.entry.adds  # the row, and whether it is new
        given_to = frozenset(tuple(assigned(site))[: 1 if pair else None])
        path = site.call.func.path.rpartition(".")[0] if isinstance(site.call.func, r.Name) else ""
        if isinstance(site.call.func, r.Attr) and _is_super(site.call.func.value):
            path = "self"
        if path and (_OF_ROW & roles or any(one.kind.startswith("file-") for one in site.effects)):
            return Rows(frozenset({subject(path)}) | given_to, False, self._is_new(path, site), effect.entry.removes, models)
        if (only := self._by_key(site)) is not None:
            return Rows(frozenset({only}), False, False, effect.entry.removes, models)
        fresh = effect.entry.adds or bool(_INSTANCE & roles)
        return Rows(given_to, not given_to, fresh, effect.entry.removes, models)

    def _by_key(self, site: Site) -> str | None:
        """The row that a query is narrowed down to by its key before it is written: `self` of `filter(pk=self.pk).update()`."""
        owner = site.call.func.value if isinstance(site.call.func, r.Attr) else None
        given = (arg for part in walk(owner) if isinstance(part, r.Call) for arg in part.args) if owner is not None else ()
        for arg in given:
            path = arg.value.path if isinstance(arg.value, r.Name) else ""
            row, _, attribute = path.rpartition(".")
            if row and arg.keyword in self._keys and attribute in self._keys:
                return subject(row)
        return None

    def _saves_model(self, site: Site) -> bool:
        written = (one for one in site.effects if one.kind == "database-write" and not (one.entry.adds or one.entry.removes))
        return any("model" in self._kind(one.on)[0] for one in written)

    def _kind(self, owner: Type | None) -> tuple[set[str], frozenset[str]]:
        """What the catalogue says of an object that is written through, and the name of its model."""
        held = getattr(owner, "item", None)
        model = held if isinstance(held, Inst) else owner
        models = frozenset({model.cls.record.name} if isinstance(model, Inst) else ())
        match owner:
            case Inst(cls):
                return self._project.inference.lineages.roles(cls), models
            case ExtInst(name):
                return set(self._project.catalog.class_roles(name)), models or frozenset({str(getattr(held, "name", name))})
        return set(), models

    def _is_new(self, path: str, site: Site) -> bool:
        """Whether a name was given the result of a constructor: saving that adds a row."""
        return any(isinstance(one, Inst) and one.exact for one in self._project.inference.name(path, site.func))

    def _through(self, site: Site, func: Func) -> Rows:
        if func not in self._found:
            self._found[func] = Rows(others=True)
            steps = [self.written(one.site) for one in self._counter.of(func)]
            self._found[func] = _sum(steps, all(one.removed for one in steps))
        inner = self._found[func]
        bound = func.cls is not None and not func.is_static
        given = dict(arguments(site.call, func, bound))
        path = site.call.func.path.rpartition(".")[0] if isinstance(site.call.func, r.Name) else ""
        if bound and path:
            given[func.record.params[0].name if func.record.params else "self"] = r.Name(path)
        given_to = frozenset(assigned(site))
        saved: set[str] = set()
        others = inner.others
        for name in inner.saved:
            value = given.get(name.partition(".")[0])
            if isinstance(value, r.Name) and "." not in name:
                saved.add(subject(value.path))
            else:
                others = True
        if others and given_to and len(inner.saved) <= 1:
            return replace(inner, saved=frozenset(saved) | given_to, others=inner.others and bool(inner.saved))
        return replace(inner, saved=frozenset(saved), others=others)


def _may_change(site: Site, name: str, method: str) -> bool:
    """Whether a call of a function that is not known, or of the project, is given an object, or is a method of it."""
    path = site.call.func.path if isinstance(site.call.func, r.Name) else ""
    given = any(arg.value == r.Name(name) for arg in site.call.args)
    own = path.rpartition(".")[0] == name and path.rpartition(".")[2] != method
    return own or (given and not any(one.kind == "database-write" for one in site.effects))


def assigned(site: Site) -> Iterator[str]:
    """The names that are given the result of a call."""
    for node in nested_statements(site.func.record.body):
        if isinstance(node, r.Assign) and node.value is not None and _holds(node.value, site.call):
            for target in node.targets:
                names = target.items if isinstance(target, r.Seq) else (target,)
                yield from (subject(one.path) for one in names if isinstance(one, r.Name))


def subject(path: str) -> str:
    """What a dotted name is about: the object that it starts from, one step further where that is `self` or a request."""
    first, _, rest = path.partition(".")
    return f"{first}.{rest.partition('.')[0]}" if rest and first in ("self", "cls", *_REQUEST) else first


def named(expr: r.Expr) -> Iterator[str]:
    """What an expression is about: the objects that its names start from."""
    found = walk(expr)
    called = {id(one.func) for one in found if isinstance(one, r.Call)}
    for one in found:
        if isinstance(one, r.Name):
            path = one.path.rpartition(".")[0] if id(one) in called else one.path
            if path:
                yield subject(path)


def asks_for(test: r.Expr, name: str) -> bool:
    """Whether a condition is about what a name holds, and not about one of its attributes: `if not made:`."""
    return any(one == r.Name(name) for one in walk(test))


def _holds(value: r.Expr, call: r.Call) -> bool:
    return value is call or (isinstance(value, r.Choice) and any(one is call for one in value.options))


def _is_super(expr: r.Expr) -> bool:
    return isinstance(expr, r.Call) and expr.func == r.Name("super")


def _sum(found: list[Rows], removed: bool) -> Rows:
    saved = frozenset(name for one in found for name in one.saved)
    models = frozenset(name for one in found for name in one.models)
    return Rows(saved, any(one.others for one in found), any(one.added for one in found), removed and bool(found), models)
