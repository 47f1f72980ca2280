"""`txlint config` and `txlint init`."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from txlint import configschema
from txlint.cli import main
from txlint.config import Config
from txlint.configfiles import find, read
from txlint.errors import UserError


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / ".cache"))
    (tmp_path / ".git").mkdir()
    return tmp_path


def write(name: str, text: str) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, encoding="utf-8")


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, tuple[str, str]]:
    """Key -> value and place, as `config show` prints them."""
    assert main(["config", "show", *arguments]) == 0
    lines = capsys.readouterr().out.split("\n\n", 1)[1].splitlines()
    rows = [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1].rsplit("  ", 1)) for line in lines]
    return {key: (value, place) for key, (value, place) in rows}


def test_show_says_where_each_value_was_set(capsys: pytest.CaptureFixture[str]) -> None:
    write("base.toml", 'jobs = 1\nfail-on = "error"\n\n[severity]\nTX301 = "info"\nTX302 = "info"\n')
    write("app/pyproject.toml", '[tool.txlint]\nextend = "../base.toml"\njobs = 2\nseverity.TX302 = "error"\n')
    found = shown(capsys, "app")
    assert found["extend"] == ('"../base.toml"', "app/pyproject.toml:2")
    assert found["jobs"] == ("2", "app/pyproject.toml:3")
    assert found["fail-on"] == ('"error"', "base.toml:2")
    assert found["severity.TX301"] == ('"info"', "base.toml:5")
    assert found["severity.TX302"] == ('"error"', "app/pyproject.toml:4")
    assert found["include-tests"] == ("false", "default")
    assert found["max-file-size"] == ("1000000", "default")
    assert set(Config.__struct_encode_fields__) - {"severity"} <= set(found)


def test_show_for_programs_and_without_configuration(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "show", "--output-format", "json"]) == 0
    items = json.loads(capsys.readouterr().out)
    assert {"key": "jobs", "value": None, "file": None, "row": None} in items
    assert main(["config", "show"]) == 0
    assert "configuration  none, these are the defaults" in capsys.readouterr().out


def test_show_of_overrides_and_of_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    write("txlint.toml", '[[overrides]]\npaths = ["a/"]\n[[overrides]]\npaths = ["b/"]\nignore = ["TX1"]\n')
    assert main(["config", "show"]) == 0
    output = capsys.readouterr().out
    assert '{"paths":["a/"]}  txlint.toml:1\n' in output
    assert '{"paths":["b/"],"ignore":["TX1"]}  txlint.toml:3\n' in output
    write("txlint.toml", 'ignore = ["TX999"]\n')
    assert main(["config", "show"]) == 2
    assert "unknown rule `TX999`" in capsys.readouterr().err


def test_the_shipped_schema_is_the_present_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "schema"]) == 0
    renew = "renew it with `txlint config schema > txlint/txlint.schema.json`"
    assert capsys.readouterr().out == configschema.SHIPPED.read_text(encoding="utf-8"), renew


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("", True),
        ('select = ["TX3"]\nseverity = { TX301 = "info" }\nfail-on = "error"\natomic-requests = true', True),
        ('[[overrides]]\npaths = ["a"]\nignore = ["TX1"]', True),
        ('[[catalogue.effect]]\neffect = "email"\nfunctions = ["a.b"]', True),
        ("[[overrides]]\nignore = []", False),
        ("selct = []", False),
        ('fail-on = "eror"', False),
        ("jobs = 0", False),
        ('[catalogue]\nimports = ["django"]', False),
    ],
)
def test_the_schema_allows_what_is_read(text: str, valid: bool) -> None:
    validator = jsonschema.Draft202012Validator(configschema.schema())
    assert validator.is_valid(tomllib.loads(text)) is valid
    write("txlint.toml", text)
    try:
        read(Path("txlint.toml"))
    except UserError as error:
        assert not valid, error
    else:
        assert valid


def test_keys_are_described() -> None:
    config = configschema.schema()["$defs"]["Config"]["properties"]
    assert config["fail-on"]["description"] == "The least severity of a finding that makes the exit code 1."


SETTINGS = "DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'ATOMIC_REQUESTS': flag()}}\n"


def test_init_writes_what_it_sees(capsys: pytest.CaptureFixture[str]) -> None:
    write("site/settings.py", "from flags import flag\n\n" + SETTINGS)
    write("site/views.py", "from django.db import transaction\nfrom celery import shared_task\n")
    write("site/tests/test_views.py", "")
    write("site/vendor/thing/code.py", "import django\n")
    write("manage.py", "import django\n")
    assert main(["init", "--dry-run"]) == 0
    assert not Path("txlint.toml").exists()
    dry = capsys.readouterr().out
    assert main(["init"]) == 0
    text = Path("txlint.toml").read_text()
    assert text in dry + "\n"
    assert "# Frameworks: celery, django. 4 files, 1 test files left out.\n" in text
    assert 'extend-exclude = ["site/vendor/"]\n' in text
    assert '# atomic-requests = { "default" = true }\n' in text
    found = find(Path())
    assert found.file == Path("txlint.toml").resolve() or found.file == Path("txlint.toml")
    assert found.config.extend_exclude == ("site/vendor/",)
    uncommented = text.replace("# atomic-requests", "atomic-requests")
    write("txlint.toml", uncommented)
    assert find(Path()).config.atomic_requests == {"default": True}


def test_init_adds_to_pyproject_and_never_overwrites(capsys: pytest.CaptureFixture[str]) -> None:
    write("shop/__init__.py", "")
    old = '[project]\r\nname = "shop"  # mine'
    Path("pyproject.toml").write_bytes(old.encode())
    assert main(["init"]) == 0
    data = Path("pyproject.toml").read_bytes()
    assert data.startswith(old.encode() + b"\r\n\r\n[tool.txlint]\r\n")
    assert read(Path("pyproject.toml")) == Config()
    assert main(["init"]) == 2
    assert "configures this project already" in capsys.readouterr().err
    assert Path("pyproject.toml").read_bytes() == data


def test_init_leaves_a_file_alone_that_it_cannot_add_to(capsys: pytest.CaptureFixture[str]) -> None:
    write("pyproject.toml", "tool = { other = 1 }\n")
    assert main(["init"]) == 2
    assert "write txlint.toml instead" in capsys.readouterr().err
    assert Path("pyproject.toml").read_text() == "tool = { other = 1 }\n"
