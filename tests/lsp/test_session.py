"""The language server as editors use it."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types as lsp

from tests.lsp.session import VIEWS, Editor, play, write

DEFERRED = VIEWS.replace("send.delay(pk)", "transaction.on_commit(lambda: send.delay(pk))")


@pytest.mark.parametrize("editor", ["visual-studio-code", "neovim", "emacs"])
def test_findings_come_with_their_path_and_go_when_they_are_put_right(tmp_path: Path, editor: str) -> None:
    root = write(tmp_path)

    async def script(ed: Editor) -> None:
        uri = ed.open(root / "shop/views.py")
        [one] = await ed.codes(uri, "TX301")
        assert (one.source, one.severity) == ("txlint", lsp.DiagnosticSeverity.Error)
        assert one.range == lsp.Range(lsp.Position(9, 8), lsp.Position(9, 18))
        assert "help: " in one.message
        if editor == "emacs":  # It does not say that it shows related places, so the message names them.
            assert "shop/views.py:8  " in one.message
        else:
            steps = [(step.location.uri, step.location.range.start.line) for step in one.related_information]
            assert steps == [(uri, 7), (uri, 9)]
            assert one.related_information[0].message == "1. `transaction.atomic()` opens the transaction"
        ed.change(uri, DEFERRED)
        await ed.codes(uri)
        ed.change(uri, VIEWS)
        await ed.codes(uri, "TX301")

    assert play(root, script, editor) == 0


def test_text_that_cannot_be_read_says_so_and_leaves_the_other_files_alone(tmp_path: Path) -> None:
    root = write(tmp_path)

    async def script(ed: Editor) -> None:
        views, tasks = ed.open(root / "shop/views.py"), ed.open(root / "shop/tasks.py")
        await ed.codes(views, "TX301")
        text = (root / "shop/tasks.py").read_text()
        ed.change(tasks, text + "def broken(:\n")
        [one] = await ed.codes(tasks, "TX004")
        assert one.range.start.line == 6
        await ed.codes(views, "TX301")
        ed.change(views, "import\n")
        await ed.codes(views, "TX004")
        ed.change(views, VIEWS)
        ed.change(tasks, text)
        await ed.codes(views, "TX301")
        await ed.codes(tasks)

    assert play(root, script) == 0


@pytest.mark.parametrize(
    ("encoding", "unit"), [(lsp.PositionEncodingKind.Utf8, "utf-8"), (lsp.PositionEncodingKind.Utf16, "utf-16-le")]
)
def test_columns_are_in_the_units_of_the_editor(tmp_path: Path, encoding: lsp.PositionEncodingKind, unit: str) -> None:
    root, width = write(tmp_path), {"utf-8": 1, "utf-16-le": 2}[unit]
    before = '        name = "\U0001f600é\f"; '
    text = VIEWS.replace("        send.delay", before + "send.delay")

    def change(capabilities: lsp.ClientCapabilities) -> None:
        capabilities.general = lsp.GeneralClientCapabilities(position_encodings=[encoding])

    async def script(ed: Editor) -> None:
        uri = ed.open(root / "shop/views.py", text)
        [one] = await ed.codes(uri, "TX301")
        start = len(before.encode(unit)) // width
        assert one.range == lsp.Range(lsp.Position(9, start), lsp.Position(9, start + len("send.delay")))
        assert "## Why it matters" in await ed.hover(uri, 9, start + 10)
        assert await ed.hover(uri, 9, start - 1) == ""

    assert play(root, script, capabilities=change) == 0


def test_hover_shows_the_path_and_the_page_and_the_page_alone_in_a_comment(tmp_path: Path) -> None:
    root = write(tmp_path)

    async def script(ed: Editor) -> None:
        uri = ed.open(root / "shop/views.py")
        await ed.codes(uri, "TX301")
        text = await ed.hover(uri, 9, 10)
        assert text.startswith("**TX301** dispatch-in-transaction: `send.delay` sends a task")
        assert "1. `shop/views.py:8` `transaction.atomic()` opens the transaction" in text
        assert "# TX301 dispatch-in-transaction\n\n## What it finds" in text
        ed.change(uri, VIEWS.replace("delay(pk)", "delay(pk)  # txlint: ignore[dispatch-in-transaction] late"))
        await ed.codes(uri)
        assert (await ed.hover(uri, 9, 50)).startswith("# TX301 dispatch-in-transaction")
        assert await ed.hover(uri, 9, 9) == ""

    assert play(root, script) == 0


def test_a_quick_fix_allows_the_finding_with_a_reason(tmp_path: Path) -> None:
    root = write(tmp_path)
    several_lines = VIEWS.replace("send.delay(pk)", 'send.delay("""\n""", pk)').replace("\n", "\r\n")

    async def script(ed: Editor) -> None:
        uri = ed.open(root / "shop/views.py", several_lines)
        [one] = await ed.codes(uri, "TX301")
        *_, action = await ed.actions(uri, one)
        assert (action.title, action.kind) == ("Allow TX301 here, with a reason", lsp.CodeActionKind.QuickFix)
        [change] = action.edit.document_changes
        [edit] = change.edits
        lines = several_lines.splitlines(keepends=True)
        lines.insert(edit.range.start.line, edit.new_text)
        assert edit.new_text == "        # txlint: ignore[TX301] TODO: why this is right\r\n"
        assert edit.range == lsp.Range(lsp.Position(9, 0), lsp.Position(9, 0))
        ed.change(uri, "".join(lines))
        await ed.codes(uri)

    assert play(root, script) == 0


@pytest.mark.parametrize("later", [True, False])
def test_a_quick_fix_puts_the_finding_right(tmp_path: Path, later: bool) -> None:
    root = write(tmp_path)
    text = VIEWS.replace("        send.delay", '        name = "\U0001f600"\n        send.delay')

    async def script(ed: Editor) -> None:
        uri = ed.open(root / "shop/views.py", text)
        [one] = await ed.codes(uri, "TX301")
        assert one.code_description.href.endswith("/rules/dispatch/dispatch_in_transaction.md")
        fix, _ = await ed.actions(uri, one)
        assert fix.is_preferred == ("unsafe" not in fix.title)
        assert (fix.edit is None) == later
        fix = await ed.chosen(fix)
        [change] = fix.edit.document_changes
        assert (change.text_document.uri, change.text_document.version) == (uri, 1)
        lines = text.splitlines(keepends=True)
        for edit in sorted(change.edits, key=lambda edit: edit.range.start, reverse=True):
            start, end = edit.range.start, edit.range.end
            assert start.line == end.line
            line = lines[start.line]
            lines[start.line] = line[: start.character] + edit.new_text + line[end.character :]
        ed.change(uri, "".join(lines))
        await ed.codes(uri)

    assert play(root, script, capabilities=lambda one: _resolving(one, later)) == 0


def _resolving(capabilities: lsp.ClientCapabilities, later: bool) -> None:
    """An editor that asks for the edit of a code action later, or cannot."""
    able = capabilities.text_document.code_action
    able.data_support = True
    able.resolve_support = lsp.ClientCodeActionResolveOptions(["edit"]) if later else None


@pytest.mark.parametrize("later", [True, False])
def test_a_quick_fix_that_does_not_hold_is_not_made(tmp_path: Path, later: bool) -> None:
    root = write(tmp_path)
    text = VIEWS + "\n\n# txlint: ignore[TX101] this is one step,\n# and will always be\nx = 1\n"

    async def script(ed: Editor) -> None:
        uri = ed.open(root / "shop/views.py", text)
        _, one = await ed.until(uri, lambda found: len(found) == 2)
        assert one.code == "TX001"
        found = await ed.actions(uri, one)
        assert len(found) == later
        if later:
            assert (await ed.chosen(found[0])).edit is None
            await ed.message("TX001 is not fixed: the comment may go on in the next line")

    assert play(root, script, capabilities=lambda one: _resolving(one, later)) == 0


def test_code_lenses_say_whose_transaction_it_is_if_that_is_wanted(tmp_path: Path) -> None:
    views = VIEWS.replace("        send.delay(pk)\n", "        note(pk)\n\n\ndef note(pk):\n    print(pk)\n")
    root = write(tmp_path, {"pyproject.toml": "[tool.txlint]\n", "shop/__init__.py": "", "shop/views.py": views})
    seen: list[list[tuple[int, str]]] = []

    async def script(ed: Editor) -> None:
        uri = ed.open(root / "shop/views.py")
        await ed.until(uri, lambda _: True)
        found = await ed.client.text_document_code_lens_async(lsp.CodeLensParams(lsp.TextDocumentIdentifier(uri)))
        seen.append([(one.range.start.line, one.command.title) for one in found])

    assert play(root, script) == 0
    assert play(root, script, options={"codeLens": True}) == 0
    assert seen == [[], [(12, "runs in the transaction of pay (shop/views.py:8)")]]


def test_a_change_of_the_configuration_counts_at_once_and_a_mistake_in_it_is_shown(tmp_path: Path) -> None:
    root = write(tmp_path)

    async def script(ed: Editor) -> None:
        uri = ed.open(root / "shop/views.py")
        await ed.codes(uri, "TX301")

        def configure(text: str) -> None:
            (root / "pyproject.toml").write_text(text)
            event = lsp.FileEvent((root / "pyproject.toml").as_uri(), lsp.FileChangeType.Changed)
            ed.client.workspace_did_change_watched_files(lsp.DidChangeWatchedFilesParams([event]))

        configure('[tool.txlint]\nignore = ["TX301"]\n')
        await ed.codes(uri)
        configure("[tool.txlint]\nignor = 3\n")
        assert "pyproject.toml:2: unknown key `ignor`; did you mean `ignore`?" in await ed.message("unknown key")
        configure('[tool.txlint]\nseverity = { TX301 = "info" }\n')
        [one] = await ed.codes(uri, "TX301")
        assert one.severity == lsp.DiagnosticSeverity.Information

    assert play(root, script) == 0


def test_each_workspace_folder_is_a_project_of_its_own(tmp_path: Path) -> None:
    one, two = write(tmp_path / "one"), write(tmp_path / "two")
    for root in (one, two):
        (root / "pyproject.toml").unlink()
    (two / "txlint.toml").write_text('ignore = ["TX301"]\n')

    async def script(ed: Editor) -> None:
        first, second = ed.open(one / "shop/views.py"), ed.open(two / "shop/views.py")
        await ed.codes(first, "TX301")
        await ed.codes(second)

    assert play(tmp_path, script, folders=(one, two)) == 0


def test_all_files_are_shown_if_that_is_wanted_else_only_open_ones(tmp_path: Path) -> None:
    root = write(tmp_path)
    views = (root / "shop/views.py").as_uri()

    async def only_open(ed: Editor) -> None:
        await ed.until(ed.open(root / "shop/tasks.py"), lambda _: True)
        assert views not in ed.client.diagnostics
        await ed.codes(ed.open(root / "shop/views.py"), "TX301")
        ed.close(views)
        await ed.codes(views)

    async def everything(ed: Editor) -> None:
        ed.open(root / "shop/tasks.py")
        await ed.codes(views, "TX301")
        (root / "shop/views.py").write_text(DEFERRED)
        ed.save((root / "shop/tasks.py").as_uri())
        await ed.codes(views)

    assert play(root, only_open) == 0
    assert play(root, everything, options={"diagnosticMode": "workspace"}) == 0


def test_files_that_are_no_part_of_a_project_stay_without_diagnostics(tmp_path: Path) -> None:
    root = write(tmp_path)
    write(root / "venv/lib", {"shop/views.py": VIEWS})

    async def script(ed: Editor) -> None:
        assert await ed.until(ed.open(root / "venv/lib/shop/views.py"), lambda _: True) == []
        item = lsp.TextDocumentItem("untitled:Untitled-1", "python", 1, VIEWS)
        ed.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
        await ed.codes(ed.open(root / "shop/new.py", VIEWS), "TX301")
        assert "untitled:Untitled-1" not in ed.client.diagnostics

    assert play(root, script) == 0


def test_a_mistake_in_the_settings_of_the_editor_is_shown(tmp_path: Path) -> None:
    root = write(tmp_path)

    async def script(ed: Editor) -> None:
        assert "codeLens, diagnosticMode and debounce" in await ed.message("editor settings")
        await ed.codes(ed.open(root / "shop/views.py"), "TX301")

    assert play(root, script, options={"codeLense": True}) == 0
