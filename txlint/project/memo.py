"""Memoised answers to questions that may depend on themselves."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple, TypeVar

Answer = TypeVar("Answer")
_NOTHING = object()
_DEEPEST = 400
"""Questions that lead to one another; one further in is left without an answer, or Python's stack would run out."""
_ROUNDS = 12
"""Times that the questions of a cycle are worked out, from empty answers, if their answers go on changing."""


class _Waiting(NamedTuple):
    """A question whose answer rests on one that is still being worked out."""

    key: Hashable
    work: Callable[[], Any]
    empty: Any


class Memo:
    """Works each question out once; what it answers does not depend on which question is asked first.

    Questions that depend on each other are worked out together: all of them from the empty answer, then all of them from what
    that gave, until nothing changes.
    """

    def __init__(self) -> None:
        self._answers: dict[Hashable, object] = {}
        self._now: dict[Hashable, object] = {}
        """What is said for now of the questions that are being worked out, and of those that rest on them."""
        self._levels: dict[Hashable, int] = {}
        """On how far out a question the present answer rests, for each of these: its place among those being worked out."""
        self._waiting: list[_Waiting] = []
        self._depth = self._lowest = 0

    def known(self, key: Hashable) -> Any:
        """The answer to a question that was worked out before; None where it was not. Cheaper than to ask."""
        return self._answers.get(key)

    def answer(self, key: Hashable, work: Callable[[], Answer], empty: Answer) -> Answer:
        """The answer to a question, by its key."""
        known = self._answers.get(key, _NOTHING)
        if known is not _NOTHING:
            return known  # type: ignore[return-value]
        level = self._levels.get(key)
        if level is not None:
            self._lowest = min(self._lowest, level)
            return self._now[key]  # type: ignore[return-value]
        if self._depth >= _DEEPEST:
            return empty
        depth, outer, before = self._depth + 1, self._lowest, len(self._waiting)
        self._now[key], self._levels[key] = empty, depth
        self._depth, self._lowest = depth, depth + 1
        try:
            found = work()
            if self._lowest == depth:
                self._waiting.append(_Waiting(key, work, empty))
                found = self._together(before, depth)
            elif self._lowest < depth:
                self._waiting.append(_Waiting(key, work, empty))
                self._now[key], self._levels[key] = found, self._lowest
            else:
                self._answers[key] = found
                del self._now[key], self._levels[key]
            outer = min(outer, self._lowest)
        except BaseException as error:
            self._forget(key, before)
            if depth > 1 or not isinstance(error, RecursionError):
                raise
            found = self._answers[key] = empty  # it leads back to itself without end
        finally:
            self._depth, self._lowest = depth - 1, outer
        return found

    def _together(self, before: int, depth: int) -> Any:
        """Work out the questions of a cycle, as far as it turns out to reach; the answer of the one that it was entered by."""
        head, members, rounds = self._waiting[-1].key, tuple[_Waiting, ...](), 0
        while rounds < _ROUNDS:
            if len(members) < len(self._waiting) - before:
                members, rounds = tuple(self._waiting[before:]), 0
                self._now |= {one.key: one.empty for one in members}
                self._levels |= dict.fromkeys([one.key for one in members], depth)
            found = {one.key: one.work() for one in members}
            same, rounds = all(self._now[key] == one for key, one in found.items()), rounds + 1
            self._now |= found
            if same and len(members) == len(self._waiting) - before:
                break
        if self._lowest < depth:  # what they answer now leads to a question further out
            self._levels |= dict.fromkeys([one.key for one in members], self._lowest)
            return self._now[head]
        self._lowest = depth + 1
        for one in members:
            self._answers[one.key] = self._now.pop(one.key)
            del self._levels[one.key]
        del self._waiting[before:]
        return self._answers[head]

    def _forget(self, key: Hashable, before: int) -> None:
        """Leave nothing behind of a question that could not be worked out."""
        for one in (key, *(waiting.key for waiting in self._waiting[before:])):
            self._now.pop(one, None)
            self._levels.pop(one, None)
        del self._waiting[before:]
