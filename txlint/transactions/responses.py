"""Dependencies of web endpoints that commit when the client has its answer already."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.project.calls import Entry, nested_statements
from txlint.project.model import Func, expressions, walk
from txlint.project.project import Project
from txlint.transactions.endings import Ending
from txlint.transactions.providers import provider_calls
from txlint.transactions.reach import Reach, may_write
from txlint.transactions.sessions import Sessions

_SCOPE = "scope"
_EARLY = r.Const("function")


@dataclass(frozen=True, slots=True)
class LateCommit:
    """A provider that commits after its `yield`, and an endpoint that writes and leaves the commit to it."""

    provider: Func
    commit: Ending
    endpoint: Func
    entry: Entry


class Responses:
    """Finds the providers of endpoints that commit after the answer."""

    def __init__(self, project: Project, sessions: Sessions) -> None:
        self._project, self._sessions = project, sessions
        self._writing = Reach(project, may_write, telling=True)

    def late(self) -> Iterator[LateCommit]:
        """The late commits of a project, one for each provider."""
        known: set[Func] = set()
        for func, entries in self._project.entries.items():
            view = next((one for one in entries if one.kind == "view"), None)
            if view is None or func not in self._writing or self._commits(func):
                continue
            for provider in self._late(func):
                commit = self._commit(provider)
                if provider not in known and commit is not None:
                    known.add(provider)
                    yield LateCommit(provider, commit, func, view)

    def _late(self, func: Func) -> Iterator[Func]:
        """The generators that an endpoint gets its parameters from and that end after the answer."""
        for param in func.record.params:
            for call, scope in provider_calls(self._project, param, func):
                early = any(arg.keyword == _SCOPE and arg.value == _EARLY for arg in call.args)
                for one in () if early else self._project.inference.annotations.providers(call, scope):
                    if one.record.is_generator:
                        yield one

    def _commit(self, provider: Func) -> Ending | None:
        """The commit on a provider's way without an error, after what it yields."""
        lines = [value.line for value in _yields(provider)]
        for ending in self._sessions.endings(provider):
            if ending.kind == "commit" and not ending.site.handlers and lines and ending.site.line > min(lines):
                return ending
        return None

    def _commits(self, func: Func) -> bool:
        return any(self._sessions.is_commit(site, func) for site in self._project.bodies[func].sites)


def _yields(func: Func) -> list[r.Yield]:
    found = (part for node in nested_statements(func.record.body) for expr in expressions(node) for part in walk(expr))
    return [one for one in found if isinstance(one, r.Yield)]
