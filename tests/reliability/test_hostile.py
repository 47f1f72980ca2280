"""Repositories that want more than to be read: code that runs, configuration that reaches out, names that give orders."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import txlint
from tests.reliability.test_inputs import FAULTY
from txlint.cli import main

PACKAGE = Path(txlint.__file__).parent
PWN = "from pathlib import Path\nPath({!r}).touch()\n"
SHADOWED = ("click", "msgspec", "libcst", "pathspec", "rich", "signal", "types", "tomllib", "sqlite3", "sitecustomize", "rules")


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one finding, and the working directory in it."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "shop.py").write_bytes(FAULTY)
    monkeypatch.chdir(root)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    return root


@pytest.mark.parametrize("command", ["check", "audit", "why shop.py:14", "inspect", "rules", "check --fix --diff"])
def test_nothing_of_the_project_is_executed(command: str, project: Path, tmp_path: Path) -> None:
    pwned = tmp_path / "pwned"
    names = ("settings", "conftest", "setup", "manage", "__init__", *SHADOWED)
    for folder in (project, project / "rules", project / "txlint_rules"):
        folder.mkdir(exist_ok=True)
        for name in names:
            (folder / f"{name}.py").write_text(PWN.format(str(pwned)))
    installed = os.pathsep.join(path for path in sys.path if path and Path(path) != project)
    environment = os.environ | {"PYTHONPATH": installed, "DJANGO_SETTINGS_MODULE": "settings"}
    done = subprocess.run(
        [sys.executable, "-m", "txlint", *command.split()], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    assert not pwned.exists()


def test_nothing_in_txlint_can_turn_data_into_code() -> None:
    banned = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "jsonpickle", "yaml", "imp", "runpy"}
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_bytes())):
            match node:
                case ast.Import(names=names):
                    assert not banned & {one.name.partition(".")[0] for one in names}, file
                case ast.ImportFrom(module=str(module)):
                    assert module.partition(".")[0] not in banned, file
                case ast.Call(func=ast.Name(id=name)):
                    assert name not in {"eval", "exec", "__import__"}, file
                case ast.Call(func=ast.Attribute(attr=name, value=value)):
                    assert name not in {"find_spec", "import_module"} or ast.unparse(value) == "importlib", file


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('plugins = ["./evil.py"]', "unknown key `plugins`"),
        ('rules = ["./evil"]', "unknown key `rules`"),
        ('rule-packs = ["./evil"]', "unknown key `rule-packs`"),
        ('cache-dir = "../elsewhere"', "`cache-dir` leaves the project"),
        ('cache-dir = "/tmp"', "`cache-dir` leaves the project"),
        ('extend = "../../elsewhere.toml"', "elsewhere.toml"),
        ('extend = "pyproject.toml"', "pyproject.toml"),
        ('extend = "https://example.org/a.toml"', "a.toml"),
        ('select = ["TX301"]\n# ' + "x" * 1_000_000, "larger than 1000000 bytes"),
        ("x = " + "[" * 100_000, "TOML"),
    ],
    ids=["plugins", "rules", "packs", "cache", "cache absolute", "extend", "extend itself", "extend url", "huge", "deep"],
)
def test_configuration_does_not_reach_out_of_the_project(
    text: str, said: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "pyproject.toml").write_text(f"[tool.txlint]\n{text}\n")
    (project / "evil.py").write_text(PWN.format("PWNED"))
    assert main(["check"]) == 2
    errors = capsys.readouterr().err
    assert said in errors and "Traceback" not in errors
    assert not (project / "PWNED").exists()


ORDERS = "\\u001b]0;owned\\u0007\\u202e\\n::error::owned\\r::set-output"


@pytest.mark.parametrize(
    "text",
    [
        f'select = ["{ORDERS}"]',
        f'ignore = ["{ORDERS}"]',
        f'"{ORDERS}" = 1',
        f'severity = {{ "{ORDERS}" = "error" }}',
        f'severity = {{ TX301 = "{ORDERS}" }}',
        f'cache-dir = "../{ORDERS}"',
        f'extend = "{ORDERS}"',
        f'exclude = ["{ORDERS}["]',
        "selct = 1  # \u202e\u2066",
        f'[[tool.txlint.catalogue."{ORDERS}"]]',
    ],
)
def test_messages_on_configuration_give_no_orders(text: str, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "pyproject.toml").write_text(f"[tool.txlint]\n{text}\n", encoding="utf-8")
    main(["check"])
    output = "".join(capsys.readouterr())
    assert not [one for one in output if one != "\n" and not one.isprintable()]
    assert not [line for line in output.splitlines() if line.lstrip().startswith("::")]


def test_names_give_no_orders(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evil = "\x1b]8;;x\x07\n::error::a,%b\u202e.py"
    (project / evil).write_bytes(FAULTY)
    (project / f"broken{evil}").write_bytes(b"(")
    for arguments in (["check"], ["check", "-v"], ["check", evil], ["check", f"no{evil}"], ["check", f"--no{evil}"], ["audit"]):
        main(arguments)
        output = "".join(capsys.readouterr())
        assert output and not [one for one in output if one != "\n" and not one.isprintable()], arguments
        assert not [line for line in output.splitlines() if line.startswith("::")]


def git(*arguments: str) -> str:
    """What git says in the working directory."""
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    return subprocess.run(["git", *identity, *arguments], check=True, capture_output=True, text=True).stdout


def test_git_fetches_nothing_with_what_the_repository_configures(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "one")
    blob = git("rev-parse", "HEAD:shop.py").strip()
    pwned = tmp_path / "pwned"
    for key, value in {
        "core.repositoryformatversion": "1",
        "extensions.partialClone": "evil",
        "remote.evil.promisor": "true",
        "remote.evil.url": f"ext::touch {pwned}",
        "protocol.ext.allow": "always",
    }.items():
        git("config", key, value)
    (project / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    subprocess.run(["git", "cat-file", "-p", blob], capture_output=True, check=False)
    assert pwned.exists(), "what git does by itself"
    pwned.unlink()
    (project / "shop.py").write_bytes(FAULTY + b"x = 1\n")
    assert main(["check", "--diff", "HEAD"]) == 2
    assert capsys.readouterr().err == f"error: object {blob} is missing; fetch it, or the whole history\n"
    assert not pwned.exists()
