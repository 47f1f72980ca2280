"""Work that is committed in pieces, and work that is sent to a task before it is committed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.project.calls import Site, nested_statements, written_receiver
from txlint.project.lineage import written
from txlint.project.model import Func, walk
from txlint.project.project import Project
from txlint.project.types import Fn
from txlint.transactions.borrowing import NOT_JUDGED
from txlint.transactions.endings import FAMILIES, Ending, is_optional, is_script
from txlint.transactions.providers import Owner, Path
from txlint.transactions.reach import Reach, writes
from txlint.transactions.redundancy import assigns_parts
from txlint.transactions.sessions import Sessions


@dataclass(frozen=True, slots=True)
class Piece:
    """A call that commits: itself, or in a callee."""

    site: Site
    committed: Ending
    by_callee: bool


class Pieces:
    """Reads off the order of calls what is committed when."""

    def __init__(self, project: Project, sessions: Sessions) -> None:
        self._project, self._sessions = project, sessions
        self._writing = Reach(project, _writes, telling=True)
        handles = project.catalog.words["handles"]
        self._asking = Reach(project, lambda site: _asks(site, handles), telling=True)
        self._found: dict[Func, tuple[Piece, Piece] | None] = {}

    def of(self, func: Func) -> tuple[Piece, Piece] | None:
        """The first two calls on one path of a function that each commit work of their own in one session."""
        if func not in self._found:
            self._found[func] = self._of(func)
        return self._found[func]

    def _of(self, func: Func) -> tuple[Piece, Piece] | None:
        if self.may_be(func):
            return None
        pairs = tuple(self._pairs(func))
        own = (one for one in pairs if not any(_is_in_block(piece.site) for piece in one))  # what is in a block is TX209's
        return next((one for one in pairs if one[0].by_callee or one[1].by_callee), next(own, None))

    def _pairs(self, func: Func) -> Iterator[tuple[Piece, Piece]]:
        found = self._all(func)
        for first in found:
            after = self._sessions.order(func).following(first.site)
            for second in found:
                if second.site is first.site or second.site not in after or second.site.handlers or first.site.loops:
                    continue
                if second.by_callee or self._written_between(first.site, second.site, func):
                    yield first, second

    def besides(self, pieces: tuple[Piece, Piece], endings: tuple[Ending, ...]) -> bool:
        """Whether one more callee commits before or after the second piece, with another ending than these."""
        last = pieces[1].site
        order = self._sessions.order(last.func)
        others = (one.site for one in self._all(last.func) if one.by_callee and one.committed not in endings)
        return any(one in order.following(last) or last in order.following(one) for one in others)

    def _all(self, func: Func) -> list[Piece]:
        return [piece for site in self._project.bodies[func].sites if (piece := self._piece(site, func))]

    def may_be(self, func: Func) -> bool:
        """Whether a function is of a kind that may commit in pieces: a script, a command."""
        return is_script(func) or any(one.kind in NOT_JUDGED for one in self._project.entries.get(func, ()))

    def _piece(self, site: Site, func: Func) -> Piece | None:
        own = next((one for one in self._sessions.endings(func) if one.site is site and one.kind == "commit"), None)
        if own is not None:
            return None if self._sessions.is_right(own, func) else Piece(site, own, False)
        committed = self._sessions.committed_by(site)
        if committed is None or _declines(site.call) or is_optional(site):
            return None
        return Piece(site, committed, True) if self._changes(site, committed) else None

    def _changes(self, site: Site, committed: Ending) -> bool:
        """Whether a call that commits has anything to commit: it writes, or changes an object, or is not fully known."""
        callees = [edge.func for edge in site.edges if edge.when == "now"]
        if any(assigns_parts(one.record.body) for one in (*callees, committed.site.func)) or self._writing.through(site):
            return True
        return any(inner.unknown for one in callees if one in self._project.bodies for inner in self._project.bodies[one].sites)

    def _written_between(self, first: Site, second: Site, func: Func) -> bool:
        order = self._sessions.order(func)
        return any(self._writes(one) and second in order.following(one) for one in order.following(first))

    def _writes(self, site: Site) -> bool:
        return _writes(site) or self._writing.through(site)

    def asks_aside(self, site: Site) -> bool:
        """Whether what a call runs in another thread may ask the database, as far as that is known."""
        run = [edge.func for edge in site.edges if edge.when == "thread"]
        return not run or any(one in self._asking for one in run)

    def sent_before(self, site: Site) -> Owner | None:
        """What commits, after a dispatch, the work that the dispatched task is about; None where nothing shows that."""
        return self._sent_before(site, (), False)

    def needs_rows(self, site: Site) -> bool:
        """Whether a task that a call sends is given a row's key, or may ask the database, as far as its function is known."""
        given = (part.path for arg in site.call.args for part in walk(arg.value) if isinstance(part, r.Name))
        if any("." in one and one.rpartition(".")[2] in self._project.catalog.words["key"] for one in given):
            return True
        path = site.call.func.path.rpartition(".")[0] if isinstance(site.call.func, r.Name) else ""
        types = self._project.inference.infer(r.Name(path), site.func) if path else ()
        run = [one.func for one in types if isinstance(one, Fn)]
        return not run or any(one in self._asking for one in run)

    def also_before(self, site: Site, owner: Owner) -> Iterator[Site]:
        """The other calls of its function that lead to such a dispatch too early, next to those that lead from the owner."""
        known = {id(through) for through, _ in owner.through}
        wrote = self._wrote_before(site)
        for caller, _ in self._sessions.callers(site.func) if owner.through else ():
            if id(caller) not in known and self._sent_before(caller, ((caller, site.func),), wrote) is not None:
                yield caller

    def _sent_before(self, start: Site, way: Path, below: bool) -> Owner | None:
        seen = {start.func}
        waiting: deque[tuple[Site, Path, bool]] = deque([(start, way, below)])
        while waiting and len(seen) < 60:
            here, path, wrote = waiting.popleft()
            deeper, wrote = wrote, wrote or self._wrote_before(here)
            verdict = False if not deeper and self._committed_just_before(here) else self._committed_later(here, path, wrote)
            if isinstance(verdict, Owner):
                return verdict
            if verdict is None and len(path) < 4 and not self._sessions.owns(here.func):
                for caller, _ in self._sessions.callers(here.func):
                    if caller.func not in seen:
                        seen.add(caller.func)
                        waiting.append((caller, ((caller, here.func), *path), wrote))
        return None

    def _wrote_before(self, site: Site) -> bool:
        before = (one for one in self._sessions.before(site) if not _next_round(one, site))
        return any(self._writes(one) and not self._is_left(one, site) for one in before)

    def _is_left(self, earlier: Site, site: Site) -> bool:
        """Whether a call stands in a block that has committed it before the later one is made."""
        opened = (one for one in earlier.opened if one.family in FAMILIES and one.commits and one.boundary != "savepoint")
        if any(one.func is site.func and one not in site.opened for one in opened):
            return True
        return any(node.end_line < site.line for node in self._sessions.providers.committing_blocks(earlier))

    def _changed_before(self, site: Site, path: Path) -> bool:
        """Whether a part of an object is changed before a call, in its function or in those on the way to the dispatch."""
        places = ((site.func, site.line), *((callee, 1 << 30) for _, callee in path))
        return any(
            isinstance(node, r.Assign) and node.line < line and any(map(_is_attribute, node.targets))
            for func, line in places
            for node in nested_statements(func.record.body)
        )

    def _is_after_error(self, site: Site, path: Path) -> bool:
        """Whether a call, or one that leads to it, stands in an error handler: what was written is lost by then."""
        return bool(site.handlers) or any(through.handlers for through, _ in path)

    def _committed_just_before(self, site: Site) -> bool:
        """Whether a commit precedes a call in its function, with no write between them."""
        order, earlier = self._sessions.order(site.func), self._sessions.before(site)
        commits = (one for one in earlier if self._sessions.is_commit(one, site.func))
        return any(
            not any(one in order.following(commit) and self._writes(one) and not _next_round(commit, one) for one in earlier)
            for commit in commits
        )

    def _committed_later(self, site: Site, path: Path, wrote: bool) -> Owner | None:
        """The commit that follows in this function, or what commits its session in the end; None where there is neither."""
        func, order = site.func, self._sessions.order(site.func)
        following = (one for one in order.following(site) if self._sessions.is_commit(one, func))
        later = [one for one in following if not one.handlers and not _next_round(site, one)]
        if later and (path or any(self._writes(one) for one in self._project.bodies[func].sites if one is not site)):
            return Owner(
                func,
                later[0].line,
                written(later[0].call.func),
                f"`{written(later[0].call.func)}` commits only afterwards",
                path,
                in_passing=True,
                pending=(wrote or self._changed_before(site, path)) and not self._is_after_error(site, path),
            )
        if wrote:
            for opening in site.opened:
                if opening.family in FAMILIES and opening.commits and opening.boundary != "savepoint":
                    return Owner(opening.func, opening.line, opening.text, f"`{opening.text}` commits when it is left", path)
            return self._sessions.providers.owner(func, path or ((site, func),))
        return None


def _writes(site: Site) -> bool:
    return any(writes(site, family) for family in FAMILIES)


def _is_in_block(site: Site) -> bool:
    return any(one.family in FAMILIES and one.commits for one in site.opened)


def _is_attribute(target: r.Expr) -> bool:
    """Whether an attribute of an object is assigned, which may be a column: not an item of a dict."""
    return isinstance(target, r.Attr) or (isinstance(target, r.Name) and "." in target.path)


def _asks(site: Site, handles: tuple[str, ...]) -> bool:
    """Whether a call does anything to a database, or is of something unknown that is named like a session."""
    named = site.unknown is not None and written_receiver(site.call)[0].lower().endswith(handles)
    return named or any(one.kind.startswith("database-") for one in site.effects)


def _next_round(site: Site, later: Site) -> bool:
    """Whether a call comes after another one only in the next round of a loop, where it is about something else."""
    shared = any(one is other for one in site.loops for other in later.loops)
    return shared and (later.line < site.line or any(part is later.call for part in walk(site.call)))


def _declines(call: r.Call) -> bool:
    """`commit=False` in a call."""
    return any(arg.keyword and "commit" in arg.keyword and arg.value == r.Const(False) for arg in call.args)
