"""Whole small projects: the comments in their code say what is to be found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.expectations import differences, marks
from txlint.config import Config, read
from txlint.rulepack import builtin_pack, load_pack

RULES = load_pack(builtin_pack())
PROJECTS = sorted(path for path in (Path(__file__).parent / "fixtures").iterdir() if any(path.rglob("*.py")))


def sources(project: Path) -> dict[str, bytes]:
    """The Python files of a project by their paths in it."""
    return {file.relative_to(project).as_posix(): file.read_bytes() for file in sorted(project.rglob("*.py"))}


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)
def test_project_reports_what_it_promises(project: Path) -> None:
    settings = project / "pyproject.toml"
    config = (read(settings) if settings.is_file() else None) or Config()
    unkept = differences(sources(project), RULES, config)
    assert not unkept, "\n" + "\n".join(unkept)


def test_rules_noted_for_later_do_not_exist_yet() -> None:
    later = sorted((place.code, project.name, place) for project in PROJECTS for place in marks(sources(project))["later"])
    print(f"\n{len(later)} places wait for a rule:")
    for code, project, place in later:
        print(f"  {code} {project}/{place.path}:{place.row}")
    assert not {code for code, _, _ in later} & {rule.code for rule in RULES}, "turn `later` into `expect`"
