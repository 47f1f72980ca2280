"""Whether what a call runs works in the session of the function that makes the call."""

from __future__ import annotations

from collections.abc import Iterable

from txlint.facts import records as r
from txlint.project.calls import Edge, Opening, Site, nested_statements
from txlint.project.lineage import written
from txlint.project.model import Func, arguments, walk
from txlint.project.project import Project
from txlint.project.sites import Body
from txlint.project.switches import excludes
from txlint.transactions.endings import FAMILIES, Ending, names_of


def hands_on(site: Site, project: Project, ending: Ending) -> bool:
    """Whether a call may have its own session ended there: not as a task, left out, or in a block that is asked for."""
    body = project.bodies[site.func]
    return not (
        _is_started(site, body) or _is_left_out(site, ending) or (_asks(ending, project) and _is_in_block(site, project))
    )


def switched_off(project: Project, site: Site, edge: Edge, through: Iterable[tuple[Site, Func]], ending: Ending) -> bool:
    """Whether a constant among the arguments of a call keeps it from reaching the ending, over these further calls."""
    known = project.switches.given(site, edge)
    for following, callee in through:
        if excludes(known, following.conditions):
            return True
        edges = (one for one in following.edges if one.func is callee and one.when == "now")
        known = next((project.switches.given(following, one, known) for one in edges), ())
    return excludes(known, ending.site.conditions)


def entered_again(later: Site, site: Site) -> Opening | None:
    """The block around a later call that enters, and commits when it is left, the very session that a call was given."""
    given = {arg.value.path for arg in site.call.args if isinstance(arg.value, r.Name)}
    entered = (one for one in later.opened if one not in site.opened and one.family in FAMILIES and one.commits)
    return next((one for one in entered if one.text in given), None)


def are_entered_apart(later: Site, site: Site) -> bool:
    """Whether two calls are of, or given, one name for which each of two `with` blocks has entered an object of its own."""
    return any(_entered(name, site) != _entered(name, later) for name in names_of(site) & names_of(later))


def _entered(name: str, site: Site) -> int:
    """The line of the last `with` before a call that binds a name; 0 where there is none."""
    lines = (one.line for one in site.func.bindings.get(name, ()) if one.how == "enter" and one.line <= site.line)
    return max(lines, default=0)


def _asks(ending: Ending, project: Project) -> bool:
    """Whether an ending is made only where no transaction has been opened: `if not session.in_nested_transaction():`."""
    asked = (part.func for test in ending.site.tests for part in walk(test) if isinstance(part, r.Call))
    return any(written(one).rpartition(".")[2] in project.catalog.asks for one in asked)


def _is_in_block(site: Site, project: Project) -> bool:
    """Whether a call stands in a block that opens a transaction, or one of the project that commits when it is left."""
    if any(one.family in FAMILIES for one in site.opened):
        return True
    around = (one for one in nested_statements(site.func.record.body) if isinstance(one, r.With))
    items = (item for one in around if one.line <= site.line <= one.end_line for item in one.items)
    entered = (project.bodies[site.func].by_call.get(id(item)) for item in items)
    managers = (edge.func for one in entered if one is not None for edge in one.edges if edge.func.record.is_generator)
    return any(effect.kind == "commit" for func in managers for one in project.bodies[func].sites for effect in one.effects)


def _is_started(site: Site, body: Body) -> bool:
    """Whether the call only makes the coroutine that is started beside the caller: `create_task(work())`."""
    starters = (one for one in body.sites if any(effect.kind == "concurrent" for effect in one.effects))
    return any(part is site.call for one in starters for arg in one.call.args for part in walk(arg.value))


def _is_left_out(site: Site, ending: Ending) -> bool:
    """Whether the session is an optional parameter that the call does not give, so that the callee makes one."""
    func, name = ending.site.func, ending.session.partition(".")[0]
    param = next((one for one in func.record.params if one.name == name), None)
    if param is None or param.default != r.Const(None) or not any(edge.func is func for edge in site.edges):
        return False
    if any(arg.star for arg in site.call.args):
        return False
    bound = func.cls is not None and not func.is_static
    return all(given != name for given, _ in arguments(site.call, func, bound))
