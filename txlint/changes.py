"""What a change is: the project as it was at a commit, and the functions that are not as they were."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from txlint.facts.records import Function, ModuleFacts
from txlint.filekinds import SOURCES
from txlint.findings import Finding
from txlint.git import GitError, git, names
from txlint.locations import Location

ALIKE = 0.5
"""The share of common lines from which a file that has gone and one that has come are one that was renamed, as in git."""


@dataclass(frozen=True, slots=True)
class Base:
    """The Python files of a project as they were at a commit; read from git's objects, so nothing is checked out."""

    commit: str
    sources: Mapping[str, bytes]
    """By path relative to the project root."""


def base(root: Path, ref: str, wanted: Callable[[str], bool], max_bytes: int = 0) -> Base:
    """The project at a commit, as far as its paths are wanted. Raises GitError."""
    named = commit(root, ref)
    listed = [entry for entry in _tree(root, named) if wanted(entry[0]) and not (max_bytes and entry[2] > max_bytes)]
    texts = _texts(root, tuple(object_id for _, object_id, _ in listed))
    return Base(named, {path: text for (path, _, _), text in zip(listed, texts, strict=True)})


def commit(root: Path, ref: str) -> str:
    """The id of the commit that a name means. Raises GitError."""
    if not ref or ref.startswith("-"):
        raise GitError(f"`{ref}` is no commit")
    try:
        return git(root, "rev-parse", "--verify", "--end-of-options", f"{ref}^{{commit}}").decode().strip()
    except GitError as error:
        raise GitError(f"`{ref}` is no commit: {error}") from None


def fork(root: Path, ref: str) -> str:
    """The commit at which the checkout left a branch: what others have done there since then is no change. Raises GitError."""
    named = commit(root, ref)
    try:
        return git(root, "merge-base", named, "HEAD").decode().strip()
    except GitError:
        raise GitError(f"no common commit of `{ref}` and HEAD; fetch more of the history (in CI, `fetch-depth: 0`)") from None


def _tree(root: Path, commit: str) -> Iterator[tuple[str, str, int]]:
    """Path, object and size of the regular Python files; links and submodules are none."""
    for entry in names(git(root, "ls-tree", "-r", "-z", "-l", commit)):
        described, _, path = entry.partition("\t")
        mode, _, object_id, size = described.split()
        if mode.startswith("100") and path.endswith(SOURCES):
            yield path, object_id, int(size) if size.isdecimal() else 0  # The size of a missing object is not known.


def _texts(root: Path, objects: tuple[str, ...]) -> Iterator[bytes]:
    """The contents of objects, each preceded by a line that ends with its size and followed by a newline."""
    output = git(root, "cat-file", "--batch", stdin="".join(f"{one}\n" for one in objects).encode()) if objects else b""
    at = 0
    for one in objects:
        head = output[at : output.index(b"\n", at)]
        if head.endswith(b" missing"):
            raise GitError(f"object {one} is missing; fetch it, or the whole history")
        start = at + len(head) + 1
        at = start + int(head.split()[-1])
        yield output[start:at]
        at += 1


def renames(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> dict[str, str]:
    """Former path -> present path of the files that have moved: of those that have gone, the most alike that has come."""
    come = {path: Counter(after[path].splitlines()) for path in sorted(after.keys() - before.keys())}
    found: dict[str, str] = {}
    for path in sorted(before.keys() - after.keys()):
        lines = Counter(before[path].splitlines())
        likeness = {new: _likeness(lines, text) for new, text in come.items()}
        best = max(likeness, key=lambda new: likeness[new], default="")
        if best and likeness[best] >= ALIKE:
            found[path] = best
            del come[best]
    return found


def _likeness(one: Counter[bytes], other: Counter[bytes]) -> float:
    larger = max(one.total(), other.total())
    if not larger or min(one.total(), other.total()) < ALIKE * larger:
        return 0
    return (one & other).total() / larger


@dataclass(frozen=True, slots=True)
class Change:
    """What of one file is not as it was."""

    functions: Mapping[str, tuple[int, int]]
    """First and last row of the new and changed functions, by qualified name."""
    rows: frozenset[int]
    """The lines that the file did not have."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What of the present files is not as it was at a commit."""

    commit: str
    files: Mapping[str, Change] = field(default_factory=dict)
    """By present path; a file without any change is left out."""

    def at(self, place: Location) -> str | None:
        """The changed function at a place, `<module>` for a changed line outside of them, None where nothing changed."""
        if not (change := self.files.get(place.path)):
            return None
        around = [name for name, (first, last) in change.functions.items() if first <= place.row <= last]
        if around:
            return min(around, key=lambda name: change.functions[name][1] - change.functions[name][0])
        return "<module>" if place.row in change.rows else None

    def cause(self, finding: Finding) -> str:
        """The first changed function, as `FILE:function`, on the way to a finding; empty where none is."""
        for place in (*(step.location for step in finding.trace), *(step.location for step in finding.related)):
            if name := self.at(place):
                return f"{place.path}:{name}"
        return ""


def changes(
    base: Base, then: Mapping[str, ModuleFacts], now: Mapping[str, ModuleFacts], read: Callable[[str], bytes]
) -> Changes:
    """What of the files with facts `now` differs from the base, whose facts are `then`."""
    moved = {new: old for old, new in renames(base.sources, {path: read(path) for path in now}).items()}
    found = {}
    for path, facts in now.items():
        old, source = moved.get(path, path), read(path)
        before = base.sources.get(old, b"")
        if source != before:
            known = set(before.splitlines())
            rows = frozenset(row for row, line in enumerate(source.splitlines(), 1) if line not in known)
            former = _functions(then[old], before) if old in then else {}
            present = _functions(facts, source)
            same = {name for name in former.keys() & present.keys() if former[name][1] == present[name][1]}
            found[path] = Change({name: span for name, (span, _) in present.items() if name not in same}, rows)
    return Changes(base.commit, {path: change for path, change in found.items() if change.functions or change.rows})


@dataclass(frozen=True, slots=True)
class Past:
    """What a project is compared with."""

    changes: Changes
    known: Callable[[], frozenset[str]]
    """The fingerprints of the findings that the commit has too; asking costs an analysis of it."""
    new_only: bool = False
    """Whether findings in the focus are left out too if the commit has them."""


Text = tuple[bytes, ...]


def _functions(facts: ModuleFacts, source: bytes) -> dict[str, tuple[tuple[int, int], Text]]:
    """Rows and text of the functions by qualified name; several of one name (a property's) count as one."""
    lines, found = source.splitlines(), dict[str, tuple[tuple[int, int], Text]]()
    for function in facts.functions[1:]:
        if function.name == "<lambda>":
            continue
        first = _first(function, lines)
        depth = len(lines[first - 1]) - len(lines[first - 1].lstrip())
        text = tuple(line[depth:].rstrip() for line in lines[first - 1 : function.end_line] if line.strip())
        (start, _), more = found.get(function.qualname, ((first, 0), ()))
        found[function.qualname] = ((start, function.end_line), (*more, *text))
    return found


def _first(function: Function, lines: list[bytes]) -> int:
    """The row at which a function begins with its decorators: whatever stands directly above it at its depth."""
    row = function.line
    while function.decorators and row > 1 and lines[row - 2].strip():
        row -= 1
    return row


def within(paths: Iterable[str]) -> Callable[[str], bool]:
    """Whether a path is one of these files, or in one of these folders."""
    wanted = frozenset(paths)
    return lambda path: path in wanted or any(str(above) in wanted for above in _above(path))


def _above(path: str) -> Iterator[str]:
    while path := os.path.dirname(path):  # noqa: PTH120  These are git's paths: always with slashes, on any system.
        yield path
