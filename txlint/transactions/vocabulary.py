"""The catalogue's words in names, as patterns: evidence where nothing better is known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property


class Vocabulary:
    """Compiles them once."""

    def __init__(self, words: Mapping[str, tuple[str, ...]]) -> None:
        self._words = words

    def _any(self, kind: str) -> str:
        return "|".join(map(re.escape, self._words.get(kind, ()))) or r"(?!)"

    @cached_property
    def aside(self) -> re.Pattern[str]:
        """Names of models of what is only kept beside the work."""
        return re.compile(self._any("aside"))

    @cached_property
    def repeated(self) -> re.Pattern[str]:
        """Names of functions that make what is missing, or that the next run repeats as a whole."""
        return re.compile(rf"_*({self._any('repeated')})(_|$)")

    @cached_property
    def sending(self) -> re.Pattern[str]:
        """Names of functions that send something."""
        return re.compile(rf"(^|_)({self._any('sending')})(_|$)")

    @cached_property
    def piecewise(self) -> re.Pattern[str]:
        """Names of what is stored piece by piece on purpose."""
        return re.compile(self._any("piecewise"), re.IGNORECASE)

    @cached_property
    def asking(self) -> re.Pattern[str]:
        """Who makes a request: a row that is filled in with it belongs to nobody before that."""
        return re.compile(rf"(^|\.)({self._any('asking')})(\.|$)")

    @cached_property
    def temporary(self) -> re.Pattern[str]:
        """Names of files that nobody misses, each followed by an underscore."""
        return re.compile(self._any("temporary"), re.IGNORECASE)

    @cached_property
    def opening(self) -> frozenset[str]:
        """Functions and methods that open a file, for reading or writing as the second argument says."""
        return frozenset(self._words.get("opening", ()))

    @cached_property
    def putting(self) -> re.Pattern[str]:
        """Functions and methods that make the file which they are given."""
        return re.compile(rf"({self._any('putting')})(_|$)")
