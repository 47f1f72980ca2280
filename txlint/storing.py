"""Files of txlint's own that are written whole or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

MODE = 0o644


def store(path: Path, data: bytes) -> None:
    """Replace a file, or make it. What is no regular file (a pipe, /dev/stdout) is written to. Raises OSError."""
    path = path.resolve()
    mode = path.stat().st_mode if path.exists() else stat.S_IFREG | MODE
    if not stat.S_ISREG(mode):
        path.write_bytes(data)
        return
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(stat.S_IMODE(mode))
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
