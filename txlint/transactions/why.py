"""Why: everything that the analysis knows about the transactions at one line, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass

from txlint.errors import UserError, did_you_mean
from txlint.facts import records as r
from txlint.findings import Step
from txlint.locations import Location
from txlint.project.calls import Edge, Opening, Site, nested_statements
from txlint.project.lineage import written
from txlint.project.model import Func, Module
from txlint.project.wording import in_words, origin_of
from txlint.transactions.analysis import Analysis
from txlint.transactions.committers import committer
from txlint.transactions.contexts import entered
from txlint.transactions.endings import FAMILIES, Ending, session_of, session_path
from txlint.transactions.gaps import Note, gaps, settings_notes
from txlint.transactions.starts import other_starts
from txlint.transactions.states import StateHere, distinct, state_here

_BORROWED = {
    "parameter": "given by the caller",
    "attribute": "an attribute that is set from outside",
    "global": "shared by the whole module",
}


@dataclass(frozen=True, slots=True)
class EffectHere:
    """What a call does, and which entry of the catalogue says so."""

    kind: str
    family: str
    database: str
    origin: str
    guessed: bool
    lazy: bool


@dataclass(frozen=True, slots=True)
class SessionHere:
    """The session of a call: as written, where it comes from, and who else decides about it."""

    name: str
    source: str
    message: str
    owner: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class CallHere:
    """One call on the line."""

    text: str
    location: Location
    function: str
    resolved: tuple[str, ...]
    effects: tuple[EffectHere, ...]
    runs: tuple[Step, ...]
    opens: tuple[Note, ...]
    states: tuple[StateHere, ...]
    session: SessionHere | None
    unknown: str | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer for one line: its function, the states there, its calls, and what decides or is missing."""

    path: str
    line: int
    function: str
    location: Location
    """Where the function is defined."""
    entries: tuple[str, ...]
    """How something outside the project runs the function."""
    states: tuple[StateHere, ...]
    opened: tuple[Note, ...]
    """What the function itself has open at the line; for a definition, all that it opens."""
    calls: tuple[CallHere, ...]
    does: tuple[Step, ...]
    """For a definition: the calls in the function that have an effect."""
    settings: tuple[Note, ...]
    unknown: tuple[Note, ...]


def explain(analysis: Analysis, path: str, line: int) -> Explanation:
    """What is known about a line. Raises UserError where there is no such file or line."""
    module = _module(analysis, path, line)
    func, defined = _function(analysis, module, line)
    sites = () if defined else _sites(analysis, module, line)
    opened = analysis.project.resolver.openers.wrappings.of(func).opened if defined else _opened(analysis, func, line)
    contexts = distinct(entered(one, opened) for one in analysis.contexts.of(func))
    also = other_starts(analysis, func, opened, contexts, sites)
    shown = tuple(one for one, _ in analysis.boundaries.of(func)) if defined else opened
    body = analysis.calls(func)
    return Explanation(
        path,
        line,
        analysis.name(func),
        analysis.traces.function(func),
        tuple(dict.fromkeys(entry.why for entry in analysis.entries(func))),
        tuple(state_here(analysis, one, also.get(one.state, ())) for one in contexts),
        tuple(_opening(analysis, one) for one in shown),
        tuple(_call(analysis, one) for one in sites),
        tuple(Step(analysis.location(one), _does(one)) for one in body if one.effects) if defined else (),
        tuple(settings_notes(analysis, contexts, [one for site in (sites or body) for one in site.effects])),
        tuple(gaps(analysis, func, contexts, sites or (body if defined else ()))),
    )


# --- where -----------------------------------------------------------------------------------------------------------------


def _module(analysis: Analysis, path: str, line: int) -> Module:
    module = analysis.project.modules.get(path)
    if module is None:
        failed = next((one for one in analysis.unanalysed if one.path == path), None)
        if failed is not None:
            raise UserError(f"{path}: could not be analysed: {failed.reason} (line {failed.row}); mend that first")
        raise UserError(f"{path}: no analysed file of the project{did_you_mean(path, analysis.project.modules)}")
    count = len(analysis.traces.places.rows(path))
    if not 0 < line <= count:
        raise UserError(f"{path}:{line}: the file has {count} lines; name one of them")
    return module


def _function(analysis: Analysis, module: Module, line: int) -> tuple[Func, bool]:
    """The innermost function around a line (lambdas are part of theirs), and whether the line is its head."""
    named = [one for one in module.functions[1:] if one.record.name != "<lambda>"]
    if analysis.traces.places.line(module.path, line).lstrip().startswith("@"):
        below = min((one for one in named if one.record.line > line), key=lambda one: one.record.line, default=None)
        if below is not None and below.record.decorators:
            return below, True
    around = [one for one in named if one.record.line <= line <= one.record.end_line]
    found = max(around, key=lambda one: (one.record.line, one.index), default=module.top)
    return found, found is not module.top and found.record.line == line


def _sites(analysis: Analysis, module: Module, line: int) -> tuple[Site, ...]:
    """The calls of a line; where none begins there, the innermost one that goes over it."""
    every = [site for func in module.functions for site in analysis.calls(func)]
    exact = tuple(site for site in every if line in (site.call.at, site.call.line))
    if exact:
        return exact
    around = [site for site in every if site.call.line <= line <= site.call.end_line]
    return (min(around, key=lambda one: one.call.end_line - one.call.line),) if around else ()


def _opened(analysis: Analysis, func: Func, line: int) -> tuple[Opening, ...]:
    """What a function has open at a line: by its decorators, and by the `with` blocks around it."""
    openers = analysis.project.resolver.openers
    found = list(openers.wrappings.of(func).opened)
    for site in analysis.calls(func):
        if site.call.line == line:
            return site.opened
    for node in nested_statements(func.record.body):
        if isinstance(node, r.With) and node.line < line <= node.end_line:
            for item in node.items:
                found += openers.of_item(item, func)
    return tuple(found)


# --- what ------------------------------------------------------------------------------------------------------------------


def _opening(analysis: Analysis, one: Opening) -> Note:
    database = "" if one.alias == "default" else f" on database {one.alias}"
    sure = "" if one.certain else ", under a condition"
    leaving = "leaving it commits" if one.commits else "leaving it does not commit"
    inner = one
    while inner.within:
        inner = inner.within[0]
    through = f", by `{inner.text}` at {inner.func.module.path}:{inner.line}" if inner is not one else ""
    message = f"`{one.text}` opens: {one.boundary} ({one.family}){database}{sure}{through}; {leaving}"
    return Note(message, analysis.place(one.func, one.line, one.text))


def _call(analysis: Analysis, site: Site) -> CallHere:
    opens = analysis.project.resolver.openers.of_item(site.call, site.func)
    return CallHere(
        analysis.written(site),
        analysis.location(site),
        analysis.name(site.func),
        tuple(dict.fromkeys(in_words(one) for one in site.types)),
        tuple(EffectHere(one.kind, one.family, one.alias, origin_of(one), one.guessed, one.entry.lazy) for one in site.effects),
        tuple(Step(analysis.traces.function(one.func), _runs(analysis, one)) for one in site.edges),
        tuple(_opening(analysis, one) for one in opens),
        tuple(state_here(analysis, one) for one in analysis.contexts.at(site)),
        _session(analysis, site),
        site.unknown,
    )


def _runs(analysis: Analysis, edge: Edge) -> str:
    how = f" ({edge.via})" if edge.via else ""
    protected = ", in a transaction that the call opens itself" if edge.protected else ""
    guess = ", a guess" if edge.guessed else ""
    return f"runs `{analysis.name(edge.func)}` {_WHEN.get(edge.when, edge.when)}{how}{protected}{guess}"


_WHEN = {
    "now": "now",
    "commit": "after the commit",
    "thread": "in another thread",
    "worker": "in a worker",
    "response": "after the response",
    "never": "never",
    "unknown": "at a time that is not known",
}


def _does(site: Site) -> str:
    return f"`{written(site.call.func)}`: " + ", ".join(one.kind for one in site.effects)


def _session(analysis: Analysis, site: Site) -> SessionHere | None:
    effect = next((one for one in site.effects if one.family in FAMILIES), None)
    name = session_of(site.call) or session_path(site.call)
    if effect is None or not name:
        return None
    source = analysis.sessions.source(name, site.func)
    if source not in _BORROWED:
        left = analysis.sessions.providers.left(site)
        made = f"made for this function: {left}" if left else "made by this function, which therefore owns it"
        made = made if source == "own" else "where it comes from could not be told"
        return SessionHere(name, source, made)
    commit = _commit(analysis, site, name)
    ending = commit or Ending(site, effect.kind, source, name, effect.guessed)
    owner = analysis.sessions.owner(ending)
    if commit is None and (owner is None or owner.stages is not None):
        owner = committer(analysis.project, analysis.sessions, ending) or owner
    keeper = analysis.sessions.keeper(name, site.func)
    message = f"the one that `{analysis.name(keeper)}` keeps for everybody" if keeper else _BORROWED[source]
    if commit is not None and commit.site is not site:
        message += f", committed by this function in line {commit.site.line}"
    elif commit is None and (later := _committing(analysis, site)) is not None:
        message += f", committed by this function in line {later.line}, by `{analysis.written(later)}`"
    message += f"; {owner.message}" if owner else "; nobody else was found who commits it"
    return SessionHere(name, source, message, analysis.traces.owner(owner) if owner else ())


def _commit(analysis: Analysis, site: Site, name: str) -> Ending | None:
    """The commit of a session in the same function: the call itself, or one that follows."""
    commits = (one for one in analysis.sessions.endings(site.func) if one.kind == "commit" and one.session == name)
    following = analysis.sessions.order(site.func).following(site)
    return next((one for one in commits if one.site is site or one.site in following), None)


def _committing(analysis: Analysis, site: Site) -> Site | None:
    """The next call in the same function that runs something which commits."""
    return next((one for one in analysis.sessions.order(site.func).following(site) if _commits(analysis, one)), None)


def _commits(analysis: Analysis, site: Site) -> bool:
    ends = (one for edge in site.edges if edge.when == "now" for one in analysis.sessions.endings(edge.func))
    return written(site.call.func).rpartition(".")[2] == "commit" and any(one.kind == "commit" for one in ends)
