"""Memoised answers to questions that may depend on themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Answer = TypeVar("Answer")
_NOTHING = object()
_PATIENCE = 3
"""Times that a question inside somebody else's cycle is worked out anew before its answer is kept as it is."""


class Memo:
    """Works each question out once.

    A question that comes up again while it is being answered gets the empty answer. What was worked out on the way then rests
    on an answer that is not final: it is kept only if the question itself was the start of the cycle.
    """

    def __init__(self) -> None:
        self._answers: dict[Hashable, object] = {}
        self._open: dict[Hashable, int] = {}
        self._lowest = 0
        self._tries: Counter[Hashable] = Counter()

    def known(self, key: Hashable) -> Any:
        """The answer to a question that was worked out before; None where it was not. Cheaper than to ask."""
        return self._answers.get(key)

    def answer(self, key: Hashable, work: Callable[[], Answer], empty: Answer) -> Answer:
        """The answer to a question, by its key."""
        known = self._answers.get(key, _NOTHING)
        if known is not _NOTHING:
            return known  # type: ignore[return-value]
        if key in self._open:
            self._lowest = min(self._lowest, self._open[key])
            return empty
        depth = len(self._open) + 1
        outer, self._lowest = self._lowest, depth
        self._open[key] = depth
        try:
            found = work()
        finally:
            del self._open[key]
            lowest, self._lowest = self._lowest, outer
        self._tries[key] += 1
        if lowest >= depth or self._tries[key] >= _PATIENCE:
            self._answers[key] = found
        if lowest < depth:
            self._lowest = min(outer, lowest)
        return found
