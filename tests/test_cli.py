"""The command line: exit codes, output, and that mistakes are one line."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from txlint import __version__
from txlint.cli import main
from txlint.cli.output import links

CLEAN, FINDINGS, INCOMPLETE, INTERRUPTED = 0, 1, 2, 130
FAULTY = """\
from django.db import transaction

from shop.models import Order
from shop.tasks import send


def pay(request, pk):
    with transaction.atomic():
        Order.objects.filter(pk=pk).update(paid=True)
        send.delay(pk)
"""
FILES = {
    "pyproject.toml": "[tool.txlint]\n",
    "shop/__init__.py": "",
    "shop/models.py": "from django.db import models\n\n\nclass Order(models.Model):\n    paid = models.BooleanField()\n",
    "shop/tasks.py": "from celery import shared_task\n\n\n@shared_task\ndef send(pk):\n    print(pk)\n",
    "shop/views.py": FAULTY,
}


def write(**files: str) -> None:
    for name, text in files.items():
        Path(name.replace("__", "/") + ".py").write_text(text, encoding="utf-8")


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one finding, and the working directory in it."""
    root = tmp_path / "project"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(root)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("NO_COLOR", "FORCE_COLOR", "TXLINT_OUTPUT_FORMAT"):
        monkeypatch.delenv(name, raising=False)
    return root


def run(*arguments: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[str]:
    """A run of its own, as a shell makes it."""
    path = os.pathsep.join(filter(None, sys.path))
    command = [sys.executable, "-m", "txlint", *arguments]
    settings = os.environ | {"PYTHONPATH": path} | environment
    done = subprocess.run(command, env=settings, input=stdin, capture_output=True, check=False)
    return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())


def test_findings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == FINDINGS
    output = capsys.readouterr()
    assert "error[TX301] " in output.out
    assert "shop/views.py:10:" in output.out
    assert output.out.endswith("Found 1 finding in 1 file, a fix is known for 1 (--fix --unsafe-fixes) (4 files analysed)\n")
    assert "\x1b" not in output.out
    assert output.err == ""


def test_no_findings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--ignore", "TX301"]) == CLEAN
    assert capsys.readouterr().out == "All checks passed (4 files analysed)\n"


@pytest.mark.parametrize("name", ["--exclude=*,x.py", "-eq.py", "--fix.py", "-o"])
def test_no_file_gives_orders_by_its_name(name: str, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / name).write_text(FAULTY)
    assert main(["check", name]) == main(["check", "shop", name]) == INCOMPLETE
    remedy = "Write `--` before the files, or `./` before the name"
    assert capsys.readouterr().err == f"error: {name}: an option, or the file of that name? {remedy}\n" * 2
    assert main(["check", "--", name]) == main(["check", f"./{name}"]) == (FINDINGS if name.endswith(".py") else CLEAN)


def test_only_information_does_not_fail(capsys: pytest.CaptureFixture[str]) -> None:
    Path("pyproject.toml").write_text('[tool.txlint]\nseverity = { TX301 = "info" }\n')
    assert main(["check"]) == CLEAN
    assert "info[TX301]" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("severity", "fail_on", "code"),
    [("info", "info", FINDINGS), ("warning", "error", CLEAN), ("warning", "warning", FINDINGS), ("error", "error", FINDINGS)],
)
def test_what_fails(severity: str, fail_on: str, code: int) -> None:
    Path("pyproject.toml").write_text(f'[tool.txlint]\nfail-on = "{fail_on}"\nseverity = {{ TX301 = "{severity}" }}\n')
    assert main(["check"]) == code
    Path("pyproject.toml").write_text(f'[tool.txlint]\nseverity = {{ TX301 = "{severity}" }}\n')
    assert main(["check", "--fail-on", fail_on]) == code


def test_overrides_are_about_the_paths_that_they_name(capsys: pytest.CaptureFixture[str]) -> None:
    override = '[[tool.txlint.overrides]]\npaths = ["{}"]\n{}\n'
    for paths, says, code in (
        ("shop/views.py", 'ignore = ["TX301"]', CLEAN),
        ("shop/", 'severity = { TX301 = "info" }', CLEAN),
        ("other/", 'ignore = ["TX301"]', FINDINGS),
    ):
        Path("pyproject.toml").write_text("[tool.txlint]\n" + override.format(paths, says))
        assert main(["check"]) == code
    capsys.readouterr()
    Path("pyproject.toml").write_text("[tool.txlint]\n" + override.format("shop/", 'ignore = ["TX999"]'))
    assert main(["check"]) == INCOMPLETE
    assert "`overrides`: unknown rule `TX999`" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("output_format", "text"),
    [
        ("full", FAULTY),
        ("concise", FAULTY.replace("send", "send  ", 1)),
        ("json", FAULTY),
        ("sarif", FAULTY + "x = 'é'\r\n"),
        ("full", "def f(:\n"),
    ],
)
def test_text_from_standard_input_is_reported_as_the_file_would_be(output_format: str, text: str) -> None:
    name, options = "shop/views.py", ("--output-format", output_format)
    before = Path(name).read_bytes()
    piped = run("check", *options, "--stdin-filename", name, "-", stdin=text.encode())
    assert Path(name).read_bytes() == before
    Path(name).write_bytes(text.encode())
    saved = run("check", *options, name)
    assert (piped.returncode, piped.stdout, piped.stderr) == (saved.returncode, saved.stdout, saved.stderr)


def test_text_from_standard_input_may_be_of_a_file_that_is_not_there_yet() -> None:
    done = run("check", "--output-format", "concise", "--stdin-filename", "shop/new/late.py", "-", stdin=FAULTY.encode())
    assert (done.returncode, done.stdout.partition(" ")[0]) == (FINDINGS, "shop/new/late.py:10:9:")
    for arguments, message in (
        (("-",), "`-` reads standard input; say which file it is with --stdin-filename FILE"),
        (("--stdin-filename", "a.py", "b.py"), "--stdin-filename: other PATHS cannot be given with it"),
    ):
        done = run("check", *arguments)
        assert (done.returncode, done.stderr) == (INCOMPLETE, f"error: {message}\n")


@pytest.mark.parametrize("arguments", [(), ("--exit-zero",), ("--select", "TX301"), ("shop/models.py",)])
def test_an_incomplete_analysis_never_passes(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    write(shop__views="def f(:\n")
    assert main(["check", *arguments]) == INCOMPLETE
    output = capsys.readouterr().out
    assert "All checks passed" not in output
    assert "1 not analysed: shop/views.py: not valid Python" in output


def test_rules_selected_on_the_command_line_run_whatever_is_configured(capsys: pytest.CaptureFixture[str]) -> None:
    Path("pyproject.toml").write_text('[tool.txlint]\nselect = ["TX004"]\nignore = ["TX301"]\n')
    assert main(["check"]) == CLEAN
    assert main(["check", "--select", "TX3"]) == FINDINGS
    assert main(["check", "--select", "TX3", "--ignore", "TX301"]) == CLEAN
    assert "error[TX301]" in capsys.readouterr().out


def test_exit_zero() -> None:
    assert main(["check", "--exit-zero"]) == CLEAN


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("check", "nowhere.py"), "error: nowhere.py: no such file or folder"),
        (("check", "--select", "TX399"), "error: --select: unknown rule `TX399`"),
        (("check", "--ignore", "dispatch-in-transactions"), "did you mean `dispatch-in-transaction`?"),
        (("check", "--config", "none.toml"), "error: none.toml: no such file or folder"),
        (("check", "--output-file", "no/such/folder"), "error: --output-file no/such/folder: No such file"),
        (("check", "--output-format", "sarfi"), "`sarfi` is no format; did you mean `sarif`? (full, concise, json,"),
        (("check", "--output-format", "json", "--output-format", "sarif"), "json, sarif in one stream; name a file for"),
        (("check", "--output-format", "json=a", "--output-file", "b"), "--output-file: every format has a file already"),
        (("check", "--output-format", "junit", "--statistics"), "--statistics: junit has no place for numbers; use one of"),
        (("check", "--jobs", "0"), "0 is not in the range x>=1"),
        (("check", "--outputformat", "json"), "No such option"),
        (("explain", "TX3001"), "error: unknown rule `TX3001`; did you mean `TX301`?"),
        (("explain", "TX3"), "error: unknown rule `TX3`"),
        (("why", "shop/views.py"), "error: `shop/views.py`: write FILE:LINE"),
        (("chek",), "No such command"),
    ],
)
def test_wrong_use(arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == INCOMPLETE
    output = capsys.readouterr()
    assert message in output.err
    assert "Traceback" not in output.err
    assert output.out == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('selct = ["TX3"]', "pyproject.toml:2: unknown key `selct`; did you mean `select`?\n  selct"),
        ('select = ["TX399"]', "pyproject.toml: `select`: unknown rule `TX399`"),
        ('ignore = ["nope"]', "pyproject.toml: `ignore`: unknown rule `nope`"),
        ('severity = { TX399 = "info" }', "pyproject.toml: `severity`: unknown rule `TX399`"),
        ('cache-dir = "../cache"', "pyproject.toml: `cache-dir` leaves the project"),
        ('exclude = ["!"]', "error: exclude: "),
    ],
)
def test_wrong_configuration(text: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("pyproject.toml").write_text(f"[tool.txlint]\n{text}\n")
    assert main(["check"]) == INCOMPLETE
    assert message in capsys.readouterr().err


def test_a_cache_that_comes_with_the_repository_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    subprocess.run(["git", "init", "-q"], check=True)
    Path("pyproject.toml").write_text('[tool.txlint]\ncache-dir = "stored"\n')
    assert main(["check"]) == FINDINGS
    assert Path("stored/facts.sqlite3").is_file()
    assert main(["check"]) == FINDINGS, "its own .gitignore keeps it out of commits"
    Path("stored/.gitignore").unlink()
    assert main(["check"]) == INCOMPLETE
    assert "`cache-dir` is not ignored by git" in capsys.readouterr().err


def test_json_goes_alone_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    write(shop__broken="def f(:\n")
    assert main(["check", "--output-format", "json"]) == INCOMPLETE
    output = capsys.readouterr()
    assert {item["code"] for item in json.loads(output.out)} == {"TX301", "TX004"}
    assert "1 not analysed" in output.err


def test_file_names_are_relative_to_the_working_directory(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project / "shop")
    assert main(["check", "--output-format", "concise", "views.py"]) == FINDINGS
    assert capsys.readouterr().out.startswith("views.py:10:")


def test_paths_are_the_focus_and_the_project_is_the_scope(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "shop/models.py"]) == CLEAN
    assert "(4 files analysed)" in capsys.readouterr().out
    assert main(["check", "shop/views.py", "shop/models.py"]) == FINDINGS
    # A change of the configuration may change every finding.
    assert main(["check", "shop/models.py", "pyproject.toml"]) == FINDINGS


def commit_all() -> None:
    identity = ("-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false")
    for command in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "m")):
        subprocess.run(["git", *identity, *command], check=True)


def test_a_change_of_the_caller_is_reported_where_it_does_harm(capsys: pytest.CaptureFixture[str]) -> None:
    dispatch = "from shop.tasks import send\n\n\ndef later(pk):\n    send.delay(pk)\n"
    unsafe = FAULTY.replace("shop.tasks import send", "shop.later import later").replace("send.delay(pk)", "later(pk)")
    write(shop__later=dispatch, shop__views=unsafe.replace("        later(pk)", "    later(pk)"))
    commit_all()
    assert main(["check"]) == CLEAN
    write(shop__views=unsafe)
    capsys.readouterr()
    assert main(["check", "shop/views.py"]) == FINDINGS
    output = capsys.readouterr().out
    assert "shop/later.py:5:" in output
    assert "caused by your change in shop/views.py:pay\n" in output
    write(shop__views=unsafe.replace("def pay", "LIMIT = 1\n\n\ndef pay"))
    commit_all()
    assert main(["check", "shop/views.py"]) == CLEAN, "nothing has changed there"
    write(shop__views=unsafe.replace("pk=pk", "pk = pk"))
    assert main(["check", "shop/views.py"]) == CLEAN, "the change did not lead to what was there before"


def test_new_findings_only(capsys: pytest.CaptureFixture[str]) -> None:
    commit_all()
    assert main(["check", "--diff", "HEAD"]) == CLEAN
    assert "1 known at" in capsys.readouterr().out
    write(shop__views="# moved down\n" + FAULTY, shop__new=FAULTY.replace("def pay", "def pay_again"))
    assert main(["check", "--diff", "main", "-q", "--output-format", "concise"]) == FINDINGS
    assert [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()] == ["shop/new.py"]
    assert main(["check", "--diff", "nowhere"]) == INCOMPLETE
    assert capsys.readouterr().err.startswith("error: --diff: `nowhere` is no commit")


def test_output_file_and_environment(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TXLINT_OUTPUT_FORMAT", "json")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert main(["check", "--output-file", "report.json"]) == FINDINGS
    assert capsys.readouterr().out == ""
    assert json.loads(Path("report.json").read_text())[0]["code"] == "TX301"


def test_several_outputs_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    wanted = ("--output-format", "github", "--output-format", "sarif=report.sarif", "--output-format", "full=report.txt")
    assert main(["check", *wanted]) == FINDINGS
    output = capsys.readouterr()
    assert output.out.startswith("::error title=txlint TX301 (dispatch-in-transaction),file=shop/views.py,line=10")
    assert output.err == "Found 1 finding in 1 file, a fix is known for 1 (--fix --unsafe-fixes) (4 files analysed)\n"
    assert json.loads(Path("report.sarif").read_text())["runs"][0]["results"][0]["ruleId"] == "TX301"
    assert Path("report.txt").read_text().startswith("error[TX301]")
    assert [path.name for path in Path().glob(".report*")] == []


def test_a_report_is_written_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("report.json").write_text("former")
    Path("report.json").chmod(0o600)
    with monkeypatch.context() as full_disk:
        full_disk.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        assert main(["check", "-o", "report.json"]) == INCOMPLETE
    assert Path("report.json").read_text() == "former"
    main(["check", "-o", "report.json"])
    assert Path("report.json").read_text().startswith("error[TX301]")
    assert Path("report.json").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in Path().glob(".report*")] == []


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False), ({"FORCE_COLOR": ""}, False)],
)
def test_colour(
    environment: dict[str, str], coloured: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    main(["check"])
    assert ("\x1b[" in capsys.readouterr().out) is coloured


def test_quiet_verbose_and_statistics(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "-q", "--output-format", "concise"])
    assert len(capsys.readouterr().out.splitlines()) == 1
    main(["check", "-q", "--statistics"])
    assert capsys.readouterr().out == "     1  TX301  dispatch-in-transaction\n"
    main(["check", "-v"])
    assert capsys.readouterr().err.splitlines()[:2] == [f"project: {project}", f"configuration: {project / 'pyproject.toml'}"]


def test_trouble_with_the_cache_is_one_line(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("stored").mkdir()
    Path("stored/facts.sqlite3").write_bytes(b"no database " * 100)
    assert main(["check", "--cache-dir", "stored"]) == FINDINGS
    [note] = capsys.readouterr().err.splitlines()
    assert note.startswith(f"note: working without the cache {project / 'stored' / 'facts.sqlite3'}: ")


def test_no_cache_leaves_no_cache_and_clean_removes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "cache" / "txlint" / "facts.sqlite3"
    assert main(["check", "--no-cache"]) == FINDINGS
    assert not file.exists()
    main(["check"])
    assert file.exists()
    capsys.readouterr()
    assert main(["clean"]) == CLEAN
    assert not file.exists()
    assert main(["clean"]) == CLEAN
    assert capsys.readouterr().out == f"Deleted {file.parent}\nThere is no cache in {file.parent}\n"


@pytest.mark.parametrize("rule", ["TX301", "dispatch-in-transaction"])
def test_explain(rule: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", rule]) == CLEAN
    assert capsys.readouterr().out.startswith("# TX301 dispatch-in-transaction\n\n## What it finds\n")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert main(["explain", rule]) == CLEAN
    output = capsys.readouterr().out
    assert "\x1b[" in output
    assert "##" not in output


def test_rules(capsys: pytest.CaptureFixture[str]) -> None:
    Path("pyproject.toml").write_text('[tool.txlint]\nignore = ["TX001"]\n')
    assert main(["rules"]) == CLEAN
    table = {line.split()[0]: line.split()[1:] for line in capsys.readouterr().out.splitlines()}
    assert table["TX001"] == ["unused-suppression", "info", "off"]
    assert table["TX301"] == ["dispatch-in-transaction", "error", "on"]
    assert main(["rules", "--output-format", "json"]) == CLEAN
    assert {"code": "TX001", "name": "unused-suppression", "severity": "info", "on": False} in json.loads(
        capsys.readouterr().out
    )


def test_a_bug_exits_with_two_and_a_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def explode(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("txlint.cli.progress.analyse", explode)
    assert main(["check"]) == INCOMPLETE
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_watching_checks_again_after_a_change(project: Path, tmp_path: Path) -> None:
    path = os.pathsep.join(filter(None, sys.path))
    with (tmp_path / "out").open("w") as out:
        command = [sys.executable, "-m", "txlint", "check", "--watch", "--output-format", "concise"]
        process = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": path}, stdout=out, stderr=out)

    def wait_for(text: str) -> None:
        until = time.monotonic() + 60
        while text not in (tmp_path / "out").read_text():
            assert process.poll() is None and time.monotonic() < until, (tmp_path / "out").read_text()
            time.sleep(0.05)

    try:
        wait_for(f"Watching {project}")
        time.sleep(1)
        Path("pyproject.toml").write_text("[tool.txlint]\nselct = 1\n")
        wait_for("error: ")
        Path("pyproject.toml").write_text('[tool.txlint]\nignore = ["TX301"]\n')
        wait_for("All checks passed")
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == INTERRUPTED
    finally:
        process.kill()
        process.wait()


def test_watching_needs_its_library(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    assert main(["check", "--watch"]) == INCOMPLETE
    assert capsys.readouterr().err == "error: --watch: needs watchfiles; install it by `pip install 'txlint[watch]'`\n"


def test_comments_are_added_for_what_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    spread = FAULTY.replace("        send.delay(pk)", "        send.delay(\n            pk,\n        )")
    Path("shop/views.py").write_bytes(spread.replace("\n", "\r\n").encode())
    Path("shop/views.py").chmod(0o640)
    assert main(["check", "--add-suppressions", "the outbox sends it"]) == CLEAN
    assert capsys.readouterr().out == "Allowed 1 finding by comments.\n"
    comment = "        # txlint: ignore[TX301] the outbox sends it\r\n        send.delay(\r\n"
    assert comment in Path("shop/views.py").read_bytes().decode()
    assert (
        Path("shop/views.py").read_bytes().replace(comment.splitlines(True)[0].encode(), b"")
        == spread.replace("\n", "\r\n").encode()
    )
    assert Path("shop/views.py").stat().st_mode & 0o777 == 0o640
    assert main(["check"]) == CLEAN
    assert "1 allowed by comments" in capsys.readouterr().out
    assert main(["check", "--add-suppressions", "a\nb"]) == INCOMPLETE


def test_version_and_module() -> None:
    done = run("--version")
    assert (done.returncode, done.stdout) == (CLEAN, f"txlint {__version__}\n")
    assert run("check").returncode == FINDINGS


def test_a_terminal_that_knows_no_unicode() -> None:
    write(shop__views=FAULTY.replace("send.delay(pk)", "send.delay(pk)  # é数"))
    done = run("check", PYTHONIOENCODING="ascii")
    assert done.returncode == FINDINGS
    assert "^^^" in done.stdout
    table = run("audit", PYTHONIOENCODING="ascii").stdout
    assert "\n--------" in table
    assert "\\u" not in table
    assert "\\u6570" in done.stdout


def test_a_reader_that_has_gone_is_no_error() -> None:
    command = f"{sys.executable} -m txlint check --exit-zero; echo $? >&2"
    path = os.pathsep.join(filter(None, sys.path))
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        ["sh", "-c", command],
        env=os.environ | {"PYTHONPATH": path},
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)
    assert done.stderr == f"{CLEAN}\n"


def test_an_interrupted_run_is_quiet_and_leaves_no_worker(tmp_path: Path) -> None:
    # A chain of calls keeps libcst busy, which a lone carriage return is left to, and the size of the file allows it the time.
    write(shop__slow="x = a" + ".f()" * 3000 + " #" * 400_000 + "\r")
    path = os.pathsep.join(filter(None, sys.path))
    process = subprocess.Popen(
        [sys.executable, "-m", "txlint", "check"],
        env=os.environ | {"PYTHONPATH": path, "MARK": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not (tmp_path / "cache" / "txlint" / "facts.sqlite3").exists():
        time.sleep(0.1)
    time.sleep(1)
    assert process.poll() is None, "still busy"
    os.killpg(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=30)
    assert process.returncode == INTERRUPTED
    assert (output, errors.strip()) == ("", "")
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [(("--version",), {"click", "libcst", "msgspec", "pathlib", "txlint.cli"}), (("check",), {"libcst", "rich"})],
)
def test_what_a_warm_run_does_not_import(arguments: tuple[str, ...], unwanted: set[str]) -> None:
    run(*arguments)
    done = run(*arguments, PYTHONPROFILEIMPORTTIME="1")
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "txlint" in imported
    assert not unwanted & imported


@pytest.mark.parametrize(("forced", "linked"), [("1", True), ("0", False)])
def test_places_and_rules_are_links_where_the_terminal_shows_them(
    forced: str, linked: bool, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("FORCE_HYPERLINK", forced)
    main(["check"])
    output = capsys.readouterr().out
    assert (f";{(project / 'shop/views.py').as_uri()}\x1b\\" in output) is linked
    assert ("rules/dispatch/dispatch_in_transaction.md\x1b\\" in output) is linked


@pytest.mark.parametrize(
    ("terminal", "linked"),
    [
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM_PROGRAM": "vscode"}, True),
        ({"VTE_VERSION": "4000"}, False),
        ({"VTE_VERSION": "7200"}, True),
    ],
)
def test_which_terminals_show_links(terminal: dict[str, str], linked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TERM", "TERM_PROGRAM", "VTE_VERSION", "WT_SESSION", "KITTY_WINDOW_ID", "KONSOLE_VERSION", "DOMTERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in terminal.items():
        monkeypatch.setenv(name, value)
    stream = io.StringIO()
    assert not links(stream)
    monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    assert links(stream) is linked


def test_the_shell_completes_commands_and_options() -> None:
    done = run(_TXLINT_COMPLETE="bash_complete", COMP_WORDS="txlint ex", COMP_CWORD="1")
    assert done.stdout == "plain,explain\n"
    done = run(_TXLINT_COMPLETE="zsh_complete", COMP_WORDS="txlint check --fail", COMP_CWORD="2")
    assert "--fail-on" in done.stdout
