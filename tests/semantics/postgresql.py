"""A PostgreSQL server of the tests' own: in a temporary folder, on a socket only, without durability."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class NoServer(Exception):
    """Why there is no server to be had."""


def _programs() -> Path:
    found = [*Path("/usr/lib/postgresql").glob("*/bin/initdb"), *map(Path, filter(None, [shutil.which("initdb")]))]
    if not found:
        raise NoServer("initdb is not installed (Debian: apt-get install postgresql)")
    return sorted(found)[-1].parent


def _as_somebody(folder: Path) -> list[str]:
    """The command that runs another one as a user who may run the server: root may not."""
    if os.getuid():
        return []
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, user.pw_uid, user.pw_gid)
        return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    raise NoServer("root may not run it, and there is no other user")


@contextmanager
def running(folder: Path) -> Iterator[None]:
    """A server whose socket is in a folder, for as long as the block is entered. Raises NoServer where that cannot be."""
    programs, data = _programs(), folder / "postgresql"
    somebody = _as_somebody(folder)
    folder.chmod(0o755)

    def run(program: str, *arguments: str) -> None:
        command = [*somebody, str(programs / program), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=folder)
        if done.returncode:
            raise NoServer(f"{program} failed: {done.stderr.strip()[-300:]}")

    options = f"-k {folder} -c listen_addresses='' -c fsync=off -c synchronous_commit=off -c shared_buffers=16MB"
    run("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", "--locale=C")
    run("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "postgresql.log"), "-o", options, "start")
    try:
        yield
    finally:
        run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
