"""Where a command writes to, and the code that it exits with."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import IO

from txlint.errors import UserError

CLEAN, FINDINGS, INCOMPLETE, INTERRUPTED = 0, 1, 2, 130


def colour(stream: IO[str]) -> bool:
    """Whether to write colours: NO_COLOR over FORCE_COLOR over what the stream is."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")


def opened(path: str) -> IO[str]:
    """The file of `--output-file`, emptied. Raises UserError where it cannot be written."""
    try:
        return Path(path).open("w", encoding="utf-8", errors="backslashreplace", newline="\n")
    except OSError as error:
        raise UserError(f"--output-file {path}: {error.strerror}") from None


def say(write: Callable[[IO[str]], object], stream: IO[str]) -> None:
    """Write to a stream that may not know every character, and whose reader may have gone."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")
    try:
        write(stream)
        stream.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
