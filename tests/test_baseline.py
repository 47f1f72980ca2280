"""The known findings: what an entry survives, when it is stale, and that the numbers only fall."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from tests.test_cli import CLEAN, FAULTY, FILES, FINDINGS, INCOMPLETE, commit_all, run, write
from txlint.baseline import Baseline, Entry, read, risen
from txlint.baseline import write as write_baseline
from txlint.cli import main
from txlint.errors import UserError

NAME = "txlint-baseline.json"
AGAIN = FAULTY.replace("def pay", "def pay_again")


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one finding, and the working directory in it."""
    root = tmp_path / "project"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(root)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return root


def entries() -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(Path(NAME).read_text())["findings"]
    return found


def configure(text: str) -> None:
    Path("pyproject.toml").write_text(f"[tool.txlint]\n{text}\n")


def test_a_kept_answer_ends_when_a_baseline_appears() -> None:
    configure('baseline = "known.json"')
    time.sleep(2.1)  # For that long files must have been left alone before an answer is kept.
    assert run("check").returncode == FINDINGS
    assert [*Path(os.environ["XDG_CACHE_HOME"]).glob("txlint/answers/*")]
    assert run("baseline", "create").returncode == CLEAN
    assert run("check").returncode == CLEAN
    Path("known.json").unlink()
    assert run("check").returncode == FINDINGS


def test_known_findings_are_not_reported_and_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["baseline", "create"]) == CLEAN
    assert capsys.readouterr().out == f"{NAME}: 1 entry, 1 added, 0 removed\n"
    assert [(one["code"], one["path"], one["function"]) for one in entries()] == [("TX301", "shop/views.py", "pay")]
    assert main(["check"]) == CLEAN
    assert capsys.readouterr().out == "All checks passed, 1 in the baseline (4 files analysed)\n"
    assert main(["check", "--no-baseline"]) == FINDINGS


def test_an_entry_survives_moves_within_the_file_and_new_findings_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    main(["baseline", "create"])
    lines = FAULTY.replace("        send.delay", "        # later\n\n        send.delay")
    write(shop__views=f"# header\n\n{lines}", shop__again=AGAIN)
    capsys.readouterr()
    assert main(["check", "-q", "--output-format", "concise"]) == FINDINGS
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith("shop/again.py:10:")


def test_the_file_is_sorted_one_line_an_entry_and_without_line_numbers() -> None:
    write(shop__again=AGAIN)
    main(["baseline", "create"])
    first, *lines, last = Path(NAME).read_text().splitlines()
    assert (first, last) == ('{"version": 1, "findings": [', "]}")
    assert [json.loads(line.rstrip(","))["path"] for line in lines] == ["shop/again.py", "shop/views.py"]
    assert {*entries()[0]} == {"path", "function", "code", "message", "fingerprint"}


def test_what_is_put_right_is_stale(capsys: pytest.CaptureFixture[str]) -> None:
    write(shop__again=AGAIN)
    main(["baseline", "create"])
    write(shop__again="")
    capsys.readouterr()
    assert main(["check"]) == CLEAN
    assert "1 in the baseline, 1 baseline entry stale" in capsys.readouterr().out
    assert main(["check", "--select", "TX101"]) == CLEAN
    assert "stale" not in capsys.readouterr().out, "only a rule that ran can tell"
    assert main(["baseline", "show"]) == CLEAN
    shown = capsys.readouterr().out.splitlines()
    assert [line.startswith("stale  shop/again.py: TX301 in pay_again: ") for line in shown] == [True, False, False]
    assert shown[-1] == f"{NAME}: 2 entries (TX301 2), 1 stale"
    assert main(["baseline", "show", "--stale"]) == CLEAN
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert main(["baseline", "prune"]) == CLEAN
    assert capsys.readouterr().out == f"{NAME}: 1 entry, 0 added, 1 removed\n"


def test_a_comment_makes_an_entry_stale(capsys: pytest.CaptureFixture[str]) -> None:
    main(["baseline", "create"])
    write(shop__views=FAULTY.replace("send.delay(pk)", "send.delay(pk)  # txlint: ignore[TX301] outbox"))
    capsys.readouterr()
    assert main(["check"]) == CLEAN
    assert "1 allowed by comments, 1 baseline entry stale" in capsys.readouterr().out


def test_nothing_is_stale_where_files_are_missing(capsys: pytest.CaptureFixture[str]) -> None:
    main(["baseline", "create"])
    write(shop__views="def f(:\n")
    capsys.readouterr()
    assert main(["check"]) == INCOMPLETE
    assert "stale" not in capsys.readouterr().out
    for command in ("update", "prune"):
        assert main(["baseline", command]) == INCOMPLETE
        assert "shop/views.py: not analysed, so the baseline would be incomplete" in capsys.readouterr().err
    assert len(entries()) == 1


def test_prune_adds_nothing_and_update_does() -> None:
    main(["baseline", "create"])
    write(shop__again=AGAIN)
    assert main(["baseline", "prune"]) == CLEAN
    assert len(entries()) == 1
    assert main(["baseline", "update"]) == CLEAN
    assert len(entries()) == 2


def test_with_a_ratchet_numbers_only_fall(capsys: pytest.CaptureFixture[str]) -> None:
    configure("ratchet = true")
    main(["baseline", "create"])
    write(shop__again=AGAIN)
    capsys.readouterr()
    assert main(["baseline", "update"]) == FINDINGS
    assert "`ratchet` lets no number rise, but TX301 from 1 to 2; put the new ones right" in capsys.readouterr().err
    assert len(entries()) == 1
    write(shop__views="")
    assert main(["baseline", "update"]) == CLEAN, "a finding that has moved raises no number"
    assert entries()[0]["path"] == "shop/again.py"
    write(shop__again="")
    capsys.readouterr()
    assert main(["check"]) == FINDINGS
    message = "error: 1 baseline entry stale (TX301 in shop/again.py:pay_again); `ratchet` wants that gone: run `txlint"
    assert message in capsys.readouterr().err
    main(["baseline", "prune"])
    assert main(["check"]) == CLEAN


def test_create_replaces_nothing_without_force(capsys: pytest.CaptureFixture[str]) -> None:
    main(["baseline", "create"])
    write(shop__again=AGAIN)
    assert main(["baseline", "create"]) == INCOMPLETE
    assert f"error: {NAME}: there is a baseline already" in capsys.readouterr().err
    assert main(["baseline", "create", "--force"]) == CLEAN
    assert len(entries()) == 2


@pytest.mark.parametrize("command", ["update", "prune", "show"])
def test_without_a_baseline(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["baseline", command]) == INCOMPLETE
    assert capsys.readouterr().err == f"error: {NAME}: there is no baseline; `txlint baseline create` writes one\n"
    assert not Path(NAME).exists()


def test_another_place(capsys: pytest.CaptureFixture[str]) -> None:
    configure('baseline = "ci/known.json"')
    assert main(["baseline", "create"]) == INCOMPLETE
    assert "ci/known.json: cannot be written: No such file or directory" in capsys.readouterr().err
    Path("ci").mkdir()
    assert main(["baseline", "create"]) == CLEAN
    assert main(["check"]) == CLEAN
    configure("")
    assert main(["check"]) == FINDINGS
    assert main(["check", "--baseline", "ci/known.json"]) == CLEAN
    assert main(["check", "--baseline", "nowhere.json"]) == INCOMPLETE
    configure('baseline = "../known.json"')
    assert main(["check"]) == INCOMPLETE
    assert "`baseline` leaves the project" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"version": 1, "findings": [\n<<<<<<< ours\n]}', ":2: JSON is malformed: .*; after a merge keep the entries of both"),
        ("", ":1: Input data was truncated"),
        ('{"version": 2, "findings": []}', ": version 2, but this txlint writes 1; update txlint"),
        ('{"version": 1, "findings": [{"code": 1}]}', ":1: Expected `str`, got `int` - at `\\$.findings"),
        ("[" * 100_000, ": nested too deeply|malformed|Expected `object`"),
    ],
)
def test_a_file_that_is_no_baseline(text: str, message: str) -> None:
    Path(NAME).write_text(text)
    with pytest.raises(UserError, match=message):
        read(Path(NAME))


def test_writing_is_reading_and_leaves_the_mode() -> None:
    found = (Entry("é\n.py", "f", "TX301", 'a "b" \u202e', "1"), Entry("a.py", "f", "TX301", "m", "2"))
    Path(NAME).touch(mode=0o600)
    for some in (found, ()):
        write_baseline(Path(NAME), some)
        assert read(Path(NAME)) == Baseline(Path(NAME), tuple(sorted(some)))
    assert Path(NAME).stat().st_mode & 0o777 == 0o600
    assert risen(found, (*found, Entry("b.py", "f", "TX302", "m", "3"))) == {"TX302": (0, 1)}


def test_the_baseline_is_known_to_json_and_sarif_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    main(["baseline", "create"])
    capsys.readouterr()
    assert main(["check", "--output-format", "json"]) == CLEAN
    assert [one["suppressed"] for one in json.loads(capsys.readouterr().out)] == ["in the baseline"]
    main(["check", "--output-format", "sarif"])
    [result] = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    assert result["suppressions"] == [{"kind": "external"}]


def test_known_findings_are_not_the_fault_of_a_change() -> None:
    main(["baseline", "create"])
    commit_all()
    write(shop__views=FAULTY.replace("paid=True", "paid=1"))
    assert main(["check", "shop/views.py"]) == CLEAN
    assert main(["check", "--diff", "HEAD"]) == CLEAN
