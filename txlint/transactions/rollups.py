"""Work that is committed in pieces which can each be repeated: most likely on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from txlint.project.model import Func
from txlint.project.project import Project
from txlint.transactions.pieces import Piece, Pieces
from txlint.transactions.sessions import Sessions


@dataclass(frozen=True, slots=True)
class Rollup:
    """A function, and the calls in it that each commit an upsert."""

    func: Func
    pieces: tuple[Piece, ...]


class Rollups:
    """Finds functions all of whose pieces write so that a second run does no harm."""

    def __init__(self, project: Project, sessions: Sessions, pieces: Pieces) -> None:
        self._project, self._sessions, self._pieces = project, sessions, pieces

    def of(self, func: Func) -> Rollup | None:
        """The pieces of a function, where every one of them is an upsert."""
        if self._pieces.of(func) is None:
            return None
        pieces = tuple(self._committing(func))
        own = any(one.kind == "commit" for one in self._sessions.endings(func))
        if not own and all(self._repeatable(one.committed.site.func) for one in pieces):
            return Rollup(func, pieces)
        return None

    def _committing(self, func: Func) -> Iterator[Piece]:
        for site in self._project.bodies[func].sites:
            if (committed := self._sessions.committed_by(site)) is not None:
                yield Piece(site, committed, True)

    def _repeatable(self, func: Func) -> bool:
        """Whether a function writes by upserts only."""
        effects = [effect for site in self._project.bodies[func].sites for effect in site.effects]
        upserts = any(effect.kind == "upsert" for effect in effects)
        return upserts and not any(effect.entry.adds for effect in effects)
