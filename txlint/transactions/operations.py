"""Operations that write in several steps without a transaction, each reported once: at the function that holds the steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from txlint.facts import records as r
from txlint.frameworks.catalog import EffectEntry
from txlint.project.calls import written_receiver
from txlint.project.model import Func
from txlint.project.project import Project
from txlint.project.switches import excludes
from txlint.project.types import Method, ParamValue, Type
from txlint.transactions.contexts import Context, Contexts, State
from txlint.transactions.one_class import of_one_class
from txlint.transactions.steps import StepCounter, Steps, on_one_database, weight

_BLOCKS = frozenset({"atomic", "durable", "savepoint", "joining", "framework"})
KINDS = frozenset({"view", "admin-action", "admin-hook", "consumer", "event-handler", "task", "flow"})
"""Entry kinds whose operations are judged; commands, start-up code and functions without a known caller are not."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A function whose steps can be left half done, and a way in which it is entered without a transaction."""

    func: Func
    steps: Steps
    context: Context

    @property
    def only_loop(self) -> bool:
        """Whether all of it is one write that a loop repeats."""
        return len(self.steps) == 1

    @property
    def item_by_item(self) -> bool:
        """Whether the loop only writes the very object of each round, so that a later run goes on where this one stopped."""
        site = self.steps[0].site
        loop = site.loops[-1] if site.loops else None
        target = loop.target if isinstance(loop, r.Loop) else None
        owner = site.call.func.path.rpartition(".")[0] if isinstance(site.call.func, r.Name) else ""
        return self.only_loop and isinstance(target, r.Name) and owner == target.path

    @property
    def for_each(self) -> bool:
        """Whether the loop only calls, for each item, something that is an operation of its own."""
        return self.only_loop and self.steps[0].writer is not self.steps[0].site

    @property
    def by_anybody(self) -> bool:
        """Whether no caller is known: an override that the framework or another application calls."""
        return self.kind == "unreached"

    @property
    def kind(self) -> str:
        """The kind of entry point that it is reached from."""
        return self.context.state.kind


def unprotected(project: Project, contexts: Contexts, counter: StepCounter, functions: Iterable[Func]) -> tuple[Operation, ...]:
    """The operations of a project; a function whose callers are all reported is a step of theirs."""
    found: dict[Func, Operation] = {}
    somewhere = _called_in_blocks(project)
    for func in functions:
        anybody = overrides_write(project, func) and not contexts.requests_may_be_atomic() and func.record.name not in somewhere
        kinds = KINDS | {"unreached"} if anybody else KINDS
        ways = [one for one in contexts.ways(func) if one.state.status == "none" and one.state.kind in kinds]
        others = _called_by_others(func, contexts) if anybody and not ways else None
        ways += [others] if others else []
        every = of_one_class(project, counter, func, on_one_database(counter.of(func))) if ways else ()
        context = next((one for one in ways if weight(_left(every, one)) > 1), None)
        if context is None and ways:  # the method has these steps, if on no known way
            context = replace(ways[0], doubted=True)
        steps = _left(every, context) if context is not None and not context.doubted else every
        if context is not None and weight(steps) > 1 and holds_them(steps) and not project.bodies[func].func.record.is_async:
            found[func] = Operation(func, steps, context)
    covered = _covered(project, contexts, set(found))
    return tuple(one for func, one in found.items() if func not in covered)


def _left(steps: Steps, context: Context) -> Steps:
    """The steps that can be on a path, as far as what it passes decides that: no row is new that was read before."""
    return tuple(one for one in steps if not excludes(context.given, one.site.conditions))


def _called_by_others(func: Func, contexts: Contexts) -> Context | None:
    """A call by somebody else of what only the framework, in a transaction of its own, was found to call."""
    found = contexts.of(func)
    only = bool(found) and all(one.state.kind == "framework" for one in found)
    return Context(func, State("none", "unreached"), found[0].origin, found[0].entry) if only else None


def _called_in_blocks(project: Project) -> frozenset[str]:
    """Methods that calls in a transaction make on objects of unknown class: what no known call reaches may be meant."""
    found = set()
    for site in project.sites():
        if any(one.boundary in _BLOCKS for one in site.opened) and all(_is_vague(one) for one in site.types):
            owner, method = written_receiver(site.call)
            if owner and all(edge.guessed for edge in site.edges):
                found.add(method)
    return frozenset(found)


def _is_vague(one: Type) -> bool:
    return isinstance(one, ParamValue) or (isinstance(one, Method) and getattr(one.on, "guessed", False))


def unprotected_async(
    project: Project, contexts: Contexts, counter: StepCounter, functions: Iterable[Func]
) -> Iterator[Operation]:
    """The operations in coroutines, where every write commits alone unless synchronous code waits for all of them."""
    for func in functions:
        if not func.record.is_async:
            continue
        found = contexts.of(func)
        context = next((one for one in found if one.state.status == "none" and one.state.kind in KINDS), None)
        steps = on_one_database(counter.of(func)) if all(one.state.status == "none" for one in found) else ()
        if context is not None and weight(steps) > 1 and holds_them(steps):
            yield Operation(func, steps, context)


def overrides_write(project: Project, func: Func) -> bool:
    """Whether a method stands in for a write of the catalogue (`save`, `delete` of a model or form): anybody calls it."""
    if func.cls is None:
        return False
    owners = project.inference.lineages.of(func.cls).external
    roles = project.catalog.class_roles
    if func.record.name in project.catalog.form_saves and any("form" in roles(one) for one in owners):
        return True  # a form that is none of a model is saved as if it were
    found = (one.entry for owner in owners for one in project.catalog.of_method(owner, func.record.name))
    return any(isinstance(one, EffectEntry) and one.effect == "database-write" for one in found)


def holds_them(steps: Steps) -> bool:
    """Several calls of the function's own, or one in a loop, at least one of them in no block."""
    own = {id(one.site) for one in steps}
    return (len(own) > 1 or any(one.looped for one in steps)) and any(one.block is None for one in steps)


def _covered(project: Project, contexts: Contexts, candidates: set[Func]) -> set[Func]:
    bare = {func for func in project.bodies if _bare(contexts, func)}
    callers: dict[Func, set[Func]] = {}
    for func in project.bodies:
        if func not in project.entries:
            found = {site.func for site, edge in project.callers.get(func, ()) if edge.when == "now" and site.func is not func}
            if found := found & bare:
                callers[func] = found
    covered: set[Func] = set()
    changed = True
    while changed:
        settled = candidates | covered
        fresh = {func for func, some in callers.items() if func not in covered and some <= settled}
        covered |= fresh
        changed = bool(fresh)
    return covered


def _bare(contexts: Contexts, func: Func) -> bool:
    return any(one.state.status == "none" and one.state.kind in KINDS for one in contexts.of(func))
