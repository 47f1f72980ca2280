"""Rows that are looked up before they are made: what a call makes stays, and whoever comes next finds it and goes on."""

from __future__ import annotations

from txlint.facts import records as r
from txlint.project.calls import Condition, Site, nested_statements
from txlint.project.model import nested, walk


def is_found_next_time(first: Site, second: Site) -> bool:
    """Whether a call makes what has not been found, and a later one comes for what was found as well: the next try goes on."""
    names = first.func.names_of(first.call)
    if not names or not first.tests or any(one is first.tests[-1] for one in second.tests):
        return False
    asked = (part.path for part in walk(first.tests[-1]) if isinstance(part, r.Name))
    return any(one in names for one in asked) or _is_other_branch(first, names)


def _is_other_branch(site: Site, names: frozenset[str]) -> bool:
    """Whether the name that is given the result of a call is given what was found in the other branch."""
    for node in nested_statements(site.func.record.body):
        if isinstance(node, r.If) and node.test is site.tests[-1]:
            ours = any(call is site.call for call in nested(node.body))
            given = (one.targets for one in (node.orelse if ours else node.body) if isinstance(one, r.Assign))
            return any(isinstance(part, r.Name) and part.path in names for targets in given for part in targets)
    return False


def makes_what_is_missing(site: Site) -> bool:
    """Whether a call stands where a name that has been looked up holds nothing, and is given what is made instead."""
    missing = {_found_empty(one) for one in site.conditions} - {""}
    given = (sum(one.line <= site.line for one in site.func.bindings.get(name, ())) for name in missing)
    return any(times > 1 for times in given)


def _found_empty(condition: Condition) -> str:
    """The name that holds nothing where a condition holds or not, as the case is: `not row`, `row is None`."""
    match condition:
        case Condition(r.Name(path), False) | Condition(r.Parts((r.Name(path),), "Not"), True):
            return path
        case Condition(r.Parts((r.Name(path), r.Const(None)), "Is"), True):
            return path
        case Condition(r.Parts((r.Name(path), r.Const(None)), "IsNot"), False):
            return path
    return ""
