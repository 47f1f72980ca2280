"""Configuration: where it is found, what it may say, and how its errors read."""

from __future__ import annotations

from pathlib import Path

import pytest

from txlint.config import Config, Override
from txlint.configfiles import find, read
from txlint.errors import UserError
from txlint.findings import Severity


def write(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def error_of(folder: Path, text: str, name: str = "txlint.toml") -> str:
    file = write(folder, name, text)
    with pytest.raises(UserError) as caught:
        read(file)
    return str(caught.value).replace(str(folder), "<folder>")


def test_every_key_is_read(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "txlint.toml",
        """
        select = ["TX3"]
        ignore = ["dispatch-in-transaction"]
        exclude = ["a"]
        extend-exclude = ["b"]
        include-tests = true
        boundary-commits = true
        transactional-queues = ["shop.outbox"]
        jobs = 3
        cache-dir = ".cache"
        max-file-size = 0
        severity = { TX301 = "warning" }
        fail-on = "error"
        overrides = [{ paths = ["legacy/"], ignore = ["TX1"], severity = { TX301 = "info" } }]
        atomic-requests = { default = true }
        [[catalogue.effect]]
        effect = "email"
        functions = ["shop.mail.send"]
        """,
    )
    config = read(file)
    assert config is not None
    [effect] = config.catalogue.effect
    assert (effect.effect, effect.functions) == ("email", ("shop.mail.send",))
    assert config == Config(
        select=("TX3",),
        ignore=("dispatch-in-transaction",),
        severity={"TX301": Severity.WARNING},
        fail_on=Severity.ERROR,
        overrides=(Override(("legacy/",), ("TX1",), {"TX301": Severity.INFO}),),
        exclude=("a",),
        extend_exclude=("b",),
        include_tests=True,
        atomic_requests={"default": True},
        boundary_commits=True,
        transactional_queues=("shop.outbox",),
        catalogue=config.catalogue,
        jobs=3,
        cache_dir=".cache",
        max_file_size=0,
    )


def test_unknown_key_is_shown_in_its_line_with_the_closest_one(tmp_path: Path) -> None:
    assert error_of(tmp_path, '[tool.other]\nselct = 1\n[tool.txlint]\nselct = ["TX3"]\n', "pyproject.toml") == (
        "<folder>/pyproject.toml:4: unknown key `selct`; did you mean `select`?\n"
        '  selct = ["TX3"]\n'
        "  ^^^^^\n"
        "  allowed here: extend, select, ignore, severity, fail-on, min-confidence, overrides, exclude, extend-exclude, "
        "include-tests, require-reason, atomic-requests, boundary-commits, transactional-queues, catalogue, audit, "
        "baseline, ratchet, require-atomic, require-using, jobs, cache-dir, max-file-size"
    )


def test_unknown_key_in_the_second_of_several_tables(tmp_path: Path) -> None:
    text = '[[catalogue.effect]]\neffect = "x"\n[[catalogue.effect]]\neffect = "y"\nfunctons = []\n'
    assert error_of(tmp_path, text).startswith("<folder>/txlint.toml:5: unknown key `functons`; did you mean `functions`?\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("jobs = 'two'", "<folder>/txlint.toml:1: `jobs`: expected `int`, got `str`"),
        ("jobs = 0", "<folder>/txlint.toml:1: `jobs`: expected `int` >= 1"),
        ("\nselect = 'TX3'", "<folder>/txlint.toml:2: `select`: expected `array`, got `str`"),
        ("\nselect = ['TX3', 4]", "<folder>/txlint.toml:2: `select.1`: expected `str`, got `int`"),
        ("atomic-requests = 'yes'", "<folder>/txlint.toml:1: `atomic-requests`: expected `bool | table`, got `str`"),
        ("[severity]\nTX301 = 'eror'", "<folder>/txlint.toml:1: `severity`: invalid enum value 'eror'"),
        ("catalogue = 3", "<folder>/txlint.toml:1: `catalogue`: expected `table`, got `int`"),
        ("a = ", "<folder>/txlint.toml: invalid TOML: Invalid value (at end of document)"),
    ],
)
def test_wrong_values_are_named_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    assert error_of(tmp_path, text) == message


def test_the_catalogue_of_a_project_is_always_active(tmp_path: Path) -> None:
    assert "unknown key `imports`" in error_of(tmp_path, "[catalogue]\nimports = ['django']\n")


def test_a_section_that_is_no_table(tmp_path: Path) -> None:
    assert (
        error_of(tmp_path, "[tool]\ntxlint = 3\n", "pyproject.toml") == "<folder>/pyproject.toml: `tool.txlint` must be a table"
    )


def test_files_that_cannot_be_configuration(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b"# \xe9")
    (tmp_path / "huge.toml").write_bytes(b"#" * 1_000_001)
    for name, reason in (("latin.toml", "not UTF-8"), ("huge.toml", "larger than"), ("", "cannot be read")):
        with pytest.raises(UserError, match=reason):
            read(tmp_path / name)


def test_the_nearest_file_wins_and_is_not_merged(tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", "[tool.txlint]\njobs = 1\ninclude-tests = true\n")
    write(tmp_path / "inner", "pyproject.toml", "[project]\nname = 'x'\n")
    near = write(tmp_path / "inner" / "app", "txlint.toml", "jobs = 2\n")
    (tmp_path / "inner" / "app" / "deep").mkdir()

    found = find(tmp_path / "inner" / "app" / "deep")
    assert (found.root, found.file, found.config) == (near.parent, near, Config(jobs=2))
    # A pyproject.toml that says nothing to txlint does not stop the search.
    assert find(tmp_path / "inner").root == tmp_path


def test_a_file_stands_for_its_folder(tmp_path: Path) -> None:
    write(tmp_path, ".txlint.toml", "jobs = 2\n")
    assert find(write(tmp_path / "shop", "views.py", "")).config.jobs == 2


def test_without_configuration_the_root_is_the_checkout_else_the_folder(tmp_path: Path) -> None:
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    (tmp_path / "repository" / "shop").mkdir()
    (tmp_path / "loose").mkdir()
    assert find(tmp_path / "repository" / "shop").root == tmp_path / "repository"
    assert find(tmp_path / "loose").root == tmp_path / "loose"


def test_an_explicit_file_leaves_the_root_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    explicit = write(tmp_path / "elsewhere", "strict.toml", "jobs = 4\n")
    found = find(tmp_path / "repository", explicit)
    assert (found.root, found.config.jobs) == (tmp_path / "repository", 4)


def test_extended_files_lie_below(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write(
        tmp_path,
        "pyproject.toml",
        """
        [tool.txlint]
        jobs = 1
        ignore = ["TX1"]
        severity = { TX301 = "info", TX302 = "info" }
        overrides = [{ paths = ["far/"] }]
        """,
    )
    write(tmp_path / "base", "strict.toml", "extend = '../pyproject.toml'\njobs = 2\ninclude-tests = true\n")
    near = write(
        tmp_path / "app",
        "txlint.toml",
        "extend = '../base/strict.toml'\nignore = []\nseverity.TX301 = 'error'\noverrides = [{ paths = ['near/'] }]\n",
    )

    found = find(tmp_path / "app")
    assert (found.root, [layer.file.name for layer in found.layers]) == (
        near.parent,
        ["txlint.toml", "strict.toml", "pyproject.toml"],
    )
    assert found.config == Config(
        jobs=2,
        include_tests=True,
        severity={"TX301": Severity.ERROR, "TX302": Severity.INFO},
        overrides=(Override(("far/",)), Override(("near/",))),
    )


@pytest.mark.parametrize(
    ("extend", "message"),
    [
        ("missing.toml", "<folder>/a/txlint.toml:2: `extend`: <folder>/a/missing.toml: no such file"),
        ("../../x.toml", "`extend`: <folder>/../x.toml is outside of <folder>; name a file inside it"),
        ("txlint.toml", "<folder>/a/txlint.toml:2: `extend`: <folder>/a/txlint.toml extends this file in turn"),
        ("back.toml", "<folder>/a/back.toml:1: `extend`: <folder>/a/txlint.toml extends this file in turn"),
        ("other.toml", "<folder>/a/other.toml:2: unknown key `jbs`; did you mean `jobs`?"),
        ("pyproject.toml", "<folder>/a/pyproject.toml: has no [tool.txlint]; `extend` in <folder>/a/txlint.toml names it"),
        ("https://example.org/x.toml", "no such file"),
    ],
)
def test_what_cannot_be_extended(tmp_path: Path, extend: str, message: str) -> None:
    (tmp_path / ".git").mkdir()
    write(tmp_path / "a", "back.toml", "extend = 'txlint.toml'\n")
    write(tmp_path / "a", "other.toml", "\njbs = 1\n")
    write(tmp_path / "a", "pyproject.toml", "[project]\n")
    write(tmp_path / "a", "txlint.toml", f"jobs = 1\nextend = '{extend}'\n")
    with pytest.raises(UserError) as caught:
        find(tmp_path / "a")
    outside = str(caught.value).replace(f"{tmp_path.parent}/x.toml", "<folder>/../x.toml")
    assert message in outside.replace(str(tmp_path), "<folder>")
