"""Whole small projects: the comments in their code say what is to be found."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.fixtures.expectations import Place, differences, marks, misplaced
from txlint.config import Config
from txlint.configfiles import read
from txlint.filekinds import SOURCES
from txlint.rulepack import builtin_pack, load_pack

RULES = load_pack(builtin_pack())
PROJECTS = sorted(path for path in (Path(__file__).parent / "fixtures").iterdir() if path.is_dir() and path.name[0] != "_")


def sources(project: Path) -> dict[str, bytes]:
    """What is analysed of a project, by the paths in it."""
    files = sorted(file for file in project.rglob("*") if file.suffix in SOURCES)
    return {file.relative_to(project).as_posix(): file.read_bytes() for file in files}


def configuration(project: Path) -> Config:
    """What the project configures."""
    settings = project / "pyproject.toml"
    return (read(settings) if settings.is_file() else None) or Config()


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)
def test_project_reports_what_it_promises(project: Path) -> None:
    unkept = differences(sources(project), RULES, configuration(project))
    assert not unkept, "\n" + "\n".join(unkept)


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)
def test_a_first_run_shows_it(project: Path) -> None:
    unkept = misplaced(sources(project), RULES, configuration(project))
    assert not unkept, "\n" + "\n".join(unkept)


def test_rules_noted_for_later_do_not_exist_yet() -> None:
    later = sorted((place.code, f"{project.name}/{place.path}:{place.row}") for project in PROJECTS for place in noted(project))
    sys.stdout.write("\n".join((f"{len(later)} places wait for a rule (shown by `pytest -rP`):", *map(" ".join, later))))
    assert not {code for code, _ in later} & {rule.code for rule in RULES}, "turn `later` into `expect`"


def noted(project: Path) -> set[Place]:
    """The places of a project that wait for a rule which does not exist yet."""
    return marks(sources(project))["later"]
