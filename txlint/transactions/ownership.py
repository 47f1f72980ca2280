"""Right patterns of sessions: who makes, commits, rolls back and closes them."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.facts import records as r
from txlint.project.calls import Site
from txlint.project.model import Func
from txlint.transactions.analysis import Analysis
from txlint.transactions.endings import BORROWED, Ending, is_item
from txlint.transactions.providers import EXITS
from txlint.transactions.recognised import Pattern, sighted


def session_patterns(analysis: Analysis, func: Func) -> Iterator[Pattern]:
    """The patterns of a function's sessions."""
    endings = analysis.sessions.endings(func)
    commits = [one for one in endings if one.kind == "commit"]
    yield from _meant(analysis, func, commits)
    yield from _scope(analysis, func, endings)
    yield from _flushing(analysis, func, commits)
    yield from _boundary(analysis, func, endings, commits)
    yield from _recorded(analysis, func, endings)
    if (found := analysis.rollups.of(func)) is not None:
        yield sighted(analysis, "P4", func, *((one.site, "commits an upsert") for one in found.pieces))


def _meant(analysis: Analysis, func: Func, commits: list[Ending]) -> Iterator[Pattern]:
    """Commits that are a claim (P8) or the progress of a loop whose items may fail (P9)."""
    for one in commits:
        why = analysis.sessions.why_right(one, func)
        if why == "claim":
            yield sighted(analysis, "P8", func, (one.site, "commits what was claimed under a lock"))
        elif is_item(one.site) or (why == "progress" and one.site.handlers and one.site.loops):
            yield sighted(analysis, "P9", func, (one.site, "commits each item"), (one.site.loops[-1].line, "of this loop"))


def _scope(analysis: Analysis, func: Func, endings: tuple[Ending, ...]) -> Iterator[Pattern]:
    """A context manager that commits its block, and loses neither the session nor an error (P11, P12)."""
    commit = next((one for one in endings if one.kind == "commit" and not one.site.handlers), None)
    rolls = next((one for one in endings if one.kind in ("rollback", "close")), None)
    if commit is None or rolls is None or any(analysis.scopes.leaks(func)):
        return
    if func.cls is not None and func.record.name in EXITS:
        yield sighted(analysis, "P12", func, (commit.site, "commits the work"), (rolls.site, "or ends it"))
    elif func.record.is_generator and analysis.project.inference.decorators.is_context_manager(func):
        yield sighted(analysis, "P11", func, (commit.site, "commits the block"), (rolls.site, "or undoes it"))


def _flushing(analysis: Analysis, func: Func, commits: list[Ending]) -> Iterator[Pattern]:
    """A function that was given a session, flushes it and commits nothing (P14)."""
    if commits or func.parent is None:
        return
    flushed = _first(analysis, func, "flush")
    if flushed is None or analysis.sessions.is_commit(flushed, func) or not isinstance(flushed.call.func, r.Name):
        return
    session = flushed.call.func.path.rpartition(".")[0]
    committing = any(analysis.sessions.is_commit(site, func) for site in analysis.calls(func))
    if analysis.sessions.source(session, func) in BORROWED and not committing and _first(analysis, func, "database-write"):
        yield sighted(analysis, "P14", func, (flushed, "flushes, and leaves the commit to whoever made the session"))


def _boundary(analysis: Analysis, func: Func, endings: tuple[Ending, ...], commits: list[Ending]) -> Iterator[Pattern]:
    """One commit in the function that has the session, and a rollback for its failure (P15)."""
    if len(commits) != 1 or func.record.is_generator or func.record.name in EXITS or analysis.pieces.of(func) is not None:
        return
    commit = commits[0]
    for ending in endings:
        handler = ending.site.handlers[-1] if ending.kind == "rollback" and ending.site.handlers else None
        if handler is not None and any(handler in node.handlers for node in commit.site.tries):
            owner = analysis.sessions.owner(commit) if commit.source in BORROWED else None
            if owner is None and not commit.site.loops:
                yield sighted(analysis, "P15", func, (commit.site, "the only commit"), (ending.site, "and its rollback"))
            return


def _recorded(analysis: Analysis, func: Func, endings: tuple[Ending, ...]) -> Iterator[Pattern]:
    """An error handler that rolls back first, then stores what failed and commits that (P19)."""
    order = analysis.sessions.order(func)
    for rollback in endings:
        if rollback.kind != "rollback" or not rollback.site.handlers:
            continue
        handler = rollback.site.handlers[-1]
        later = [one for one in order.following(rollback.site) if handler in one.handlers]
        written = next((one for one in later if any(effect.kind == "database-write" for effect in one.effects)), None)
        stored = next((one for one in later if analysis.sessions.is_commit(one, func)), None)
        if written is not None and stored is not None:
            yield sighted(analysis, "P19", func, (rollback.site, "rolls back first"), (written, "then records the failure"))
            return


def _first(analysis: Analysis, func: Func, kind: str) -> Site | None:
    """The first call of a function with an effect on a session."""
    sites = analysis.calls(func)
    return next((one for one in sites if any(effect.kind == kind for effect in one.effects)), None)
