"""A commit that belongs to the callers: a flush in its place, and their commits in the same change set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from txlint.facts import records as r
from txlint.findings import Applicability, Edit
from txlint.fixing.repairs import Repair, Unfixable
from txlint.project.calls import Site, is_statement, nested_statements
from txlint.project.model import Func, arguments, expressions, walk
from txlint.transactions.analysis import Analysis
from txlint.transactions.borrowing import LEAVING, NOT_JUDGED, OUTERMOST
from txlint.transactions.endings import Ending
from txlint.transactions.pieces import Piece
from txlint.transactions.surroundings import afterwards, levels, run_of

if TYPE_CHECKING:
    from txlint.fixing.tree.source import Sources

_FAMILY = "sqlalchemy"
_OWNERS = NOT_JUDGED | OUTERMOST
_FAR = 6
_CALLERS = 40


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit that a caller needs: after which of its calls, of what."""

    site: Site
    text: str


def grouping(analysis: Analysis, ending: Ending) -> Repair | None:
    """Flush where a borrowed session is committed, and commit in every caller that nobody else commits for.

    None where it cannot be told what a caller calls the session, and where it is no SQLAlchemy session.
    """
    commits = _commits(analysis, (ending,))
    if commits is None:
        return None
    callers = len({one.site.func for one in commits})
    rest = f"commit in {callers} of the callers" if commits else "leave the commit to the callers"
    return _flushed(analysis, f"flush here, and {rest}", (ending.site,), commits)


def regrouping(analysis: Analysis, pieces: tuple[Piece, Piece]) -> Repair | None:
    """Flush where two pieces of a function's work are committed, and commit once at the end of it and of the other callers.

    None where that is not possible for one of the two, and where a third piece would be left.
    """
    first, second = pieces
    if not second.by_callee and not first.by_callee:
        return None
    endings = tuple(dict.fromkeys(one.committed for one in pieces if one.by_callee))
    commits = _commits(analysis, endings)
    more = analysis.pieces.besides(pieces, endings) or any(_others(analysis, one.committed) for one in pieces if one.by_callee)
    if commits is None or more:
        return None
    own = () if first.by_callee else (first.site,)
    return _flushed(analysis, "flush in the callees, and commit once", (*own, *(one.site for one in endings)), commits)


def _others(analysis: Analysis, ending: Ending) -> bool:
    """Whether the function with a commit has more of them."""
    return sum(one.kind == "commit" for one in analysis.sessions.endings(ending.site.func)) > 1


def _flushed(analysis: Analysis, title: str, sites: tuple[Site, ...], commits: tuple[Commit, ...]) -> Repair | None:
    flush = next((one for one in analysis.project.catalog.effects() if one.effect == "flush" and one.methods), None)
    return Repair(title, Applicability.UNSAFE, partial(_make, sites, flush.methods[0], commits)) if flush else None


def _commits(analysis: Analysis, endings: tuple[Ending, ...]) -> tuple[Commit, ...] | None:
    """The commits that callers need where these become flushes; None where they cannot become any."""
    if not all(_may_flush(one) for one in endings) or any(_loses(analysis, one) for one in endings):
        return None
    found: dict[int, Commit] = {}
    try:
        for ending in endings:
            if not _goes_on(analysis, ending.site, ending.session):
                found |= {id(one.site): one for one in _Callers(analysis, ending).commits()}
    except Unfixable:
        return None
    for func in {one.site.func for one in found.values()}:
        if _left_in_between(run_of(func.record.body, [one.site.call for one in found.values() if one.site.func is func])):
            return None
    return tuple(found.values())


def _may_flush(ending: Ending) -> bool:
    known = any(one.family == _FAMILY for one in ending.site.effects) and not ending.guessed
    return known and is_statement(ending.site)


def _loses(analysis: Analysis, ending: Ending) -> bool:
    """Whether the function goes on after a rollback or close, which without its own commit would lose its callers' work."""
    sessions = analysis.sessions
    others = (one for one in sessions.borrowed(ending.site.func, "rollback", "close") if one.session == ending.session)
    owners = (sessions.owner(one) for one in others if not analysis.handling.raises_after(one.site))
    return any(owner is not None and sessions.loses(owner) for owner in owners)


class _Callers:
    """Goes up from a commit to the functions that own its session."""

    def __init__(self, analysis: Analysis, ending: Ending) -> None:
        self._analysis, self._ending = analysis, ending
        self._seen = {ending.site.func}
        call = ending.site.call
        self._ends = f"{'await ' if call.awaited else ''}{{}}.{_method(call)}()"

    def commits(self) -> tuple[Commit, ...]:
        """The commits that callers need. Raises Unfixable."""
        return tuple(self._above(self._ending.site.func, self._ending.session, self._ending.source, 0))

    def _above(self, func: Func, session: str, source: str, depth: int) -> Iterator[Commit]:
        callers = self._analysis.sessions.callers(func)
        if depth > _FAR or len(callers) > _CALLERS or any(edge.guessed for _, edge in callers):
            raise Unfixable("the callers are not all known")
        for site, _ in callers:
            name = _callers_name(self._analysis, func, session, source, site)
            if self._analysis.sessions.provided(site.func, site) or _goes_on(self._analysis, site, name):
                continue
            yield from self._caller(site, name, depth)

    def _caller(self, site: Site, name: str, depth: int) -> Iterator[Commit]:
        func = site.func
        source = self._analysis.sessions.source(name, func)
        owns = source == "own" or any(one.kind in _OWNERS for one in self._analysis.entries(func))
        if owns or not self._analysis.sessions.callers(func):
            if self._ending.site.call.awaited and not func.record.is_async:
                raise Unfixable("the caller is not async")
            self._room(site)
            yield Commit(site, self._ends.format(name))
        elif source in ("parameter", "attribute", "global") and func not in self._seen:
            self._seen.add(func)
            self._nothing_sent_after(site)
            yield from self._above(func, name, source, depth + 1)
        elif func not in self._seen:
            raise Unfixable("the caller's session is not known")

    def _nothing_sent_after(self, site: Site) -> None:
        """Raises Unfixable where a function that leaves the commit to its callers sends a task after a call."""
        following = self._analysis.sessions.order(site.func).following(site)
        calls = (one for one in self._analysis.calls(site.func) if one in following)
        later = (sent for one in calls for sent in self._analysis.outward.all_sends(one))
        if any(effect.kind == "enqueue" for sent in later for effect in sent.effects):
            raise Unfixable("a task would be sent before the commit")

    def _room(self, site: Site) -> None:
        """Raises Unfixable where a commit after a call would be one more piece that the caller's work falls into."""
        sessions, func = self._analysis.sessions, site.func
        order = sessions.order(func)
        if self._analysis.pieces.may_be(func) or self._analysis.pieces.of(func):
            return  # it falls into pieces already
        own = {id(one.site) for one in sessions.endings(func) if one.kind == "commit"}
        for one in self._analysis.calls(func):
            other = id(one) in own or (sessions.calls_committing(one) and not self._leads_here(one))
            if other and (one in order.following(site) or site in order.following(one)):
                raise Unfixable("the caller commits in pieces")

    def _leads_here(self, site: Site) -> bool:
        return any(edge.func is self._ending.site.func for edge in site.edges)


def _left_in_between(run: tuple[r.Stmt, ...]) -> bool:
    """Whether the function may be left before the end of some statements, of which the last may be a `return`."""
    inner = run[:-1] if run and isinstance(run[-1], r.Return) else run
    return not run or any(isinstance(one, r.Return) for one in nested_statements(inner))


def _callers_name(analysis: Analysis, func: Func, session: str, source: str, site: Site) -> str:
    """What a caller calls the session of a function that it calls. Raises Unfixable."""
    if source == "global":
        first = session.partition(".")[0]
        if site.func.binder(first) is site.func.module.top:
            return session
    elif source == "parameter" and "." not in session:
        bound = func.cls is not None and not func.is_static and isinstance(site.call.func, r.Name | r.Attr)
        given = next((value for name, value in arguments(site.call, func, bound) if name == session), None)
        if isinstance(given, r.Name):
            return given.path
    elif source == "attribute" and isinstance(site.call.func, r.Name):
        owner = site.call.func.path.rpartition(".")[0]
        if owner in ("self", "cls") and site.func.self_class is func.self_class:
            return session
    if source == "attribute" and (name := _through(analysis, func, session.partition(".")[2], site)):
        return name
    raise Unfixable("it is not known what the caller calls the session")


def _through(analysis: Analysis, func: Func, attribute: str, site: Site) -> str:
    """What a caller calls the session that it has made an object with; empty where that is not known."""
    made: r.Expr | None = None
    match site.call.func:
        case r.Name(path):
            found = site.func.bindings.get(path.rpartition(".")[0], [])
            made = found[0].value if len(found) == 1 and found[0].how == "value" else None
        case r.Attr(value, _):
            made = value
    cls = func.self_class
    for one in analysis.project.inference.lineages.of(cls).classes if cls and isinstance(made, r.Call) else ():
        init = one.methods.get("__init__")
        kept = [binding.value for binding in one.instance.get(attribute, ()) if binding.scope is init]
        if init and isinstance(made, r.Call) and len(kept) == 1 and isinstance(kept[0], r.Name):
            given = dict(arguments(made, init, True)).get(kept[0].path)
            return given.path if isinstance(given, r.Name) else ""
    return ""


def _goes_on(analysis: Analysis, site: Site, session: str) -> bool:
    """Whether every way on from a call comes to a commit of the session, with nothing leaving the database before it."""
    around = levels(site.func.record.body, site.call)
    sites = {id(one.call): one for one in analysis.calls(site.func)}
    own = {id(one.site.call) for one in analysis.sessions.endings(site.func) if one.kind == "commit" and one.session == session}
    for node in afterwards(around):
        for call in (part for expr in expressions(node) for part in walk(expr) if isinstance(part, r.Call)):
            found = sites.get(id(call))
            commits = found is not None and analysis.sessions.calls_committing(found)
            if id(call) in own or (commits and _mentions(call, session)):
                return True
            if found is not None and any(effect.kind in LEAVING for effect in found.effects):
                return False
        if any(isinstance(one, r.Return) for one in nested_statements((node,))):
            return False
    return False


def _mentions(call: r.Call, session: str) -> bool:
    return any(isinstance(one, r.Name) and f"{one.path}.".startswith(f"{session}.") for one in walk(call))


def _method(call: r.Call) -> str:
    return call.func.path.rpartition(".")[2] if isinstance(call.func, r.Name) else getattr(call.func, "name", "")


def _make(sites: tuple[Site, ...], flush: str, commits: tuple[Commit, ...], sources: Sources) -> tuple[Edit, ...]:
    from txlint.fixing.tree.calls import renamed
    from txlint.fixing.tree.grouping import committed

    return (*(edit for site in sites for edit in renamed(sources, site, flush)), *committed(sources, commits))
