"""Facts that stay in memory from one analysis of an editing session to the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path

from txlint.errors import NotAnalysed, Unanalysed
from txlint.extraction import Extracted, decoded, facts_of
from txlint.facts.records import ModuleFacts
from txlint.workers import Pool

A_FEW = 8
"""So many new texts are read by the worker that stays; for more of them it is worth to start others."""
PORTION = 120
"""So many texts are read before it is asked again whether the analysis is still wanted."""


class Memory:
    """The facts of one project. A text that is broken while it is typed leaves the other files with the facts it had before."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._known: dict[bytes, ModuleFacts | NotAnalysed] = {}
        self._good: dict[str, ModuleFacts] = {}

    def facts_of(
        self, sources: Mapping[str, bytes], cache: Path | None, jobs: int | None, pulse: Callable[[], None]
    ) -> Extracted:
        """The facts of every file; only texts that were not there the last time are read. `pulse` may raise to stop it."""
        notes = self._learn({text: path for path, text in sources.items() if text not in self._known}, cache, jobs, pulse)
        self._known = {text: self._known[text] for text in sources.values()}
        facts, unanalysed = {}, []
        for path, text in sources.items():
            match self._known[text]:
                case NotAnalysed(reason=reason, row=row, column=column):
                    unanalysed.append(Unanalysed(path, reason, row, column))
                    if path in self._good:
                        facts[path] = self._good[path]
                case found:
                    facts[path] = found
        self._good = facts
        return Extracted(facts, tuple(unanalysed), notes)

    def _learn(
        self, missing: Mapping[bytes, str], cache: Path | None, jobs: int | None, pulse: Callable[[], None]
    ) -> tuple[str, ...]:
        if len(missing) <= A_FEW:
            self._known |= decoded(tuple(missing), self._pool.map(tuple(missing)))
            return ()
        notes: dict[str, None] = {}
        todo = iter(missing.items())
        while portion := dict(islice(todo, PORTION)):
            pulse()
            found = facts_of({path: text for text, path in portion.items()}, cache, jobs)
            failed = {one.path: NotAnalysed(one.reason, one.row, one.column) for one in found.unanalysed}
            self._known |= {text: found.facts.get(path) or failed[path] for text, path in portion.items()}
            notes |= dict.fromkeys(found.notes)
        return tuple(notes)
