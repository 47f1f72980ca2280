"""Work that is handed over to run after the commit: what, on which database, and the functions that close over names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.frameworks.catalog import CallbackEntry
from txlint.project.calls import Opening, Site, nested_statements, written_receiver
from txlint.project.model import Func, arguments, expressions, walk
from txlint.project.project import Project
from txlint.project.types import Fn, ParamValue, Partial
from txlint.transactions.contexts import FAMILY, Contexts
from txlint.transactions.surroundings import bound_by, levels, raised_within


@dataclass(frozen=True, slots=True, eq=False)
class Handover:
    """One call that hands work over until after the commit."""

    site: Site
    alias: str | None
    """The database whose commit it waits for (`<expression>` where that is no literal); None where it cannot be told."""
    argument: r.Expr | None
    """What is handed over; None where it is the object that the method is called on (`task.delay_on_commit`)."""

    def closures(self) -> tuple[Func, ...]:
        """The functions defined in the calling function that run then."""
        found = [edge.func for edge in self.site.edges if edge.when == "commit"]
        if isinstance(self.argument, r.Lambda):
            found.append(self.site.func.module.functions[self.argument.function])
        return tuple(dict.fromkeys(one for one in found if one.parent is self.site.func))


class Handovers:
    """Every handover of a project, those through a function of the project that passes its parameter on included."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._passing: dict[tuple[Func, str], None] = {}
        direct = [one for body in project.bodies.values() for site in body.sites for one in self._direct(site)]
        self._of: dict[int, Handover] = {id(one.site): one for one in direct}
        self.methods = frozenset(written_receiver(one.site.call)[1] for one in direct if one.argument is None)
        """Methods by which the project has objects hand themselves over: `delay_on_commit`."""
        for one in direct:
            for value in project.inference.infer(one.argument, one.site.func) if one.argument is not None else ():
                if isinstance(value, ParamValue):
                    self._passing[value.func, value.name] = None
        if self._passing:
            for site in project.sites():
                for through in self._indirect(site):
                    self._of.setdefault(id(site), through)

    @property
    def are_known(self) -> bool:
        """Whether the project hands anything over at all."""
        return bool(self._of)

    def of(self, site: Site) -> Handover | None:
        """What a call hands over, if anything."""
        return self._of.get(id(site))

    def among(self, sites: Iterable[Site]) -> Iterator[Handover]:
        """The handovers among some calls."""
        return filter(None, map(self._of.get, map(id, sites)))

    def opened_elsewhere(self, handover: Handover, contexts: Contexts) -> Opening | None:
        """What opens a transaction at a handover on another database than the one waited for, where none is open on that."""
        site, alias = handover.site, handover.alias
        opened = [one for one in site.opened if one.family == FAMILY]
        names = [self._project.database_name(one.alias, one.func) for one in opened]
        known = {one.state.alias for one in contexts.of(site.func) if one.state.status in ("open", "unknown")}
        if alias is None or not opened or alias in names or alias in known:
            return None
        several = len(self._project.settings.databases) > 1
        surely = not any(one.startswith("<") for one in (alias, *names)) or (several and "default" in (alias, *names))
        return opened[0] if surely and all(one.certain for one in opened) else None

    def rolled_back(self, handover: Handover) -> tuple[Opening, int] | None:
        """The transaction of a function that every path from a handover leaves by raising, and the line of the `raise`."""
        site = handover.site
        opening = next((one for one in site.opened if one.family == FAMILY), None)
        if opening is None or not opening.certain:
            return None
        around = levels(site.func.record.body, site.call)
        holders = (level.holder for level in around)
        block = next((one for one in holders if isinstance(one, r.With) and one.line == opening.line), None)
        line = raised_within(around, block)
        return None if line is None else (opening, line)

    def called_at_once(self, handover: Handover) -> Site | None:
        """The call that stands where the function to be handed over should, where its result surely is no function."""
        call, scope = handover.argument, handover.site.func
        inner = self._project.bodies[scope].by_call.get(id(call)) if isinstance(call, r.Call) else None
        if inner is None or self._project.inference.infer(inner.call, scope):
            return None
        if any(effect.kind in ("enqueue", "email", "external-call", "database-write") for effect in inner.effects):
            return inner
        funcs = [one.func for one in inner.types if isinstance(one, Fn)]
        return inner if funcs and len(funcs) == len(inner.types) and all(_gives_nothing(one) for one in funcs) else None

    def gets_one_tuple(self, handover: Handover) -> Func | None:
        """The function of several parameters that a hook calls with a single tuple."""
        values = self._project.inference.infer(handover.argument, handover.site.func) if handover.argument is not None else ()
        match values:
            case (Partial(Fn(func), (r.Arg(r.Seq(items), None, ""),)),) if len(items) > 1:
                params = [one for one in func.record.params if one.kind in ("", "/")]
                bound = func.cls is not None and not func.is_static
                needed = [one for one in params[bound:] if one.default is None]
                return func if len(needed) > 1 and not func.record.decorators else None
        return None

    def result_used(self, handover: Handover) -> str | None:
        """An attribute that the calling function reads from the result of a handover, which is None."""
        call, func = handover.site.call, handover.site.func
        names: set[str] = set()
        for node in nested_statements(func.record.body):
            for expr in expressions(node):
                for part in walk(expr):
                    if isinstance(part, r.Attr) and part.value is call:
                        return part.name
                    first, _, rest = part.path.partition(".") if isinstance(part, r.Name) else ("", "", "")
                    if first in names and rest:
                        return rest.partition(".")[0]
            if isinstance(node, r.Assign) and node.value is call:
                names = {one for one in bound_by(node) if len(func.bindings.get(one, ())) == 1}
        return None

    def _direct(self, site: Site) -> Iterator[Handover]:
        meanings = self._project.resolver.meanings
        for entry, _ in meanings.callbacks(site.call, site.types):
            if entry.when == "commit":
                given = _argument(site.call, entry)
                if given is not None or entry.argument == "receiver":
                    yield Handover(site, self._alias(entry, site), given)
                    return

    def _indirect(self, site: Site) -> Iterator[Handover]:
        for one in site.types:
            if isinstance(one, Fn):
                bound = one.func.cls is not None and one.on is not None and not one.func.is_static
                for name, value in arguments(site.call, one.func, bound):
                    if (one.func, name) in self._passing:
                        yield Handover(site, None, value)

    def _alias(self, entry: CallbackEntry, site: Site) -> str | None:
        if entry.alias is None:
            return None
        return self._project.database_name(self._project.resolver.meanings.alias(entry.alias, site.call), site.func)


def _gives_nothing(func: Func) -> bool:
    """Whether a function surely returns None: it has statements, none of them a return with a value, and is as written."""
    record = func.record
    plain = not (record.decorators or record.is_generator or record.is_async or func.returns)
    return plain and any(not isinstance(node, r.Raise) for node in record.body)


def _argument(call: r.Call, entry: CallbackEntry) -> r.Expr | None:
    for position, arg in enumerate(call.args):
        if not arg.star and (arg.keyword == entry.argument if arg.keyword else position == entry.argument):
            return arg.value
    return None
