"""From the bytes of one file to its facts."""

from __future__ import annotations

from txlint.facts import native
from txlint.facts.encoding import encoding_of
from txlint.facts.nesting import check_nesting, looks_deep
from txlint.facts.records import ModuleFacts


def read(source: bytes) -> ModuleFacts:
    """The facts of a file. Raises NotAnalysed with the reason and the place where it cannot be read as Python."""
    encoding = encoding_of(source)
    if looks_deep(source):
        check_nesting(source)
    found = native.facts(source) if encoding in ("utf-8", "utf-8-sig") else None
    return found or _by_libcst(source)


def _by_libcst(source: bytes) -> ModuleFacts:
    """What Python's own parser has not read: newer syntax than its own, and whatever is wrong."""
    check_nesting(source)
    from txlint.facts.extract import extract  # Imports libcst, which most runs can do without.

    return extract(source)
