"""The process: a kept answer where nothing has changed since, else the command line."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from txlint import __version__

TERMINATED = 128 + signal.SIGTERM


def run(ended: Callable[[int], int] = int) -> int:
    """Run the command that the process was started with and return its exit code, by way of `ended` after an analysis."""
    signal.signal(signal.SIGTERM, _terminated)
    _open_closed_streams()
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        return _given(0, f"txlint {__version__}\n", "")
    from txlint.answers import Watch, folder_for, key_of, recall

    key = key_of(arguments)
    if key is None:
        from txlint.cli import main

        return main(arguments)
    folder = folder_for(arguments)
    if known := recall(folder, key):
        return _given(*known)
    gc.disable()  # One analysis, then the end: nothing is left behind that would be worth the search for it.
    with Watch(folder) as watch:
        from txlint.cli import main

        code = main(arguments, watch)
    watch.keep(folder, key, code)
    return ended(code)


def _given(code: int, out: str, err: str) -> int:
    with suppress(OSError):  # Nobody can be told where the error output is broken; the exit code still says it.
        sys.stderr.write(err)
    try:
        sys.stdout.write(out)
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            with suppress(OSError):
                sys.stderr.write(f"error: the output cannot be written: {error.strerror}; look at where it goes to\n")
            return 2
    return code


def _terminated(number: int, frame: FrameType | None) -> None:
    """End as Ctrl-C does: whatever was begun is put away, no worker is left."""
    raise SystemExit(TERMINATED)


def _open_closed_streams() -> None:
    """Whoever closes a stream does not want to see it; the next file that is opened must not become it."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, os.O_RDWR)  # The lowest number that is free.
            setattr(sys, name, os.fdopen(opened, "w" if number else "r", encoding="utf-8"))


def main() -> NoReturn:
    """Run the command of this process and end it."""
    sys.exit(run(_end))


def _end(code: int) -> NoReturn:
    """End at once: to take an analysis apart costs a tenth of what it took to make."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
