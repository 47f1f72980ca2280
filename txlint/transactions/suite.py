"""The project's own tests, which are not analysed, as text: what they name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cached_property

Texts = Callable[[], Iterable[bytes]]


class Suite:
    """Which words the files of the tests hold; they are read when that is asked for the first time."""

    def __init__(self, read: Texts = tuple) -> None:
        self._read = read

    def names(self, word: str) -> bool:
        """Whether a test names something: calls it, waits for it, or puts a stand-in in its place."""
        return word in self._words

    def is_like(self, other: Suite) -> bool:
        """Whether another one gives the answers that this one has given."""
        return "_words" not in vars(self) or self._words == other._words

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(word.decode("ascii") for text in self._read() for word in re.findall(rb"[A-Za-z_][A-Za-z0-9_]*", text))
