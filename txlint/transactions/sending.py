"""Blocks in which something is sent and then marked as sent, as if the two could succeed or fail together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.project.calls import Opening, Site
from txlint.project.model import Func, walk
from txlint.project.project import Project
from txlint.transactions.contexts import Contexts
from txlint.transactions.endings import FAMILIES
from txlint.transactions.reach import Reach
from txlint.transactions.sessions import Sessions

SENDING = ("email", "sms", "message", "external-call", "payment")
"""Effects that reach somebody, so that doing them twice is seen."""
_REPEATED = frozenset({"task", "flow"})


@dataclass(frozen=True, slots=True)
class SendAndMark:
    """A block with the call that sends and the later one that writes the same object."""

    block: Opening
    send: Site
    mark: Site
    name: str


class Sending:
    """Finds them in functions that workers run."""

    def __init__(self, project: Project, sessions: Sessions, contexts: Contexts, kinds: tuple[str, ...]) -> None:
        self._project, self._sessions, self._contexts = project, sessions, contexts
        self._sends = Reach(project, lambda site: any(effect.kind in kinds for effect in site.effects), telling=True)
        self._writes = Reach(
            project, lambda site: any(effect.kind == "database-write" for effect in site.effects), telling=True
        )
        self._kinds = kinds

    def of(self, func: Func) -> Iterator[SendAndMark]:
        """The blocks of a function, each once."""
        if not any(one.state.kind in _REPEATED for one in self._contexts.of(func)):
            return
        known: set[int] = set()
        for send in self._project.bodies[func].sites:
            block = send.opened[-1] if send.opened else None
            if block is None or block.func is not func or id(block) in known or not self._has(send, self._kinds, self._sends):
                continue
            for mark in self._sessions.order(func).following(send):
                name = self._about_both(send, mark)
                if name and mark is not send and block in mark.opened and self._has(mark, ("database-write",), self._writes):
                    known.add(id(block))
                    yield SendAndMark(block, send, mark, name)
                    break

    def _has(self, site: Site, kinds: tuple[str, ...], reach: Reach) -> bool:
        return any(effect.kind in kinds for effect in site.effects) or reach.through(site)

    def _about_both(self, send: Site, mark: Site) -> str | None:
        """The variable that is sent and whose own method then writes."""
        owner = mark.call.func.path.rpartition(".")[0] if isinstance(mark.call.func, r.Name) else ""
        given = {part.path for arg in send.call.args for part in walk(arg.value) if isinstance(part, r.Name)}
        wanted = owner.partition(".")[0]
        if not owner or any(effect.kind == "database-write" and effect.family in FAMILIES for effect in mark.effects):
            return None  # a session writes for everybody, and is nothing that is sent itself
        return owner if any(f"{one}.".startswith(f"{wanted}.") for one in given) else None
