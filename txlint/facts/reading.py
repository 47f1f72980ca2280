"""From the bytes of one file to its facts."""

from __future__ import annotations

from txlint.errors import NotAnalysed
from txlint.facts import native
from txlint.facts.encoding import encoding_of
from txlint.facts.nesting import check_nesting, looks_deep
from txlint.facts.records import ModuleFacts

_NATIVE = ("utf-8", "utf-8-sig")


def read(source: bytes) -> ModuleFacts:
    """The facts of a file. Raises NotAnalysed with the reason and the place where it cannot be read as Python."""
    encoding = encoding_of(source)
    if looks_deep(source):
        check_nesting(source)
    found = native.facts(source) if encoding in _NATIVE else None
    return found or _by_libcst(source)


def read_natively(source: bytes) -> ModuleFacts | None:
    """The facts of a file where Python's own parser takes it at once; None where more than that has to be tried."""
    try:
        takes = encoding_of(source) in _NATIVE and not looks_deep(source)
    except NotAnalysed:
        return None
    return native.facts(source) if takes else None


def _by_libcst(source: bytes) -> ModuleFacts:
    """What Python's own parser has not read: newer syntax than its own, and whatever is wrong."""
    check_nesting(source)
    from txlint.facts.extract import extract  # Imports libcst, which most runs can do without.

    return extract(source)
