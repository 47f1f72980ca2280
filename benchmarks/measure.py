"""One run of one command: wall time, CPU of it and of all that it starts, and the largest memory of one process."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds, seconds and MiB."""

    wall: float
    cpu: float
    memory: float


@dataclass(frozen=True, slots=True)
class Tool:
    """A command and what is done before each run of it; `every` is the number of turns from one run of it to the next."""

    name: str
    command: Sequence[str]
    before: Sequence[str] = ()
    every: int = 1
    fills: bool = False
    """Whether it has to run once before it is measured, to fill its cache."""
    within: Path | None = None
    ends: frozenset[int] = frozenset({0, 1})
    """Exit codes of a run that has done its work."""


def run(tool: Tool, environment: Mapping[str, str]) -> Run:
    """Run a tool once. Raises RuntimeError where it does not do its work, with what it said."""
    if tool.before:
        subprocess.run(tool.before, check=True)
    with tempfile.TemporaryFile() as said:
        started, cpu = time.perf_counter(), _cpu()
        process = subprocess.Popen(
            tool.command, cwd=tool.within, env={**os.environ, **environment}, stdout=said, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - started
        if process.returncode not in tool.ends:
            said.seek(0)
            raise RuntimeError(f"{tool.name} exited with {process.returncode}: {said.read()[-2000:].decode(errors='replace')}")
    return Run(wall, _cpu() - cpu, used.ru_maxrss / 1024)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def interleaved(
    tools: Sequence[Tool], times: int, environment: Mapping[str, str], kept: Path, resume: bool
) -> dict[str, list[Run]]:
    """Every tool once, in turns, so that what else the machine does falls on all of them.

    Every run is kept in a file at once, so that a measurement that was interrupted goes on with the turn that it was in.
    """
    known: dict[str, dict[str, dict[str, float]]] = json.loads(kept.read_text()) if resume and kept.exists() else {}
    for tool in (one for one in tools if one.fills and not known):
        run(tool, environment)
    for turn in range(times):
        for tool in tools:
            done = known.setdefault(tool.name, {})
            if turn % tool.every == 0 and str(turn) not in done:
                done[str(turn)] = asdict(run(tool, environment))
                kept.write_text(json.dumps(known, indent=1))
                print(f"  {turn + 1}/{times} {tool.name}: {done[str(turn)]['wall']:.2f} s", flush=True)
    return {tool.name: [Run(**one) for one in known[tool.name].values()] for tool in tools}


def median(runs: Sequence[Run]) -> Run:
    """The medians of the runs."""
    return Run(*(statistics.median(getattr(one, name) for one in runs) for name in ("wall", "cpu", "memory")))
