"""Which files a project consists of."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec

from txlint.errors import Unanalysed, UserError
from txlint.filekinds import SOURCES
from txlint.git import GitError, git, names

Excluded = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Discovered:
    """The Python and SQL files of a project, by sorted path relative to its root, and what cannot be analysed."""

    files: tuple[str, ...]
    unanalysed: tuple[Unanalysed, ...] = ()


def discover(root: Path, exclude: Iterable[str], max_file_size: int = 0) -> Discovered:
    """Every regular Python or SQL file below the root that neither git nor the configuration leaves out."""
    excluded = excluding(exclude)
    files, unread = list[str](), list[Unanalysed]()
    listed = _listed_by_git(root) or _walked(root, excluded, unread)
    for name in sorted(set(_regular(root, listed, excluded, unread))):
        if max_file_size and (root / name).stat().st_size > max_file_size:
            unread.append(Unanalysed(name, f"larger than max-file-size ({max_file_size} bytes)"))
        else:
            files.append(name)
    return Discovered(tuple(files), tuple(unread))


def excluding(exclude: Iterable[str], where: str = "exclude") -> Excluded:
    """Whether patterns as in .gitignore leave a path out. Raises UserError for one that is none."""
    try:
        return GitIgnoreSpec.from_lines(exclude).match_file
    except ValueError as error:
        raise UserError(f"{where}: {error}; write patterns as in .gitignore") from None


def is_ignored_by_git(root: Path, path: Path) -> bool:
    """Whether git leaves the path out, so that no commit can have put it there; True outside of a checkout."""
    return not _listed_by_git(root, "--", str(path))


def _listed_by_git(root: Path, *which: str) -> tuple[str, ...]:
    """What git lists; nothing where it is missing, refuses or fails: then the folders are walked."""
    try:
        return names(git(root, "ls-files", "-co", "--exclude-standard", "-z", *which))
    except GitError:
        return ()


def _regular(root: Path, listed: Iterable[str], excluded: Excluded, unread: list[Unanalysed]) -> Iterator[str]:
    """The regular files of these kinds among the names; a folder (git lists submodules as such) is walked."""
    for name in listed:
        try:
            mode = (root / name).lstat().st_mode
        except OSError:  # Deleted, but still in git's index.
            continue
        if stat.S_ISDIR(mode) and not excluded(name):
            yield from _regular(root, _walked(root, excluded, unread, name.rstrip("/")), excluded, unread)
        elif stat.S_ISREG(mode) and name.endswith(SOURCES) and not excluded(name):
            yield name


def _walked(root: Path, excluded: Excluded, unread: list[Unanalysed], below: str = "") -> Iterator[str]:
    """Every such file below a folder, as far as no .gitignore on the way leaves it out; folders that refuse are noted."""
    pending: list[tuple[str, tuple[tuple[str, GitIgnoreSpec], ...]]] = [(below, ())]
    while pending:
        folder, ignores = pending.pop()
        try:
            entries = sorted(os.scandir(root / folder), key=lambda entry: entry.name)
        except OSError as error:
            unread.append(Unanalysed(folder or ".", f"cannot be read: {os.strerror(error.errno or 0)}"))
            continue
        present = {entry.name for entry in entries}
        if "pyvenv.cfg" in present:  # A virtual environment, whatever its name.
            continue
        if ".gitignore" in present and (spec := _ignore_file(root / folder / ".gitignore")):
            ignores = (*ignores, (folder, spec))
        for entry in entries:
            name = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                if not excluded(f"{name}/") and not _ignored(f"{name}/", ignores):
                    pending.append((name, ignores))
            elif name.endswith(SOURCES) and not _ignored(name, ignores):
                yield name


def _ignore_file(path: Path) -> GitIgnoreSpec | None:
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return None
        return GitIgnoreSpec.from_lines(path.read_text(encoding="utf-8", errors="replace").splitlines())
    except (OSError, ValueError):
        return None


def _ignored(name: str, ignores: tuple[tuple[str, GitIgnoreSpec], ...]) -> bool:
    """The nearest .gitignore that has something to say decides."""
    for folder, spec in reversed(ignores):
        decision = spec.check_file(name[len(folder) + 1 :] if folder else name).include
        if decision is not None:
            return decision
    return False


def read_regular(path: Path) -> bytes:
    """The bytes of a file that was regular when it was found, and still must be: opening a FIFO would wait for ever."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as stream:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "no regular file")
        return stream.read()
