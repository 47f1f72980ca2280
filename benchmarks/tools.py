"""What is compared: txlint cold and warm, its peers, and what Python and libcst alone cost."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import Tool

HERE = Path(__file__).parent
TXLINT = (sys.executable, "-m", "txlint")
PARSE = (
    "import sys, pathlib, libcst; [libcst.parse_module(one.read_bytes()) for one in pathlib.Path(sys.argv[1]).rglob('*.py')]"
)
FIXIT = ("--rules", "fixit.rules.use_fstring:UseFstring", "--rules", "fixit.rules.no_namedtuple:NoNamedTuple")
TOUCH = "import sys, time; [open(one, 'a').write(sys.argv[1] % time.time_ns() + '\\n') for one in sys.argv[2:]]"


def txlint(name: str, project: Path, cache: Path, *removed: Path, every: int = 1) -> Tool:
    """A check of a project, before which parts of the cache are removed."""
    before = ("rm", "-rf", *map(str, removed)) if removed else ()
    return Tool(name, (*TXLINT, "check", "--cache-dir", str(cache)), before, every, cache not in removed, project)


def everything(project: Path, work: Path, peers: Path) -> list[Tool]:
    """All that runs on all files."""
    cold, warm, cache = work / "cold", work / "warm", str(work / "ruff")
    changed = [str(one) for one in sorted(project.rglob("apps/*/models.py"))[:3]]
    touch, check = (sys.executable, "-c", TOUCH), (*TXLINT, "check", "--cache-dir", str(warm))
    ruff = (str(peers / "ruff"), "check", "--isolated", "--select", "DJ,B")
    semgrep = ("scan", "--config", str(HERE / "semgrep.yaml"), "--metrics=off", "--disable-version-check", "-j", "2", "--quiet")
    return [
        Tool("python -c pass", (sys.executable, "-c", "pass")),
        Tool("txlint --version", (*TXLINT, "--version")),
        Tool("import libcst", (sys.executable, "-c", "import libcst")),
        Tool("libcst.parse_module", (sys.executable, "-c", PARSE, str(project))),
        txlint("txlint, cold", project, cold, cold),
        txlint("txlint, facts known", project, warm, warm / "answers"),
        txlint("txlint, nothing changed", project, warm),
        Tool("ruff, cold", (*ruff, "--no-cache"), within=project),
        Tool("ruff, warm", (*ruff, "--cache-dir", cache), fills=True, within=project),
        Tool("semgrep", (str(peers / "semgrep"), *semgrep), within=project),
        Tool("txlint, comments in three files", check, (*touch, "# %s", *changed), within=project),
        Tool("txlint, code in three files", check, (*touch, "print(%s)", *changed), within=project),
    ]


def in_part(part: Path, work: Path, peers: Path) -> list[Tool]:
    """What runs on a part of the files, because it is slow, and txlint on the same part."""
    cold = work / "cold"
    pylint = ("-j", "2", "--load-plugins=pylint_django", "--recursive=y", "--exit-zero", ".")
    return [
        txlint("txlint, cold (part)", part, cold, cold),
        Tool("flake8-django", (str(peers / "flake8"), "--isolated", "--select", "DJ", "-j", "2"), every=4, within=part),
        Tool("fixit", (str(peers / "fixit"), *FIXIT, "lint", "."), every=4, within=part),
        Tool("pylint-django", (str(peers / "pylint"), *pylint), every=4, within=part),
    ]


def scaled(project: Path, work: Path, times: int) -> Sequence[Tool]:
    """txlint on a project several times over."""
    cold, warm = work / "cold", work / f"warm{times}"
    return (
        txlint(f"{times}x, cold", project, cold, cold, every=4),
        txlint(f"{times}x, facts known", project, warm, warm / "answers", every=4),
    )
