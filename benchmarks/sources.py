"""The files that are measured: unpacked from the package index, without tests, so that every tool reads the same ones."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from txlint.filekinds import is_test

PINNED: Mapping[str, Any] = tomllib.loads((Path(__file__).parent / "pinned.toml").read_text())


def fetched(work: Path, pins: Mapping[str, str] = PINNED["projects"]) -> Path:
    """The folder of all projects, fetched and unpacked if they are not there yet."""
    packed, clean = work / "packed", work / "projects"
    for name, version in pins.items():
        if not (clean / name).is_dir():
            command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", ":all:", "-d", str(packed)]
            subprocess.run([*command, f"{name}=={version}"], check=True)
            [archive] = packed.glob(f"{name.replace('-', '[-_]')}-{version}.tar.gz")
            with tarfile.open(archive) as stream:
                stream.extractall(work / "unpacked", filter="data")
            _copy(work / "unpacked" / archive.name.removesuffix(".tar.gz"), clean / name)
    return clean


def _copy(source: Path, target: Path, mark: str = "") -> None:
    for path in sorted(source.rglob("*.py")):
        name = path.relative_to(source)
        if path.is_file() and not is_test(name.as_posix()):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes(path.read_bytes() + mark.encode())


def multiplied(work: Path, project: Path, times: int, keep: bool = False) -> Path:
    """A folder with a project several times; each copy differs in a comment, so that no facts are shared."""
    target = work / "copies" / str(times)
    if keep and target.is_dir():
        return target
    shutil.rmtree(target, ignore_errors=True)
    for number in range(times):
        _copy(project, target / f"copy{number}", f"\n# copy {number} of {times}\n")
    return target


def lines(folder: Path) -> int:
    """The lines of all files in a folder."""
    return sum(path.read_bytes().count(b"\n") for path in folder.rglob("*.py"))


def peers(work: Path) -> Path:
    """The folder of the peers' programs, installed if they are not there yet."""
    programs = work / "peers" / "bin"
    if not (programs / "ruff").exists():
        subprocess.run([sys.executable, "-m", "venv", str(work / "peers")], check=True)
        subprocess.run([str(programs / "pip"), "install", "-q", *PINNED["peers"]], check=True)
    return programs
