"""git, asked so that nothing which a repository configures is run, and nothing in it is locked or refreshed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from txlint.errors import UserError

_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
_FOREIGN = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY"})
"""What git tells its hooks about another repository than, perhaps, the one that is analysed."""
_OURS = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none", "GIT_TERMINAL_PROMPT": "0"}
"""A missing object of a partial clone stays missing: fetching it would run what the repository configures."""
SECONDS = 60


class GitError(UserError):
    """git is missing, refuses or fails; the text says which."""


def git(root: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """What a git command prints in a folder. Raises GitError, in a folder outside of every checkout too."""
    program = shutil.which("git")
    if not program:
        raise GitError("git is not installed")
    if not toplevel(root):
        raise GitError(f"{root} is in no git checkout")
    environment = {key: value for key, value in os.environ.items() if key not in _FOREIGN} | _OURS
    command = [program, *_SAFE, *arguments]
    try:
        run = subprocess.run(command, cwd=root, env=environment, input=stdin, capture_output=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        raise GitError(f"git {arguments[0]} failed: {type(error).__name__}") from None
    if run.returncode:
        said = run.stderr.decode("utf-8", "backslashreplace").strip().splitlines()
        raise GitError(said[-1] if said else f"git {arguments[0]} exited with {run.returncode}")
    return run.stdout


def names(output: bytes) -> tuple[str, ...]:
    """The parts of output that was asked for with `-z`."""
    return tuple(os.fsdecode(name) for name in output.split(b"\0") if name)


def toplevel(folder: Path) -> Path | None:
    """The top of the checkout around a folder."""
    return next((above for above in (folder, *folder.parents) if (above / ".git").exists()), None)
