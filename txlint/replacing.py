"""Files that are replaced on disk: all of a set or none, and none that somebody else has changed meanwhile."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from txlint.discovery import read_regular
from txlint.errors import UserError


class Change(NamedTuple):
    """The bytes that a file must still have, and those that it gets."""

    old: bytes
    new: bytes


def replace_all(root: Path, changes: Mapping[str, Change]) -> None:
    """Give files below the root new contents; modes are kept. Raises UserError, with every file as it was, if one cannot."""
    targets = {path: _target(root, path) for path in changes}
    ready: dict[str, Path] = {}
    try:
        for path, change in changes.items():
            ready[path] = _written(targets[path], change.new, path)
        for path, change in changes.items():
            _unchanged(targets[path], change.old, path)
        with _uninterrupted():
            _swap(targets, ready, changes)
    finally:
        for temporary in ready.values():
            with suppress(OSError):
                temporary.unlink()


def _target(root: Path, path: str) -> Path:
    """The file itself; a link may lead to another place in the project, not out of it."""
    target = (root / path).resolve()
    if not target.is_relative_to(root.resolve()):
        raise UserError(f"{path}: is a link out of the project and was not changed; fix {target} where it belongs")
    return target


def _written(target: Path, text: bytes, path: str) -> Path:
    """A new file with the text beside the target, on disk, with the target's mode and owner."""
    temporary: Path | None = None
    try:
        if not os.access(target, os.W_OK):
            raise PermissionError(13, "read-only")
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".txlint", dir=target.parent)
        temporary = Path(name)
        with os.fdopen(handle, "wb") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        shutil.copystat(target, temporary)
        kept = target.stat()
        if (kept.st_uid, kept.st_gid) != (temporary.stat().st_uid, temporary.stat().st_gid):
            os.chown(temporary, kept.st_uid, kept.st_gid)
        return temporary
    except BaseException as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise UserError(f"{path}: cannot be written ({error.strerror}); no file was changed") from None
        raise


def _unchanged(target: Path, old: bytes, path: str) -> None:
    try:
        same = read_regular(target) == old
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); no file was changed") from None
    if not same:
        raise UserError(f"{path}: has been changed meanwhile; no file was changed, run it again")


def _swap(targets: Mapping[str, Path], ready: Mapping[str, Path], changes: Mapping[str, Change]) -> None:
    done: list[str] = []
    try:
        for path, temporary in ready.items():
            temporary.replace(targets[path])
            done.append(path)
    except OSError as error:
        for path in done:
            _written(targets[path], changes[path].old, path).replace(targets[path])
        raise UserError(f"{path}: cannot be replaced ({error.strerror}); every file is as it was") from None


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C and SIGTERM wait until all files of the set are in place."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught: list[int] = []
    handlers = {number: signal.signal(number, lambda got, _: caught.append(got)) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    for one in caught:
        signal.raise_signal(one)
