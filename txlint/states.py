"""The state of what a run has looked at: files, folders and what git lists. Imports nothing that an analysis needs."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

State = tuple[str, str, str, str, str, str, str]
"""Kind (F file, D folder, G what git lists, - nothing, ? something else), mtime, ctime, size, inode, digest, name."""


def state_of(path: str) -> State:
    """The state of a file or folder. Raises OSError."""
    kind = kind_of(path)
    if kind in "-?":
        return kind, "", "", "", "", "", path
    return kind, *_times(path), _content(kind, path), path


def is_as_it_was(then: Sequence[str]) -> bool:
    """Whether something is in the state that it was in."""
    kind, *times, digest, name = then[:7]
    if kind == "G":
        return listing(tuple(name.split("\n")))[5] == digest
    if kind in "-?" or kind != kind_of(name):
        return kind == kind_of(name)
    return times == [*_times(name)] or digest == _content(kind, name)


def _times(path: str) -> tuple[str, str, str, str]:
    found = os.stat(path)
    return str(found.st_mtime_ns), str(found.st_ctime_ns), str(found.st_size), str(found.st_ino)


def kind_of(path: str) -> str:
    """What there is: see `State`."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return "-"
    return "F" if stat.S_ISREG(mode) else "D" if stat.S_ISDIR(mode) else "?"


def _content(kind: str, path: str) -> str:
    if kind == "D":
        return digest_of("\0".join(sorted(os.listdir(path))).encode("utf-8", "surrogateescape")).decode()
    with open(path, "rb") as stream:
        return digest_of(stream.read()).decode()


def listing(asked: tuple[str, ...]) -> State:
    """What git lists in a folder: the names, and what each Python file among them is now. Raises OSError."""
    from pathlib import Path

    from txlint.git import GitError, git, names

    root, *arguments = asked
    try:
        listed = names(git(Path(root), *arguments))
    except GitError as error:
        raise OSError(str(error)) from None
    kinds = [kind_of(f"{root}/{name}") for name in listed if name.endswith(".py")]
    digest = digest_of(repr((listed, kinds)).encode("utf-8", "surrogateescape")).decode()
    return ("G", "", "", "", "", digest, "\n".join(asked))


def digest_of(data: bytes) -> bytes:
    """A digest of some content, in hexadecimal digits."""
    return blake2b(data, digest_size=16).hexdigest().encode()


def absolute(path: Any) -> str:
    """The whole path of something that was named."""
    return os.path.abspath(os.fsdecode(path))
