"""An editor of which every test plays one session."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from lsprotocol import types as lsp
from pytest_lsp import LanguageClient, client_capabilities, make_test_lsp_client

VIEWS = """\
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
    "shop/views.py": VIEWS,
}


def write(root: Path, files: dict[str, str] = FILES) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


class Editor:
    """What a test does in the editor."""

    def __init__(self, client: LanguageClient) -> None:
        self.client = client
        self._versions: dict[str, int] = {}

    def open(self, path: Path, text: str | None = None) -> str:
        uri = path.as_uri()
        text = path.read_text(encoding="utf-8") if text is None else text
        self._versions[uri] = 1
        item = lsp.TextDocumentItem(uri, "python", 1, text)
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
        return uri

    def change(self, uri: str, text: str) -> None:
        self._versions[uri] += 1
        document = lsp.VersionedTextDocumentIdentifier(uri=uri, version=self._versions[uri])
        changes = [lsp.TextDocumentContentChangeWholeDocument(text)]
        self.client.text_document_did_change(lsp.DidChangeTextDocumentParams(document, changes))

    def save(self, uri: str) -> None:
        self.client.text_document_did_save(lsp.DidSaveTextDocumentParams(lsp.TextDocumentIdentifier(uri)))

    def close(self, uri: str) -> None:
        self.client.text_document_did_close(lsp.DidCloseTextDocumentParams(lsp.TextDocumentIdentifier(uri)))

    async def until(self, uri: str, wanted: Callable[[list[lsp.Diagnostic]], bool]) -> list[lsp.Diagnostic]:
        """The diagnostics of a file once they are as wanted."""
        for _ in range(600):
            if uri in self.client.diagnostics and wanted(list(self.client.diagnostics[uri])):
                return list(self.client.diagnostics[uri])
            await asyncio.sleep(0.05)
        raise AssertionError(f"{uri}: {self.client.diagnostics.get(uri)}; {self.client.messages}; {self.client.log_messages}")

    async def codes(self, uri: str, *codes: str) -> list[lsp.Diagnostic]:
        return await self.until(uri, lambda found: [one.code for one in found] == [*codes])

    async def message(self, part: str) -> str:
        """What the server shows the user."""
        for _ in range(600):
            if found := next((one.message for one in self.client.messages if part in one.message), None):
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(f"no message with {part}: {self.client.messages}")

    async def hover(self, uri: str, row: int, column: int) -> str:
        place = lsp.HoverParams(lsp.TextDocumentIdentifier(uri), lsp.Position(row, column))
        answer = await self.client.text_document_hover_async(place)
        return answer.contents.value if answer else ""

    async def actions(self, uri: str, diagnostic: lsp.Diagnostic) -> list[lsp.CodeAction]:
        context = lsp.CodeActionContext([diagnostic])
        params = lsp.CodeActionParams(lsp.TextDocumentIdentifier(uri), diagnostic.range, context)
        return list(await self.client.text_document_code_action_async(params) or [])

    async def chosen(self, action: lsp.CodeAction) -> lsp.CodeAction:
        """A code action as it is once the user has chosen it."""
        return action if action.edit else await self.client.code_action_resolve_async(action)


def play(
    root: Path,
    script: Callable[[Editor], Awaitable[None]],
    editor: str = "visual-studio-code",
    options: Any = None,
    folders: tuple[Path, ...] = (),
    capabilities: Callable[[lsp.ClientCapabilities], None] = lambda _: None,
) -> int:
    """Run the server as an editor does, play the script, and leave as the protocol asks; the server's exit code."""
    return asyncio.run(_play(root, script, editor, options, folders or (root,), capabilities))


async def _play(
    root: Path,
    script: Callable[[Editor], Awaitable[None]],
    editor: str,
    options: Any,
    folders: tuple[Path, ...],
    change: Callable[[lsp.ClientCapabilities], None],
) -> int:
    client = make_test_lsp_client()
    client.feature(lsp.CLIENT_REGISTER_CAPABILITY)(lambda _: None)
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "XDG_CACHE_HOME": str(root / ".cache"),
    }
    await client.start_io(sys.executable, "-m", "txlint", "lsp", "--stdio", env=environment, cwd=root)
    process = client._server
    assert process is not None
    capabilities = client_capabilities(editor)
    change(capabilities)
    named = [lsp.WorkspaceFolder(one.as_uri(), one.name) for one in folders]
    params = lsp.InitializeParams(capabilities, process_id=os.getpid(), root_uri=root.as_uri(), workspace_folders=named)
    params.initialization_options = {"debounce": 50} | (options or {})
    try:
        await client.initialize_session(params)
        await asyncio.wait_for(script(Editor(client)), 60)
        await client.shutdown_async(None)
        client.exit(None)
        return await asyncio.wait_for(process.wait(), 20)
    finally:
        if process.returncode is None:
            process.kill()
        await client.stop()
