"""The analysis of an edited project: what is read again, and that it can be given up."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lsp.session import FILES, VIEWS, write
from txlint.api import Analysis
from txlint.cli import main
from txlint.errors import UserError
from txlint.lsp.projects import Project, Stale, root_of
from txlint.rulepack import builtin_pack, load_pack
from txlint.transactions.analysis import build
from txlint.workers import PROGRAM, SECONDS, Pool

COUNTING = PROGRAM.replace("serve()", "serve(lambda text: (print(len(text), file=open({!r}, 'a')), extract_encoded(text))[1])")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "extracted"


@pytest.fixture
def project(tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    program = COUNTING.format(str(log)).replace("import serve;", "import serve, extract_encoded;")
    with Pool(1, SECONDS, program) as pool:
        yield Project(write(tmp_path / "project"), load_pack(builtin_pack()), pool)


def shown(project: Project, overlay: dict[str, str]) -> list[str]:
    report = project.analyse({path: text.encode() for path, text in overlay.items()}, lambda: False)
    return [one.code for one in report.findings if one.suppressed is None]


def test_only_what_was_edited_is_read_again(project: Project, log: Path) -> None:
    assert shown(project, {}) == ["TX301"]
    assert len(log.read_text().splitlines()) == len({text for name, text in FILES.items() if name.endswith(".py")})
    log.unlink()
    edited = VIEWS.replace("send.delay(pk)", "print(pk)")
    assert shown(project, {"shop/views.py": edited}) == []
    assert log.read_text() == f"{len(edited)}\n"
    assert shown(project, {"shop/views.py": edited}) == []
    assert log.read_text() == f"{len(edited)}\n"


def test_an_edit_that_only_moves_lines_needs_no_analysis(project: Project, log: Path) -> None:
    assert not project.follow({})  # nothing is known yet
    assert shown(project, {}) == ["TX301"]
    log.unlink()
    assert project.follow({"shop/views.py": VIEWS.encode() + b"# the end\n"})
    assert project.settled
    assert project.follow({"shop/views.py": b"# more\n" + VIEWS.encode()})
    assert project.report
    assert ([one.location.row for one in project.report.findings], project.settled) == ([11], False)
    assert project.text("shop/views.py") == b"# more\n" + VIEWS.encode()
    assert not project.follow({"shop/views.py": VIEWS.replace("send.delay(pk)", "print(pk)").encode()})
    assert not project.follow({"shop/views.py": b"import\n"})
    assert not log.exists()
    assert shown(project, {"shop/views.py": "# more\n" + VIEWS}) == ["TX301"]
    assert project.settled


def test_rules_run_again_only_over_other_facts(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[int] = []

    def counting(*given: Any, **named: Any) -> Analysis:
        built.append(1)
        return build(*given, **named)

    monkeypatch.setattr("txlint.lsp.projects.build", counting)
    assert shown(project, {}) == ["TX301"]
    assert shown(project, {}) == ["TX301"]
    assert shown(project, {"shop/tasks.py": FILES["shop/tasks.py"] + "def broken(:\n"}) == ["TX004", "TX301"]
    assert shown(project, {"shop/tasks.py": "def broken(:\n"}) == ["TX004", "TX301"]
    assert shown(project, {}) == ["TX301"]
    assert len(built) == 1
    (project.root / "shop/more.py").write_text("")
    assert shown(project, {}) == ["TX301"]
    assert len(built) == 2
    (project.root / "pyproject.toml").write_text('[tool.txlint]\nignore = ["TX301"]\n')
    assert shown(project, {}) == []
    assert len(built) == 3
    assert shown(project, {"shop/views.py": VIEWS.replace("send.delay(pk)", "print(pk)")}) == []
    assert len(built) == 4


@pytest.mark.parametrize("after", [1, 2, 10])
def test_an_analysis_that_is_not_wanted_any_more_is_given_up(project: Project, after: int) -> None:
    assert shown(project, {}) == ["TX301"]
    before, asked = project.report, iter(range(after))
    with pytest.raises(Stale):
        project.analyse({"shop/views.py": b""}, lambda: next(asked, None) is None)
    assert project.report is before


def test_the_root_is_configured_or_a_checkout_or_the_nearest_folder_of_the_editor(tmp_path: Path) -> None:
    file = write(tmp_path / "outer" / "inner", {"shop/views.py": ""}) / "shop/views.py"
    folders = (tmp_path, tmp_path / "outer" / "inner")
    assert root_of(file, folders) == tmp_path / "outer" / "inner"
    assert root_of(file, ()) == file.parent
    assert root_of(file.parent / "not" / "yet.py", folders) == tmp_path / "outer" / "inner"
    (tmp_path / "outer" / ".git").mkdir()
    assert root_of(file, folders) == tmp_path / "outer"
    (tmp_path / "outer" / "inner" / "txlint.toml").write_text("")
    assert root_of(file, ()) == tmp_path / "outer" / "inner"


def test_without_the_extra_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("txlint.cli.lsp.find_spec", lambda _: None)
    assert main(["lsp"]) == 2
    assert capsys.readouterr().err == (
        "error: `txlint lsp` needs pygls, which is not installed; run: pip install 'txlint[lsp]'\n"
    )


def test_an_editor_that_dies_takes_the_server_with_it() -> None:
    done = subprocess.run([sys.executable, "-m", "txlint", "lsp"], input=b"", capture_output=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (1, b"")


def test_the_configuration_of_a_file_may_be_wrong(tmp_path: Path) -> None:
    root = write(tmp_path, {"txlint.toml": "selct = 1\n", "views.py": ""})
    with pytest.raises(UserError, match="selct"):
        root_of(root / "views.py", ())
