"""Identities that a task makes for its rows where its payload brings none: another one in each run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.project.calls import Site
from txlint.project.model import Func, walk
from txlint.project.project import Project
from txlint.project.types import Fn, Type
from txlint.transactions.reach import Reach
from txlint.transactions.redeliveries import is_identity
from txlint.transactions.retries import RetryPolicy

_FAR = 5
"""Local names through which a value is followed."""


@dataclass(frozen=True, slots=True)
class MadeAgain:
    """A task that takes an identity from its payload or makes one, and a sender whose payload brings none."""

    policy: RetryPolicy
    made: Site
    key: str
    sender: Site


class Identities:
    """Finds them."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._fresh = Reach(project, lambda site: _has(site, "fresh-identity"), telling=True)
        self._writing = Reach(project, lambda site: _has(site, "database-write"), telling=True)

    def of(self, policy: RetryPolicy) -> Iterator[MadeAgain]:
        """The first such identity of a task that runs again when it fails and writes rows."""
        func = policy.func
        if not policy.runs_again or func not in self._writing:
            return
        for site in self._project.bodies[func].sites:
            key = self._made_key(site)
            sender = self._sender(func, key) if key and self._is_payload(site, func) else None
            if sender is not None:
                yield MadeAgain(policy, site, key, sender)
                return

    def _made_key(self, site: Site) -> str:
        """The identity that `payload.get("id", make())` asks for; empty for any other call."""
        match site.call:
            case r.Call(r.Name(path), (r.Arg(r.Const(str() as key)), r.Arg(default))) if path.endswith(".get"):
                return key if is_identity(key) and any(self._makes(part, site.func) for part in walk(default)) else ""
        return ""

    def _makes(self, part: r.Expr, func: Func) -> bool:
        site = self._project.bodies[func].by_call.get(id(part))
        return site is not None and (_has(site, "fresh-identity") or (self._fresh.through(site) and not site.call.args))

    def _is_payload(self, site: Site, func: Func) -> bool:
        """Whether what is asked comes out of a parameter of the task."""
        owner = site.call.func.path.partition(".")[0] if isinstance(site.call.func, r.Name) else ""
        params = {r.Name(one.name) for one in func.record.params}
        return any(part in params for part in self._values((r.Name(owner),), func))

    def _sender(self, func: Func, key: str) -> Site | None:
        """The call, in a function that sends the task, which holds a payload without this key."""
        for site in self._project.sites():
            if not any(effect.kind == "enqueue" and _runs(effect.on, func) for effect in site.effects):
                continue
            parts = tuple(self._values(tuple(arg.value for arg in site.call.args), site.func))
            payload = next((one for one in parts if isinstance(one, r.Map) and _lacks(one, key)), None)
            if payload is not None:
                inside = (
                    one for one in self._project.bodies[site.func].sites if payload in [arg.value for arg in one.call.args]
                )
                return next(inside, site)
        return None

    def _values(self, exprs: tuple[r.Expr, ...], func: Func) -> Iterator[r.Expr]:
        """The parts of some expressions, and of what the local names among them hold or have had appended."""
        seen: set[str] = set()
        for _ in range(_FAR):
            parts = [part for expr in exprs for part in walk(expr)]
            yield from parts
            names = {part.path.partition(".")[0] for part in parts if isinstance(part, r.Name)} - seen
            seen |= names
            bound = [one.value for name in names for one in func.bindings.get(name, ()) if one.value is not None]
            added = {r.Name(f"{name}.append") for name in names}
            sites = self._project.bodies[func].sites
            exprs = (*bound, *(arg.value for site in sites if site.call.func in added for arg in site.call.args))


def _runs(queue: Type | None, func: Func) -> bool:
    return isinstance(queue, Fn) and queue.func is func


def _lacks(payload: r.Map, key: str) -> bool:
    """Whether a display of two or more literal keys has all of its keys in sight, and not this one."""
    keys = [one.value for one in payload.keys if isinstance(one, r.Const)]
    return len(keys) > 1 and len(keys) == len(payload.keys) and key not in keys


def _has(site: Site, kind: str) -> bool:
    return any(effect.kind == kind for effect in site.effects)
