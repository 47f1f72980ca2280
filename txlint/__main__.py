"""The process: a kept answer where nothing has changed since, else the command line."""

from __future__ import annotations

import os
import sys

from txlint import __version__


def run() -> int:
    """Run the command that the process was started with and return its exit code."""
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        sys.stdout.write(f"txlint {__version__}\n")
        return 0
    from txlint.answers import Watch, folder_for, key_of, recall

    key = key_of(arguments)
    if key is None:
        from txlint.cli import main

        return main(arguments)
    folder = folder_for(arguments)
    if known := recall(folder, key):
        return _given(*known)
    with Watch(folder) as watch:
        from txlint.cli import main

        code = main(arguments, watch)
    watch.keep(folder, key, code)
    return code


def _given(code: int, out: str, err: str) -> int:
    sys.stderr.write(err)
    try:
        sys.stdout.write(out)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


if __name__ == "__main__":
    sys.exit(run())
