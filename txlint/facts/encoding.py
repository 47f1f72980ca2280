"""What a file says of its own encoding."""

from __future__ import annotations

import codecs
import io
import re
import tokenize

from txlint.errors import NotAnalysed

_CODECS = re.compile(
    r"utf_?8|ascii|latin|iso8859|cp\d|mac_|koi8|euc_|shift_jis|gb|big5|johab|hz|iso2022|hp_roman8|ptcp154|tis_620|utf_?16|utf_?32|kz1048|palmos"
)
"""Codecs of text; others (rot13, zip, unicode_escape, ...) are no encodings of a source file."""


def place(source: bytes, offset: int) -> tuple[int, int]:
    """Row and column of an offset, both from 1."""
    return source.count(b"\n", 0, offset) + 1, offset - source.rfind(b"\n", 0, offset)


def encoding_of(source: bytes) -> str:
    """The name of the encoding that a file declares, or else has. Raises NotAnalysed where it is none of text."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        known = _CODECS.match(codecs.lookup(encoding).name.replace("-", "_"))
    except (SyntaxError, LookupError, UnicodeError) as error:
        raise NotAnalysed(f"unknown encoding: {str(error).removeprefix('unknown encoding: ')}") from None
    if known is None:
        raise NotAnalysed(f"`{encoding}` is no encoding of source text")
    if b"\0" in source:
        raise NotAnalysed("holds a NUL byte", *place(source, source.index(b"\0")))
    return encoding
