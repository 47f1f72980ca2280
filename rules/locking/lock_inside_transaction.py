"""TX403: a lock is released before the transaction that it guards is committed."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Step, Violation, lock_first, released_early, rule


@rule("TX403")
def lock_inside_transaction(analysis: Analysis) -> Iterator[Violation]:
    for found in released_early(analysis.project, analysis.contexts, analysis.handling.writes, analysis.functions()):
        place = analysis.place(found.func, found.line, found.text)
        way = analysis.way(found.context) if found.context is not None and found.block is None else ()
        opened = (
            (Step(analysis.place(found.func, found.block.line, found.block.text), "the transaction is opened first"),)
            if found.block is not None
            else ()
        )
        yield Violation(
            place,
            analysis.name(found.func),
            f"`{found.text}` is released before the transaction commits: the next holder does not see what was written",
            "take the lock first, and open the transaction inside it",
            found.text,
            (
                *way,
                *opened,
                Step(place, f"`{found.text}` is taken inside the transaction"),
                Step(analysis.location(found.write), "this is written, and committed after the lock is released"),
            ),
            fix=lock_first(found),
        )
