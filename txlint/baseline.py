"""The baseline: findings that a project has known since it began to use txlint, in a file that goes into its repository.

An entry is a fingerprint, so it survives whatever moves lines; the rest of it is for people and for merges.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec import Struct

from txlint.errors import UserError
from txlint.findings import Finding
from txlint.storing import store

FILE_NAME = "txlint-baseline.json"
VERSION = 1
MAX_BYTES = 64 * 1024 * 1024
BASELINED = "in the baseline"
"""The mark of a finding that has an entry."""


class Entry(Struct, frozen=True, order=True, forbid_unknown_fields=True):
    """One known finding."""

    path: str
    function: str
    code: str
    message: str
    fingerprint: str


class _Document(Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    findings: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Baseline:
    """The entries of a file."""

    file: Path
    entries: tuple[Entry, ...] = ()

    @property
    def fingerprints(self) -> frozenset[str]:
        """What its entries stand for."""
        return frozenset(entry.fingerprint for entry in self.entries)

    def stale(self, findings: Iterable[Finding], judged: frozenset[str], known: frozenset[str]) -> tuple[Entry, ...]:
        """Entries that nothing matches any more, of the rules that were `judged` and those that are not `known` at all."""
        found = {finding.fingerprint for finding in findings if finding.suppressed == BASELINED}
        return tuple(
            entry
            for entry in self.entries
            if entry.fingerprint not in found and (entry.code in judged or entry.code not in known)
        )


def read(file: Path) -> Baseline | None:
    """The baseline in a file; None where there is no file. Raises UserError with file, line and remedy where it is none."""
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UserError(f"{file}: cannot be read: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise UserError(f"{file}: larger than {MAX_BYTES} bytes; is this a baseline?")
    try:
        document = msgspec.json.decode(data, type=_Document)
    except msgspec.DecodeError as error:
        place = re.search(r"byte (\d+)", str(error))
        row = data.count(b"\n", 0, int(place[1])) + 1 if place else 1
        raise UserError(f"{file}:{row}: {error}; after a merge keep the entries of both sides and no conflict marks") from None
    except UnicodeDecodeError:
        raise UserError(f"{file}: not UTF-8; save it as UTF-8") from None
    except RecursionError:
        raise UserError(f"{file}: nested too deeply; is this a baseline?") from None
    if document.version != VERSION:
        raise UserError(f"{file}: version {document.version}, but this txlint writes {VERSION}; update txlint")
    return Baseline(file, document.findings)


def entries_of(findings: Iterable[Finding]) -> tuple[Entry, ...]:
    """An entry for each finding that is reported, or would be without its entry."""
    return tuple(
        Entry(one.location.path, one.function, one.code, one.message, one.fingerprint)
        for one in findings
        if one.suppressed in (None, BASELINED)
    )


def write(file: Path, entries: Iterable[Entry]) -> None:
    """Replace the file, one line an entry and in an order that keeps merges small. Raises UserError."""
    lines = ",\n".join(msgspec.json.encode(entry).decode() for entry in sorted(set(entries)))
    text = f'{{"version": {VERSION}, "findings": [\n{lines}\n]}}\n' if lines else f'{{"version": {VERSION}, "findings": []}}\n'
    try:
        store(file, text.encode())
    except OSError as error:
        raise UserError(f"{file}: cannot be written: {error.strerror}") from None


def risen(former: Sequence[Entry], present: Sequence[Entry]) -> dict[str, tuple[int, int]]:
    """Former and present number of entries of each rule that has more of them."""
    before, now = Counter(entry.code for entry in former), Counter(entry.code for entry in present)
    return {code: (before[code], count) for code, count in sorted(now.items()) if count > before[code]}
