"""Commits and rollbacks in a block that ends its transaction by itself when it is left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.project.calls import Opening, Site, nested_statements
from txlint.project.flow import ends_in_raise
from txlint.project.model import Func, walk
from txlint.project.project import Project
from txlint.transactions.endings import FAMILIES, Ending
from txlint.transactions.order import enters_anew
from txlint.transactions.sessions import Sessions

_ENDING = frozenset({"session-commits", "connection", "atomic", "savepoint"})
_NEEDS_NONE = frozenset({"close", "rollback", "flush"})
"""What a session without a transaction answers as well; a flush has nothing to send right after a commit."""
_WITHOUT_MANUAL_END = frozenset({"connection"})
"""A driver's own connection as a block commits what is there, whatever has been committed before."""


@dataclass(frozen=True, slots=True)
class Managed:
    """An ending in a block that ends the transaction itself, and the next use of the session in the block."""

    ending: Ending
    block: Opening
    used_after: Site | None

    @property
    def in_savepoint(self) -> bool:
        """Whether the block is a savepoint, so that the whole transaction around it ends."""
        return self.block.boundary == "savepoint"


class ManagedBlocks:
    """Finds endings by hand in blocks that have one of their own."""

    def __init__(self, project: Project, sessions: Sessions) -> None:
        self._project, self._sessions = project, sessions

    def of(self, func: Func) -> Iterator[Managed]:
        """The endings by hand in the blocks of a function."""
        for ending in self._sessions.endings(func):
            if ending.kind == "close":
                continue
            for block in reversed(ending.site.opened):
                node = self._node(block, func)
                if node is None or not _manages(block) or ending.session not in _names(node, block):
                    continue
                one = Managed(ending, block, self._used_after(ending, block, node))
                if _counts(one):
                    yield one
                break

    def _node(self, block: Opening, func: Func) -> r.With | None:
        if block.func is not func:
            return None
        found = (one for one in nested_statements(func.record.body) if isinstance(one, r.With))
        return next(
            (one for one in found if any(isinstance(item, r.Call) and item.line == block.line for item in one.items)), None
        )

    def _used_after(self, ending: Ending, block: Opening, node: r.With) -> Site | None:
        """The next call in the block that needs a transaction; one in the next round of a loop around it is in a new one."""
        for site in self._sessions.order(ending.site.func).following(ending.site):
            anew = block not in site.opened or enters_anew(node.line, ending.site, site)
            if anew or any(one.kind in _NEEDS_NONE for one in site.effects):
                continue
            names = (part.path for part in walk(site.call) if isinstance(part, r.Name))
            if any(f"{name}.".startswith(f"{ending.session}.") for name in names):
                return site
        return None


def _manages(block: Opening) -> bool:
    if block.family not in FAMILIES or block.boundary not in _ENDING or not block.commits:
        return False
    return block.family == "sqlalchemy" or block.boundary not in _WITHOUT_MANUAL_END


def _names(node: r.With, block: Opening) -> set[str]:
    """What the session is called in the block: the name after `as`, and the object whose method opened it."""
    found = set()
    for item, target in zip(node.items, node.targets, strict=True):
        if isinstance(item, r.Call) and item.line == block.line:
            if isinstance(target, r.Name):
                found.add(target.path)
            if isinstance(item.func, r.Name):
                found.add(item.func.path.rpartition(".")[0])
    return found


def _counts(one: Managed) -> bool:
    """A rollback with nothing after it, or on the way out of the block, does what leaving the block would do."""
    if one.ending.kind == "commit":
        return True
    handlers = one.ending.site.handlers
    if handlers and ends_in_raise(handlers[-1].body):
        return False
    return one.in_savepoint or one.used_after is not None
