"""Statuses of operations that work in a session: who commits it, and whether that is one decision."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.audit.operations import Category, Operation
from txlint.audit.verdict import Status, Verdict
from txlint.findings import Step
from txlint.project.calls import Site
from txlint.project.model import Func
from txlint.transactions.analysis import Analysis
from txlint.transactions.endings import FAMILIES
from txlint.transactions.reach import Reach

_DEPTH = 6


class SessionStatuses:
    """Decides about the operations whose database is reached through sessions or connections."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis, self._sessions = analysis, analysis.sessions
        self._writing = Reach(analysis.project, _works, telling=True)

    def of(self, operation: Operation) -> Verdict | None:
        """The status of an operation; None where it does not work in a session."""
        func = operation.func
        work = [site for site in self._analysis.calls(func) if _works(site) or self._writing.through(site)]
        if not work:
            return None
        steps = sum(not any(effect.kind == "commit" for effect in site.effects) for site in work)
        if operation.category is Category.REPOSITORY:
            return self._repository(func, steps)
        return self._outer(operation, work, steps)

    # --- repositories ----------------------------------------------------------------------------------------------------

    def _repository(self, func: Func, steps: int) -> Verdict:
        commits = [one for one in self._sessions.endings(func) if one.kind == "commit"]
        borrowed = list(self._sessions.borrowed(func, "commit"))
        for ending in borrowed:
            if (owner := self._sessions.owner(ending)) is not None:
                reason = f"commits a session that it was given; {owner.message}"
                return Verdict(Status.UNCOVERED, reason, steps, evidence=self._analysis.traces.owner(owner))
        if (parts := self._analysis.pieces.of(func)) is not None:
            return self._in_pieces(parts[0].site, parts[1].site, steps)
        if commits:
            if borrowed:
                return Verdict(Status.OWN, "commits, and nobody goes on with the session afterwards", steps)
            return Verdict(Status.PATTERN, "commits in a way that is right for a session that it was given", steps)
        return self._left_to_callers(func, steps, Status.DEFERRED)

    def _left_to_callers(self, func: Func, steps: int, covered: Status) -> Verdict:
        found = list(self._callers_commit(func, {func}, 0))
        bad = next((place for place, commits in found if not commits), None)
        if found and bad is None:
            return Verdict(covered, "leaves the commit to its callers, and every known one commits", steps)
        if bad is None:
            return Verdict(Status.UNKNOWN, "nothing in the project is known to call it", steps, unreached=True)
        reason = f"who commits after `{self._analysis.name(bad)}` ({bad.module.path}:{bad.record.line}) was not found"
        return Verdict(Status.UNKNOWN, reason, steps)

    def _callers_commit(self, func: Func, seen: set[Func], depth: int) -> Iterator[tuple[Func, bool]]:
        """The functions at which the ways up from a function end, each with whether the session is committed there."""
        for site, edge in self._analysis.project.callers.get(func, ()):
            if edge.when != "now" or site.func in seen:
                continue
            seen.add(site.func)
            above = self._analysis.project.callers.get(site.func)
            if self._commits(site) is not None:
                yield site.func, True
            elif not above or depth == _DEPTH or site.func in self._analysis.project.entries:
                yield site.func, False
            else:
                yield from self._callers_commit(site.func, seen, depth + 1)

    # --- whoever has the session -----------------------------------------------------------------------------------------

    def _outer(self, operation: Operation, work: list[Site], steps: int) -> Verdict:
        func = operation.func
        if (parts := self._analysis.pieces.of(func)) is not None:
            return self._in_pieces(parts[0].site, parts[1].site, steps)
        ways = [(site, self._commits(site)) for site in work]
        missing = next((site for site, way in ways if way is None), None)
        if missing is not None and operation.category is Category.SERVICE:
            return self._left_to_callers(func, steps, Status.CALLER)
        if missing is not None:
            reason = f"who commits `{self._analysis.written(missing)}` (line {missing.line}) was not found"
            return Verdict(Status.UNKNOWN, reason, steps)
        _, first = ways[0]
        assert first is not None
        status, reason, evidence = first
        return Verdict(status, reason, steps, evidence=evidence)

    def _commits(self, site: Site) -> tuple[Status, str, tuple[Step, ...]] | None:
        """How the work of a call is committed in or around its function; None where that was not found."""
        func = site.func
        for opening in site.opened:
            if opening.family in FAMILIES and opening.commits and opening.boundary != "savepoint":
                step = Step(self._analysis.place(opening.func, opening.line, opening.text), "commits when it is left")
                return Status.OWN, f"`{opening.text}` commits when it is left", (step,)
        following = (site, *self._sessions.order(func).following(site))
        for one in following:
            if any(effect.kind == "commit" and effect.family in FAMILIES for effect in one.effects):
                step = Step(self._analysis.location(one), f"`{self._analysis.written(one)}` commits")
                return Status.OWN, "commits itself", (step,)
            for edge in one.edges:
                if edge.when == "now" and edge.func in self._sessions.committing:
                    step = Step(self._analysis.location(one), f"calls `{self._analysis.name(edge.func)}`, which commits")
                    return Status.OWN, f"`{self._analysis.name(edge.func)}` commits for it", (step,)
        return self._provided(site)

    def _provided(self, site: Site) -> tuple[Status, str, tuple[Step, ...]] | None:
        owner = self._sessions.provided(site.func, site)
        if owner is not None:
            return Status.FRAMEWORK, owner.message, self._analysis.traces.owner(owner)
        if any(edge.when == "now" and self._owns(edge.func) for edge in site.edges):
            return Status.OWN, f"`{self._analysis.written(site)}` makes and commits a session of its own", ()
        return None

    def _owns(self, func: Func, depth: int = 0) -> bool:
        """Whether a callee does its work in sessions of its own and commits them."""
        work = [site for site in self._analysis.calls(func) if _works(site) or self._writing.through(site)]
        return bool(work) and all(self._owns_work(site, func, depth) for site in work)

    def _owns_work(self, site: Site, func: Func, depth: int) -> bool:
        if self._sessions.provided(func, site) is not None:
            return True
        if any(one.source == "own" for one in self._sessions.endings(func)):
            return self._ends(site)
        inner = [edge.func for edge in site.edges if edge.func in self._writing]
        return not _works(site) and depth <= _DEPTH and all(self._owns(one, depth + 1) for one in inner)

    def _ends(self, site: Site) -> bool:
        """Whether a call commits, or a call that follows it in its function."""
        following = (site, *self._sessions.order(site.func).following(site))
        if any(effect.kind == "commit" for one in following for effect in one.effects):
            return True
        return any(edge.func in self._sessions.committing for one in following for edge in one.edges if edge.when == "now")

    def _in_pieces(self, first: Site, second: Site, steps: int) -> Verdict:
        places = ((self._analysis.location(one), self._analysis.written(one)) for one in (first, second))
        evidence = tuple(Step(where, f"`{text}` commits") for where, text in places)
        return Verdict(Status.PARTIAL, "commits its work in pieces", steps, evidence=evidence)


def _works(site: Site) -> bool:
    """Whether a call writes in a session, or commits what has been changed in it."""
    return any(effect.kind in ("database-write", "commit") and effect.family in FAMILIES for effect in site.effects)
